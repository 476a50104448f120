package org.lentigo.dicom;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import org.lentigo.imaging.Photo;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.RgbImage;
import org.lentigo.runtime.OutlinedPhoto;
import org.lentigo.runtime.PhotoOutliner;
import org.lentigo.runtime.Segmenter;

/** Photos, objects and outlines that several tests use. */
final class Fixtures {
  static final LocalDateTime NOW = LocalDateTime.of(2026, 11, 27, 12, 30, 5);

  private static final class Late {
    static final PhotoOutliner OUTLINER = open();

    private static PhotoOutliner open() {
      try {
        return new PhotoOutliner(Segmenter.bundled());
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private Fixtures() {}

  /** A dark ellipse on a light ground. */
  static RgbImage image(int width, int height) {
    byte[] data = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double dx = (x - 0.45 * width) / (0.25 * width);
        double dy = (y - 0.5 * height) / (0.3 * height);
        boolean inside = dx * dx + dy * dy < 1;
        int i = 3 * (y * width + x);
        data[i] = (byte) (inside ? 90 + (x * 7 + y * 3) % 20 : 220);
        data[i + 1] = (byte) (inside ? 60 : 180 + y % 8);
        data[i + 2] = (byte) (inside ? 50 : 160);
      }
    }
    return new RgbImage(width, height, data);
  }

  static byte[] jpeg(int width, int height) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PhotoWriter.writeJpeg(image(width, height), out);
    return out.toByteArray();
  }

  /** A wrapped photo whose patient is in a table of one row. */
  static byte[] wrapped(int width, int height, Path folder) throws IOException {
    Path csv = folder.resolve("patients.csv");
    Files.writeString(
        csv,
        """
        file,PatientID,PatientName,PatientBirthDate,PatientSex,StudyDate,StudyTime,StudyID,AccessionNumber,ReferringPhysicianName,ImageLaterality,PixelSpacing
        a.jpg,P-4711,Müller^Änne,19610203,F,20260102,101112,S1,A77,Weiß^Dr,L,0.02\\0.02
        """);
    return PhotoWrapper.wrap(jpeg(width, height), Path.of("a.jpg"), PatientTable.read(csv), NOW)
        .file();
  }

  static OutlinedPhoto outline(DicomPhoto photo) {
    return outline(photo.photo());
  }

  static OutlinedPhoto outline(Photo photo) {
    return Late.OUTLINER.outline(photo, 0, null);
  }
}
