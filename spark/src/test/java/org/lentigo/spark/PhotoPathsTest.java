package org.lentigo.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files of a folder are photos, without Spark. */
class PhotoPathsTest {
  private static final List<String> PHOTOS =
      List.of(
          "IMD002/IMD002_Dermoscopic_Image/IMD002.bmp",
          "a.jpg",
          "alone_mask.png",
          "b.JPE",
          "below/c.tiff");

  private static final List<String> OTHERS =
      List.of(
          ".hidden.jpg",
          ".trash/u.jpg",
          ".trash/below/v.jpg",
          "_marked/w.jpg",
          "a_mask.png",
          "a_overlay.jpg",
          "a_superpixels.png",
          "IMD002/IMD002_lesion/IMD002_lesion.bmp",
          "jpg",
          "notes.txt");

  @TempDir private Path temp;

  /** The local file system under another name, as one that Hadoop lists with all below. */
  static final class Far extends RawLocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create("far:///");
    }

    /** Without permissions, for which it would go by its own name. */
    @Override
    public FileStatus[] listStatus(org.apache.hadoop.fs.Path folder) throws IOException {
      return Arrays.stream(super.listStatus(folder))
          .map(f -> new FileStatus(f.getLen(), f.isDirectory(), 1, 1, 0, f.getPath()))
          .toArray(FileStatus[]::new);
    }
  }

  private List<String> find(String folder) throws IOException {
    Configuration hadoop = new Configuration();
    hadoop.setClass("fs.far.impl", Far.class, Far.class);
    List<String> found = new ArrayList<>();
    PhotoPaths.find(
        List.of(folder),
        hadoop,
        path ->
            found.add(path.substring(path.indexOf(temp.toString()) + ("" + temp).length() + 1)));
    return found.stream().sorted().toList();
  }

  private void lay(List<String> files) throws IOException {
    for (String file : files) {
      Files.createDirectories(temp.resolve(file).getParent());
      Files.createFile(temp.resolve(file));
    }
  }

  @Test
  void aFolderHoldsWhatSegmentFindsThere() throws Exception {
    lay(PHOTOS);
    lay(OTHERS);
    assertThat(find(temp.toString())).isEqualTo(PHOTOS);
    assertThat(find("far://" + temp)).isEqualTo(PHOTOS);
    assertThat(find(temp + "/.trash")).containsExactly(".trash/below/v.jpg", ".trash/u.jpg");
  }

  @Test
  void aLinkBackIsNotFollowedAndOneAsideIs() throws Exception {
    lay(List.of("in/deep/a.jpg", "aside/b.jpg"));
    Files.createSymbolicLink(temp.resolve("in/deep/back"), temp.resolve("in"));
    Files.createSymbolicLink(temp.resolve("in/deep/on"), temp.resolve("aside"));
    assertThat(find(temp + "/in")).containsExactly("in/deep/a.jpg", "in/deep/on/b.jpg");
  }
}
