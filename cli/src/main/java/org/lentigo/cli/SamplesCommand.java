package org.lentigo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.options.OutputFolder;
import org.lentigo.imaging.dataset.Layout;
import org.lentigo.imaging.synthetic.Phantom;
import org.lentigo.imaging.synthetic.PhantomSet;
import org.lentigo.runtime.internal.Reasons;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lentigo samples}: draws synthetic photos with exact masks. */
@Command(
    name = "samples",
    description = {
      "Draws synthetic dermoscopy-like photos with their exact masks, to try things out.",
      "They show no patient, and a score on them says nothing about photos. The same seed draws the"
          + " same pictures."
    })
final class SamplesCommand implements Callable<Integer> {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,5})x(\\d{1,5})");

  @Spec private CommandSpec spec;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The folder for the data set; made if it is missing.")
  private Path out;

  @Option(names = "--count", paramLabel = "N", description = "How many; default: ${DEFAULT-VALUE}.")
  private int count = 10;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The first picture's seed; each further one takes the next. Default: 1.")
  private long seed = 1;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      description = "Width and height in pixels; default: ${DEFAULT-VALUE}.")
  private String size = "512x384";

  @Option(
      names = "--layout",
      paramLabel = "LAYOUT",
      description =
          "How the data set is laid out: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
  private Layout layout = Layout.PLAIN;

  @Option(names = "--overwrite", description = "Write into a folder that is not empty.")
  private boolean overwrite;

  @Override
  public Integer call() throws CommandFailure {
    Matcher sides = SIZE.matcher(size);
    if (!sides.matches()) {
      throw CommandFailure.usage("--size wants WIDTHxHEIGHT, such as 512x384, got " + size);
    }
    int width = Integer.parseInt(sides.group(1));
    int height = Integer.parseInt(sides.group(2));
    if (Math.min(width, height) < Phantom.MIN_SIDE || (long) width * height > 100_000_000) {
      throw CommandFailure.usage(
          "--size wants sides from " + Phantom.MIN_SIDE + " and up to 100 megapixels, got " + size);
    }
    if (count < 1) {
      throw CommandFailure.usage("--count must be at least 1, got " + count);
    }
    OutputFolder.make(out);
    try {
      if (!overwrite && holdsAnything()) {
        throw CommandFailure.failed(
            "--out " + out + ": is not empty; name another folder, or pass --overwrite");
      }
      PhantomSet.write(out, count, seed, width, height, layout);
    } catch (IOException e) {
      throw CommandFailure.failed(
          "--out " + out + ": cannot be written (" + Reasons.reason(e) + ")", e);
    }
    spec.commandLine()
        .getOut()
        .printf(Locale.ROOT, "%d synthetic photos with masks: %s%n", count, out);
    return ExitCode.DONE;
  }

  private boolean holdsAnything() throws IOException {
    try (Stream<Path> files = Files.list(out)) {
      return files.findAny().isPresent();
    }
  }
}
