package org.lentigo.dicom;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.Set;
import org.lentigo.runtime.PhotoOutliner;
import org.lentigo.runtime.Segmenter;

/** A node in a process of its own, for tests that kill it: queue, address of the archive. */
final class NodeProcess {
  private NodeProcess() {}

  public static void main(String[] args) throws Exception {
    Segmenter segmenter = Segmenter.bundled();
    ArchiveNode node =
        new ArchiveNode(
            new ServerSocket(0, 50, InetAddress.getLoopbackAddress()),
            Path.of(args[0]),
            new PhotoOutliner(segmenter),
            Destination.DicomWeb.at(URI.create(args[1])),
            new ArchiveNode.Settings(
                "LENTIGO", Set.of(), 8, 1 << 24, 1 << 24, 60_000, 2, null, null),
            line -> System.err.println(line));
    System.out.println(node.port());
    Thread.sleep(Long.MAX_VALUE);
  }
}
