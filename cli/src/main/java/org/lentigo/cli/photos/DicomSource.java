package org.lentigo.cli.photos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lentigo.dicom.Anonymiser;
import org.lentigo.dicom.DicomPhoto;
import org.lentigo.dicom.DicomResults;
import org.lentigo.dicom.PatientTable;
import org.lentigo.dicom.PhotoWrapper;
import org.lentigo.imaging.Photo;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.Size;
import org.lentigo.runtime.OutlinedPhoto;

/** Photos in DICOM objects, or put into such; see {@link DicomResults} for what is made of them. */
public final class DicomSource implements Source {
  static final String SEGMENTATION = "_seg.dcm";
  static final String CAPTURE = "_overlay.dcm";
  static final String REPORT = "_report.dcm";
  static final String PHOTO = "_photo.dcm";

  private final @Nullable PatientTable patients;
  private final @Nullable Anonymiser anonymiser;

  /**
   * @param patients whose the photos are, which are JPEGs to be wrapped; null if they are objects
   * @param anonymiser takes out who the patients are; null to leave them
   */
  public DicomSource(@Nullable PatientTable patients, @Nullable Anonymiser anonymiser) {
    this.patients = patients;
    this.anonymiser = anonymiser;
  }

  @Override
  public Opened open(Path file, long maxPixels) throws IOException {
    DicomPhoto photo = read(file, maxPixels);
    if (anonymiser != null) {
      photo = anonymiser.anonymised(photo);
    }
    return new OpenedObject(photo, patients != null || anonymiser != null);
  }

  private DicomPhoto read(Path file, long maxPixels) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (patients == null) {
      return DicomPhoto.read(bytes, maxPixels);
    }
    PhotoWrapper.Wrapped wrapped = PhotoWrapper.wrap(bytes, file, patients, LocalDateTime.now());
    return DicomPhoto.read(wrapped.file(), maxPixels).warned(wrapped.warnings());
  }

  private record OpenedObject(DicomPhoto object, boolean keepPhoto) implements Opened {
    @Override
    public Photo photo() {
      return object.photo();
    }

    @Override
    public Opened withFurther(Function<Photo, OutlinedPhoto> outliner) throws IOException {
      return new OpenedObject(object.withFurtherFrames(outliner), keepPhoto);
    }

    @Override
    public Map<String, byte[]> further(OutlinedPhoto outlined, byte @Nullable [] overlay) {
      DicomResults results = new DicomResults(object, outlined, LocalDateTime.now());
      Map<String, byte[]> files = new LinkedHashMap<>();
      if (keepPhoto) {
        files.put(PHOTO, object.toFile());
      }
      files.put(SEGMENTATION, results.segmentation());
      if (overlay != null) {
        files.put(CAPTURE, results.capture(overlay));
      }
      files.put(REPORT, results.report());
      return files;
    }
  }

  @Override
  public List<String> notes(List<Path> photos) {
    List<Long> unused = patients == null ? List.of() : patients.unused(photos);
    return unused.isEmpty()
        ? List.of()
        : List.of(
            "the table of patients has rows without a photo, in line"
                + (unused.size() == 1 ? " " : "s ")
                + unused.stream().limit(20).map(String::valueOf).collect(Collectors.joining(", "))
                + (unused.size() > 20 ? " and " + (unused.size() - 20) + " more" : "")
                + ": is their file misspelt?");
  }

  @Override
  public long pixels(Path file) {
    try {
      Size size =
          patients == null
              ? DicomPhoto.size(Files.readAllBytes(file), PhotoReader.DEFAULT_MAX_PIXELS)
              : PhotoReader.size(file);
      return (long) size.width() * size.height();
    } catch (IOException | OutOfMemoryError e) {
      return 0; // Reading it says what is wrong.
    }
  }

  @Override
  public List<String> further(boolean overlay) {
    List<String> suffixes = new ArrayList<>(List.of(SEGMENTATION, REPORT));
    if (overlay) {
      suffixes.add(CAPTURE);
    }
    if (patients != null || anonymiser != null) {
      suffixes.add(PHOTO);
    }
    return suffixes;
  }

  /** Objects are, if they go by the same identifier: their dates differ. */
  @Override
  public boolean same(byte[] there, byte[] made) {
    return Arrays.equals(there, made) || DicomPhoto.sameInstance(there, made);
  }
}
