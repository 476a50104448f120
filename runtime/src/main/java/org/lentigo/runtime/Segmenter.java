package org.lentigo.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.lentigo.imaging.RgbImage;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;

/**
 * Outlines the lesion in a photo. Holds native memory: close it.
 *
 * <pre>{@code
 * try (Segmenter segmenter = Segmenter.bundled()) {
 *   Segmentation lesion = segmenter.segment(PhotoReader.read(Path.of("photo.jpg")).image());
 *   System.out.println(lesion.area() + " of " + lesion.width() * lesion.height() + " pixels");
 * }
 * }</pre>
 *
 * <p>Any number of threads may call one segmenter at once. The same model and image give the same
 * result, bit for bit, on every run and from every thread.
 */
public interface Segmenter extends AutoCloseable {

  /**
   * Opens the model that comes with Lentigo, on one thread a call.
   *
   * @throws IOException if this build carries none
   */
  static Segmenter bundled() throws IOException {
    return of(BundledModel.read(), 1);
  }

  /**
   * Opens a model file, on one thread a call.
   *
   * @throws org.lentigo.network.ModelFormatException if it is not a model this version can run; the
   *     message says why
   * @throws IOException if it cannot be read
   */
  static Segmenter open(Path model) throws IOException {
    return of(ModelFile.read(model), 1);
  }

  /**
   * Opens a model on the first engine of {@link Engine#FOR_SHORT_RUNS} that can start: ONNX Runtime
   * wherever it loads.
   *
   * @param threads how many threads work on one image, at least 1. More make one image faster;
   *     where there are many images, calling from many threads with 1 here does more of them a
   *     second.
   * @throws IllegalArgumentException if {@code threads} is below 1
   * @throws IllegalStateException if no engine can start on this machine; the message says why
   */
  static Segmenter of(Model model, int threads) {
    return of(model, threads, Engine.FOR_SHORT_RUNS, reason -> {});
  }

  /**
   * Opens a model on the first engine that can start.
   *
   * @param engines to try, in order, such as {@link Engine#FOR_LONG_RUNS}
   * @param passedOver is told of each engine that could not start and why, in one sentence
   * @throws IllegalArgumentException if {@code threads} is below 1 or {@code engines} is empty
   * @throws IllegalStateException if none can start; the message has every reason
   */
  static Segmenter of(Model model, int threads, List<Engine> engines, Consumer<String> passedOver) {
    return new NetworkSegmenter(model, Inference.open(model, threads, engines, passedOver));
  }

  /** The model that runs, with its preprocessing, threshold and provenance. */
  Model model();

  /** Which engine runs it. */
  Engine engine();

  /** As {@link #segment(RgbImage, float)} at the model's own threshold. */
  default Segmentation segment(RgbImage image) {
    return segment(image, model().threshold());
  }

  /**
   * Outlines the lesion.
   *
   * @param image of any size; the model's preprocessing is applied here
   * @param threshold a pixel is lesion where its probability is at least this; in (0, 1)
   * @throws IllegalArgumentException if {@code threshold} is not in (0, 1)
   * @throws IllegalStateException if the segmenter is closed, or the network's output is not finite
   */
  Segmentation segment(RgbImage image, float threshold);

  /**
   * One that shows the network each photo in its four mirror images and takes the mean of the maps:
   * a little better, at two to four times the network's work, four if this is a {@link #oneLook}: a
   * bright photo whose lesion is not small has then been seen in all ways, and is not looked at
   * again. It shares this one's memory: closing either closes both. The predicted Jaccard index was
   * fitted to maps of single views; those of four are a little surer.
   */
  Segmenter mirrored();

  /** In how many mirror images each photo is shown to the network: 1, or 4 if {@link #mirrored}. */
  int views();

  /**
   * One that shows the network each photo once, whole and as it is, as the network's published
   * figures are measured: half the network's work, and a little worse. It shares this one's memory:
   * closing either closes both.
   */
  Segmenter oneLook();

  /**
   * How often each photo is looked at, at most: 1 if this is a {@link #oneLook}, or 2: first as a
   * whole, brightened if it is dark; then in the mirror and as it was taken, again as a whole or,
   * if the lesion is small (up to some 13 % of the photo at an input of 224 x 224, 25 % at 160 x
   * 160), its surroundings alone, enlarged, which shows its border more finely. Both maps count,
   * but where the closer look finds nothing, or a lesion that goes on beyond what it was shown:
   * then the first alone does.
   */
  int looks();

  /**
   * For the frames of one camera, each shown to the network once: steadies the outline from frame
   * to frame.
   *
   * @param smooth whether to; without, each frame is on its own
   * @return one for this camera; it ends with the segmenter and need not be closed
   */
  LiveSegmenter live(boolean smooth);

  /** Frees the native memory, after the calls under way have ended. Closing again does nothing. */
  @Override
  void close();
}
