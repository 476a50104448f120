package org.lentigo.cli.options;

import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import picocli.CommandLine.Option;

/** {@code --threshold}, for every command that draws outlines. */
public final class ThresholdOption {
  @Option(
      names = "--threshold",
      paramLabel = "P",
      description = "A pixel is lesion where its probability is at least P; default: the model's.")
  private @Nullable Float threshold;

  /** Before any work is done: that it can be one. */
  public void check() throws CommandFailure {
    if (threshold != null && !(threshold > 0 && threshold < 1)) {
      throw CommandFailure.usage("--threshold must lie between 0 and 1, got " + threshold);
    }
  }

  /** In (0, 1); null for the model's. */
  public @Nullable Float value() {
    return threshold;
  }
}
