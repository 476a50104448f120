package org.lentigo.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lentigo.imaging.synthetic.Phantom;

class FingerprintTest {
  private static RgbImage photo(int seed) {
    return Phantom.draw(seed, 500, 400).image();
  }

  private static RgbImage savedAnew(RgbImage photo, int width, int height) throws IOException {
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    PhotoWriter.writeJpeg(Resampling.resize(photo, width, height), jpeg);
    return PhotoReader.read(jpeg.toByteArray(), PhotoReader.DEFAULT_MAX_PIXELS).image();
  }

  @Test
  void aCopyIsKnownAgainAndNothingElseIs() throws IOException {
    List<Fingerprint> others = new ArrayList<>();
    for (int seed = 0; seed < 30; seed++) {
      RgbImage photo = photo(seed);
      Fingerprint own = Fingerprint.of(photo);
      for (int percent : new int[] {50, 75, 100, 200}) {
        RgbImage copy = savedAnew(photo, 5 * percent, 4 * percent);
        assertThat(Fingerprint.of(copy).isLike(own)).as("%d at %d %%", seed, percent).isTrue();
      }
      assertThat(others).noneMatch(own::isLike);
      others.add(own);
    }
  }

  @Test
  void aMirrorImageIsAnother() {
    RgbImage photo = photo(1);
    byte[] data = new byte[photo.data().length];
    for (int i = 0; i < data.length; i++) {
      int x = i / 3 % photo.width();
      data[i] = photo.data()[i + 3 * (photo.width() - 1 - 2 * x)];
    }
    RgbImage mirrored = new RgbImage(photo.width(), photo.height(), data);
    assertThat(Fingerprint.of(photo).isLike(Fingerprint.of(mirrored))).isFalse();
  }

  @Test
  void picturesOfNothingAreLikeNone() {
    Fingerprint flat = Fingerprint.of(new RgbImage(40, 40, new byte[4800]));
    assertThat(flat.isLike(flat)).isFalse();
  }

  @Test
  void whatIsWrittenIsRead() {
    Fingerprint own = Fingerprint.of(photo(3));
    assertThat(own.toString()).hasSize(86).matches("[A-Za-z0-9_-]+");
    assertThat(Fingerprint.parse(own.toString())).hasToString(own.toString());
    assertThat(own.isLike(Fingerprint.parse(own.toString()))).isTrue();
    for (String wrong : List.of("", "abcd", own + "AAAA", "#".repeat(86))) {
      assertThatThrownBy(() -> Fingerprint.parse(wrong))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
