package org.lentigo.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.Fingerprint;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.synthetic.Phantom;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.Preprocessing;
import org.lentigo.network.Weights;

class HeldOutTest {
  @TempDir private Path folder;

  private Path write(String name, RgbImage photo) throws IOException {
    Path file = folder.resolve(name);
    AtomicFiles.write(file, out -> PhotoWriter.writePng(photo, out));
    return file;
  }

  private static Model model(Map<String, String> provenance) {
    Network variant = Networks.get("lite");
    return new Model(
            "model",
            variant,
            Weights.random(variant.graph(), 1),
            new Preprocessing(32, List.of(0f, 0f, 0f), List.of(1f, 1f, 1f)),
            0.5f,
            new TreeMap<>())
        .withProvenance(provenance);
  }

  @Test
  void aModelSaysWhatItHeldOut() throws IOException {
    RgbImage photo = Phantom.draw(1, 200, 160).image();
    Path held = write("held.png", photo);
    Path copy = write("other name.png", Resampling.resize(photo, 400, 320));
    Path other = write("other.png", Phantom.draw(2, 200, 160).image());
    Path broken = Files.writeString(folder.resolve("broken.png"), "no photo");

    HeldOut own = HeldOut.of(List.of(new Pair("held", held, held)));
    HeldOut read =
        HeldOut.of(model(Map.of(HeldOut.PROVENANCE, own.toString())))
            .and(HeldOut.of(model(Map.of())));
    assertThat(read.size()).isEqualTo(1);
    assertThat(read.among(HeldOut.fingerprints(List.of(other, broken, copy))))
        .containsExactly(copy);
    assertThat(HeldOut.of(model(Map.of())).size()).isZero();
    assertThatThrownBy(() -> HeldOut.of(model(Map.of(HeldOut.PROVENANCE, "abc"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("model");
  }

  @Test
  void theModelsFromBeforeAreKnown() throws IOException {
    Map<String, String> earlier =
        Map.of(
            "config",
            "seed: 1\nvalidationFraction: 0.1\n",
            "data_sha256",
            "87d297f1c014fe6ed708a2c27e4aad32d0c60cc4b5182fc4cdc7185afb43dca6");
    assertThat(HeldOut.of(model(earlier)).size()).isEqualTo(86);
    assertThat(HeldOut.of(model(earlier).withProvenance(Map.of("fold", "1 of 5"))).size()).isZero();
    assertThat(HeldOut.of(model(earlier).withProvenance(Map.of("config", "seed: 2\n"))).size())
        .isZero();
  }

  @Test
  void testImagesAreKnownByTheirNamesAndByWhatTheyLookLike() throws IOException {
    assertThatThrownBy(() -> TestSetGuard.checkNames(List.of("ISIC_0000002", "ISIC_0000003")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("1 of the images")
        .hasMessageContaining("ISIC_0000003");
    List<String> lines = HeldOut.lines("isic2016-test.txt");
    assertThat(lines).hasSize(379);
    for (String line : lines.subList(0, 5)) {
      RgbImage alike = drawn(Fingerprint.parse(line.split(" ", -1)[0]));
      Path file = write("renamed.png", alike);
      assertThatThrownBy(() -> TestSetGuard.check(List.of(new Pair("renamed", file, file))))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("renamed.png")
          .hasMessageContaining("--allow-test-images");
    }
    for (int seed = 0; seed < 20; seed++) {
      Path file = write("phantom.png", Phantom.draw(seed, 200, 160).image());
      assertThatCode(() -> TestSetGuard.check(List.of(new Pair("phantom", file, file))))
          .doesNotThrowAnyException();
    }
  }

  /** A picture with this fingerprint: each place is as bright as its darker neighbours demand. */
  private static RgbImage drawn(Fingerprint fingerprint) {
    long[] bits = new long[8];
    ByteBuffer.wrap(Base64.getUrlDecoder().decode(fingerprint.toString())).asLongBuffer().get(bits);
    int[] grey = new int[17 * 17];
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int bit = 0; bit < 512; bit++) {
        int at = bit % 256 / 16 * 17 + bit % 16;
        int next = at + (bit < 256 ? 1 : 17);
        boolean brighter = (bits[bit / 64] >> bit % 64 & 1) == 1;
        int dark = brighter ? at : next;
        int bright = brighter ? next : at;
        if (grey[bright] <= grey[dark]) {
          grey[bright] = grey[dark] + 1;
          changed = true;
        }
      }
    }
    byte[] data = new byte[3 * grey.length];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) grey[i / 3];
    }
    return new RgbImage(17, 17, data);
  }
}
