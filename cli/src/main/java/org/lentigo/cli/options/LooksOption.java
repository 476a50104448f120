package org.lentigo.cli.options;

import org.lentigo.imaging.MirrorImages;
import org.lentigo.runtime.Segmenter;
import picocli.CommandLine.Option;

/** How often, and in how many mirror images, a photo is shown: better masks or faster ones. */
public final class LooksOption {
  @Option(
      names = "--mirror",
      description = {
        "Show the network each photo in its four mirror images and take the mean: a little better, for"
            + " two to four times the network's work."
      })
  private boolean mirror;

  @Option(
      names = "--one-look",
      description = {
        "Show the network each photo once, whole and as it is, instead of twice: for half the"
            + " network's work, a little worse; so networks are compared."
      })
  private boolean oneLook;

  /** In how many mirror images a photo is shown. */
  public int views() {
    return mirror ? MirrorImages.VIEWS : 1;
  }

  /** How often a photo is shown. */
  public int looks() {
    return oneLook ? 1 : 2;
  }

  /** What shows it in that way; closing it closes the segmenter given. */
  public Segmenter of(Segmenter segmenter) {
    Segmenter looking = oneLook ? segmenter.oneLook() : segmenter;
    return mirror ? looking.mirrored() : looking;
  }
}
