package org.lentigo.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExifTest {
  /** Tags of a first directory: resolutions as hundredths, unit, and the width in a second one. */
  private static byte[] tags(int x, int y, int unit, int width) {
    ByteBuffer b = ByteBuffer.allocate(200);
    b.put(new byte[] {'M', 'M', 0, 42}).putInt(8);
    b.putShort((short) 4);
    entry(b, 0x011a, 5, 1, 80);
    entry(b, 0x011b, 5, 1, 88);
    entry(b, 0x0128, 3, 1, unit << 16);
    entry(b, 0x8769, 4, 1, 100);
    b.putInt(0);
    b.position(80);
    b.putInt(x).putInt(100).putInt(y).putInt(100);
    b.position(100);
    b.putShort((short) 1);
    entry(b, 0xa002, 4, 1, width);
    b.putInt(0);
    return b.array();
  }

  private static void entry(ByteBuffer b, int tag, int type, int count, int value) {
    b.putShort((short) tag).putShort((short) type).putInt(count).putInt(value);
  }

  private static Exif read(byte[] tags) {
    return Exif.read(tags, 0, tags.length);
  }

  @ParameterizedTest
  @CsvSource({
    // hundredths of dots, unit (2 inch, 3 centimetre), millimetres a pixel
    "123456, 2, 0.020574132", // 1234.56 dots an inch
    "40000, 3, 0.025", // 400 dots a centimetre
    "50050, 3, 0.01998002"
  })
  void resolutionThatCanBeOfSkin(int hundredths, int unit, double mm) {
    Scale scale = read(tags(hundredths, hundredths, unit, 1000)).scale(1000, 750);
    assertThat(scale).isNotNull();
    assertThat(scale.mmPerPixel()).isCloseTo(mm, within(1e-8));
    assertThat(scale.source()).isEqualTo(Scale.Source.EXIF);
  }

  @ParameterizedTest
  @CsvSource({
    "7200, 7200, 2", // what nearly every camera writes
    "30000, 30000, 2",
    "120000, 120000, 2", // a whole number of dots an inch: a setting, not a measurement
    "11811, 11811, 3", // 300 dots an inch in centimetres
    "11800, 11800, 3", // and rounded
    "2835, 2835, 3",
    "40000, 40000, 1", // no unit
    "40000, 20000, 3", // not square
    "0, 0, 3",
    "300, 300, 3", // the photo would show 3.3 metres
    "900000, 900000, 3" // and here a millimetre
  })
  void resolutionThatIsForPrintingOrImpossible(int x, int y, int unit) {
    assertThat(read(tags(x, y, unit, 1000)).scale(1000, 750)).isNull();
  }

  @Test
  void resolutionOfAPhotoThatWasReducedSinceThen() {
    assertThat(read(tags(40000, 40000, 3, 4000)).scale(1000, 750)).isNull();
    assertThat(read(tags(40000, 40000, 3, 0)).scale(1000, 750)).isNotNull();
  }

  @Test
  void aScaleHasLimits() {
    assertThatThrownBy(() -> Scale.of(0, Scale.Source.GIVEN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got 0.0");
    assertThatThrownBy(() -> Scale.of(Double.NaN, Scale.Source.GIVEN))
        .hasMessageContaining("got NaN");
    assertThatThrownBy(() -> new Scale(0.1, Scale.Source.RULER, -1)).hasMessageContaining("doubt");
  }
}
