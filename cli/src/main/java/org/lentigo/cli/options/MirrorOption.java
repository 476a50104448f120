package org.lentigo.cli.options;

import org.lentigo.imaging.MirrorImages;
import org.lentigo.runtime.Segmenter;
import picocli.CommandLine.Option;

/** {@code --mirror}, for commands whose masks may take longer to be a little better. */
public final class MirrorOption {
  @Option(
      names = "--mirror",
      description = {
        "Show the network each photo in its four mirror images and take the mean: a little better, at"
            + " four times the network's work at each look."
      })
  private boolean mirror;

  /** In how many mirror images a photo is shown. */
  public int views() {
    return mirror ? MirrorImages.VIEWS : 1;
  }

  /** What runs on that many; closing it closes the segmenter given. */
  public Segmenter of(Segmenter segmenter) {
    return mirror ? segmenter.mirrored() : segmenter;
  }
}
