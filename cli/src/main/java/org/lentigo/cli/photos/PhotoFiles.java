package org.lentigo.cli.photos;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.photos.SummaryCsv.Row;
import org.lentigo.cli.photos.SummaryCsv.Status;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.Photo;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.Scale;
import org.lentigo.runtime.Measurement;
import org.lentigo.runtime.OutlinedPhoto;
import org.lentigo.runtime.PhotoOutliner;
import org.lentigo.runtime.PixelBudget;
import org.lentigo.runtime.internal.Reasons;

/** Outlines a photo and writes its files, whole or not at all; safe to call from many threads. */
public final class PhotoFiles {
  private final Source source;
  private final LateOutliner outliner;
  private final Settings settings;
  private final PixelBudget memory = new PixelBudget(Runtime.getRuntime().maxMemory());

  /**
   * @param threshold a pixel is lesion where its probability is at least this; null for the model's
   * @param overlay whether to write the photo with its outline
   * @param overwrite whether to replace outputs that exist
   * @param maxPixels refuses larger photos
   * @param scale of every photo; null for what each says of itself
   * @param doubtful whether to outline also what does not look like a lesion
   * @param out the output folder
   */
  public record Settings(
      @Nullable Float threshold,
      boolean overlay,
      boolean overwrite,
      long maxPixels,
      @Nullable Scale scale,
      boolean doubtful,
      Path out) {}

  /** The outputs of a photo could not be written; the message names the file and the reason. */
  static final class OutputException extends Exception {
    @Serial private static final long serialVersionUID = 1;

    OutputException(Path file, IOException cause) {
      super(file + ": cannot be written (" + Reasons.reason(cause) + ")", cause);
    }
  }

  /**
   * @param source of the photos
   * @param outliner is waited for after a photo is read
   */
  public PhotoFiles(Source source, LateOutliner outliner, Settings settings) {
    this.source = source;
    this.outliner = outliner;
    this.settings = settings;
  }

  /**
   * Outlines the photo, unless all its outputs are there and may not be replaced.
   *
   * @throws IOException if the photo cannot be read
   * @throws OutputException if an output cannot be written; none is then left behind
   * @throws ExecutionException if the model cannot be opened
   */
  Row outline(Names.Target target)
      throws IOException, OutputException, ExecutionException, InterruptedException {
    boolean complete =
        Files.exists(target.mask())
            && Files.exists(target.json())
            && (!settings.overlay || Files.exists(target.overlay()))
            && source.further(settings.overlay).stream().map(target::with).allMatch(Files::exists);
    if (complete && !settings.overwrite) {
      return kept(target);
    }

    try (PixelBudget.Share share = memory.take(source.pixels(target.photo()))) {
      return outlineAnew(target);
    }
  }

  private Row outlineAnew(Names.Target target)
      throws IOException, OutputException, ExecutionException, InterruptedException {
    long start = System.nanoTime();
    Source.Opened opened = source.open(target.photo(), settings.maxPixels);
    long took = System.nanoTime() - start;
    PhotoOutliner ready = settings.doubtful ? outliner.get().doubtfulToo() : outliner.get();
    opened = opened.withFurther(photo -> outline(ready, photo, 0));
    OutlinedPhoto outlined = outline(ready, opened.photo(), took);
    write(target, outlined.measurement(), encode(target, opened, outlined));
    return new Row(target.photo(), mask(target), Status.DONE, outlined.measurement(), "");
  }

  private OutlinedPhoto outline(PhotoOutliner ready, Photo photo, long took) {
    return ready.outline(
        settings.scale == null ? photo : photo.in(settings.scale), took, settings.threshold);
  }

  /** What the outputs of an earlier run say; their photo is not opened. */
  private Row kept(Names.Target target) throws IOException {
    Measurement measurement;
    try {
      measurement = Measurement.read(target.json());
    } catch (IOException e) {
      throw new IOException(
          target.json()
              + " exists already and cannot be read ("
              + Reasons.reason(e)
              + "); pass --overwrite to replace it",
          e);
    }
    return new Row(target.photo(), mask(target), Status.KEPT, measurement, "");
  }

  private String mask(Names.Target target) {
    return settings.out.relativize(target.mask()).toString().replace('\\', '/');
  }

  /**
   * The files of a photo, in the order in which they are written: the JSON file says it is done.
   */
  private Map<Path, byte[]> encode(
      Names.Target target, Source.Opened opened, OutlinedPhoto outlined) throws IOException {
    Map<Path, byte[]> files = new LinkedHashMap<>();
    files.put(target.mask(), outlined.mask());
    if (settings.overlay) {
      int side = Math.max(outlined.lesion().width(), outlined.lesion().height());
      if (side > PhotoWriter.MAX_JPEG_SIDE) {
        throw new IOException(
            "%d x %d pixels do not fit into an overlay, a JPEG, whose sides have at most %d; pass --no-overlay"
                .formatted(
                    outlined.lesion().width(),
                    outlined.lesion().height(),
                    PhotoWriter.MAX_JPEG_SIDE));
      }
      files.put(target.overlay(), outlined.overlay());
    }
    byte[] overlay = files.get(target.overlay());
    opened
        .further(outlined, overlay)
        .forEach((suffix, bytes) -> files.put(target.with(suffix), bytes));
    files.put(target.json(), outlined.json(target.photo().toString()));
    return files;
  }

  /**
   * Writes what is missing, or everything with {@code --overwrite}. What an interrupted run, or one
   * without overlays, left of the photo's files is kept if it is what this run would write.
   */
  private void write(Names.Target target, Measurement measurement, Map<Path, byte[]> files)
      throws IOException, OutputException {
    if (!settings.overwrite) {
      for (Map.Entry<Path, byte[]> entry : files.entrySet()) {
        Path file = entry.getKey();
        if (Files.exists(file)
            && !(file.equals(target.json())
                ? Measurement.read(file).equals(measurement)
                : source.same(Files.readAllBytes(file), entry.getValue()))) {
          throw new IOException(
              file
                  + " exists already and is not what this run would write; pass --overwrite to"
                  + " replace it, or name another --out");
        }
      }
    }
    Path file = target.json();
    try (AtomicFiles.Together together = new AtomicFiles.Together()) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      for (Map.Entry<Path, byte[]> entry : files.entrySet()) {
        file = entry.getKey();
        if (Files.isDirectory(file)) {
          throw new FileSystemException(file.toString(), null, "is a folder");
        }
        if (settings.overwrite || !Files.exists(file)) {
          together.write(file, out -> out.write(entry.getValue()));
        }
      }
      together.place();
    } catch (IOException e) {
      throw new OutputException(file, e);
    }
  }

  /** Whether the output folder takes a small file: if not, no later photo will fare better. */
  boolean outputWorks() {
    Path probe = settings.out.resolve("." + SummaryCsv.NAME + ".probe");
    try {
      AtomicFiles.write(probe, new byte[1 << 16]);
      Files.delete(probe);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
