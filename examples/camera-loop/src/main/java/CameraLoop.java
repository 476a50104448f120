import java.io.IOException;
import java.nio.file.Path;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.video.FrameFolder;
import org.lentigo.imaging.video.FrameReader;
import org.lentigo.runtime.BundledModel;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.LiveSegmenter;
import org.lentigo.runtime.Segmentation;
import org.lentigo.runtime.Segmenter;

/** Outlines a camera's frames. A folder of pictures stands in for the camera. */
class CameraLoop {
  public static void main(String[] args) throws IOException {
    try (FrameReader camera = FrameFolder.read(Path.of(args[0]));
        Segmenter segmenter =
            Segmenter.of(BundledModel.read(), 2, Engine.FOR_LONG_RUNS, System.err::println)) {
      LiveSegmenter live = segmenter.live(true);
      RgbImage frame;
      while ((frame = camera.next()) != null) {
        long start = System.nanoTime();
        Segmentation lesion = live.next(frame);
        System.out.printf(
            "%d x %d pixels: lesion %.1f %%, in %d outlines, after %d ms (%s)%n",
            lesion.width(),
            lesion.height(),
            100 * lesion.areaFraction(),
            lesion.contours().size(),
            (System.nanoTime() - start) / 1_000_000,
            segmenter.engine());
      }
    }
  }
}
