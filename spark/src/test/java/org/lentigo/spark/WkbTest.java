package org.lentigo.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lentigo.imaging.Contours;
import org.lentigo.imaging.Mask;
import org.locationtech.jts.algorithm.locate.SimplePointInAreaLocator;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.Location;
import org.locationtech.jts.geom.MultiPolygon;
import org.locationtech.jts.io.WKBReader;

/** JTS, which had no part in writing, reads the polygons. */
class WkbTest {
  @Test
  void anotherReaderFindsTheMaskInThePolygons() throws Exception {
    Random random = new Random(1);
    int holes = 0;
    for (int n = 0; n < 50; n++) {
      int width = 3 + random.nextInt(20);
      int height = 3 + random.nextInt(20);
      byte[] data = new byte[width * height];
      for (int i = 0; i < data.length; i++) {
        data[i] = (byte) (random.nextInt(3) == 0 ? 0 : 1);
      }
      Mask mask = new Mask(width, height, data);
      Geometry geometry = new WKBReader().read(Wkb.multiPolygon(Contours.trace(mask)));
      assertThat(geometry).isInstanceOf(MultiPolygon.class);
      int area = 0;
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          int where = SimplePointInAreaLocator.locate(new Coordinate(x + 0.5, y + 0.5), geometry);
          assertThat(where != Location.EXTERIOR).isEqualTo(mask.get(x, y));
          area += mask.get(x, y) ? 1 : 0;
        }
      }
      assertThat(geometry.getArea()).isEqualTo(area);
      for (int i = 0; i < geometry.getNumGeometries(); i++) {
        holes += ((MultiPolygon) geometry).getGeometryN(i).getBoundary().getNumGeometries() - 1;
      }
    }
    assertThat(holes).isPositive();
  }

  @Test
  void withoutALesionItIsEmpty() throws Exception {
    assertThat(new WKBReader().read(Wkb.multiPolygon(List.of())).isEmpty()).isTrue();
  }
}
