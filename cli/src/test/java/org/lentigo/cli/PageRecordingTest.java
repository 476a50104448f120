package org.lentigo.cli;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ScreenshotType;
import com.twelvemonkeys.image.ImageUtil;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Polygon;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The recording at the top of the README and the picture of the page: a sample is opened, outlined,
 * uncovered and edited. With the system property {@code lentigo.recording} naming a folder, {@code
 * page.gif} and {@code page.jpg} go there: {@code docs/record}.
 */
class PageRecordingTest extends OpenedPage {
  private static final int MOST_BYTES = 2_000_000;
  private static final int COLOURS = 255;
  private static final double SCALE = 0.8;

  /** The page at a moment, and how long it is shown. */
  private record Frame(BufferedImage picture, int hundredths) {}

  private final List<Frame> frames = new ArrayList<>();

  @Test
  void aPhotoIsOutlinedAndEdited() throws IOException {
    page.context().close();
    page =
        open(
            new Browser.NewContextOptions().setViewportSize(1000, 640).setDeviceScaleFactor(SCALE));
    frame(120, null);
    choose(FIRST, SECOND);
    show(FIRST);
    frame(200, null);
    for (int uncovered : List.of(35, 70, 100)) {
      page.locator("#split").fill(Integer.toString(uncovered));
      frame(uncovered == 100 ? 90 : 25, null);
    }
    page.locator("#split").fill("0");
    frame(80, null);

    press("Points");
    JsonNode point =
        new JsonMapper()
            .readTree(segment(FIRST).get("synthetic_0001.json"))
            .at("/lesion/contours/0/points/0");
    double x = point.get(0).asDouble();
    double y = point.get(1).asDouble();
    drawn(x, y, x, y - 16, 4);
    final String bent = fact("Area");
    press("Paint");
    drawn(325, 205, 350, 235, 4);
    assertThat(fact("Area")).isNotEqualTo(bent);
    frame(120, null);
    press("Undo");
    assertThat(fact("Area")).isEqualTo(bent);
    frame(60, null);

    page.locator("#facts > div").last().scrollIntoViewIfNeeded();
    frame(300, null);

    byte[] gif = gif();
    assertThat(gif).hasSizeLessThan(MOST_BYTES);
    assertThat(count(gif)).isEqualTo(frames.size()).isGreaterThan(15);
    byte[] still = still();

    String folder = System.getProperty("lentigo.recording");
    if (folder != null) {
      Files.write(Path.of(folder, "page.gif"), gif);
      Files.write(Path.of(folder, "page.jpg"), still);
    }
  }

  /** The page with all of a photo's measures. */
  private byte[] still() {
    page.context().close();
    page = open(new Browser.NewContextOptions().setViewportSize(1280, 1100));
    choose(FIRST, SECOND);
    show(FIRST);
    button("Points").click();
    settle();
    return page.screenshot(
        new Page.ScreenshotOptions().setType(ScreenshotType.JPEG).setQuality(88));
  }

  private void press(String name) {
    BoundingBox box = button(name).boundingBox();
    double[] middle = {box.x + box.width / 2, box.y + box.height / 2};
    button(name).click();
    frame(60, middle);
  }

  /** Drags over the photo, in its pixels, with a frame a step. */
  private void drawn(double fromX, double fromY, double toX, double toY, int steps) {
    double[] at = onPage(fromX, fromY);
    page.mouse().move(at[0], at[1]);
    frame(40, at);
    page.mouse().down();
    for (int step = 1; step <= steps; step++) {
      double share = (double) step / steps;
      at = onPage(fromX + share * (toX - fromX), fromY + share * (toY - fromY));
      page.mouse().move(at[0], at[1]);
      frame(15, at);
    }
    page.mouse().up();
    frame(80, at);
  }

  /** Takes a picture; the pointer, which no screenshot has, is drawn where it is. */
  private void frame(int hundredths, double @Nullable [] pointer) {
    settle();
    BufferedImage picture;
    try {
      picture = ImageIO.read(new ByteArrayInputStream(page.screenshot()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    BufferedImage opaque =
        new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D on = opaque.createGraphics();
    on.drawImage(picture, 0, 0, null);
    if (pointer != null) {
      on.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      on.translate(SCALE * pointer[0], SCALE * pointer[1]);
      Polygon arrow =
          new Polygon(new int[] {0, 0, 4, 7, 10, 7, 12}, new int[] {0, 17, 13, 20, 19, 12, 12}, 7);
      on.setColor(Color.BLACK);
      on.fill(arrow);
      on.setColor(Color.WHITE);
      on.setStroke(new BasicStroke(1.2f));
      on.draw(arrow);
    }
    on.dispose();
    frames.add(new Frame(opaque, hundredths));
  }

  /** One palette for all frames; of each but the first, only what differs from the one before. */
  private byte[] gif() throws IOException {
    IndexColorModel palette = palette();
    Map<Integer, Integer> nearest = new HashMap<>();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("gif").next();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.prepareWriteSequence(null);
      int[] before = null;
      for (Frame frame : frames) {
        int width = frame.picture.getWidth();
        int height = frame.picture.getHeight();
        BufferedImage indexed =
            new BufferedImage(width, height, BufferedImage.TYPE_BYTE_INDEXED, palette);
        int[] pixels =
            Arrays.stream(frame.picture.getRGB(0, 0, width, height, null, 0, width))
                .map(rgb -> nearest.computeIfAbsent(rgb, r -> nearest(palette, r)))
                .toArray();
        int[] changed = pixels.clone();
        for (int i = 0; before != null && i < pixels.length; i++) {
          if (pixels[i] == before[i]) {
            changed[i] = COLOURS;
          }
        }
        indexed.getRaster().setPixels(0, 0, width, height, changed);
        IIOMetadata about =
            // Not createFromRenderedImage, which takes any palette for Java's own.
            writer.getDefaultImageMetadata(new ImageTypeSpecifier(indexed), null);
        timed(about, frame.hundredths);
        writer.writeToSequence(new IIOImage(indexed, null, about), null);
        before = pixels;
      }
      writer.endWriteSequence();
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /** Of the frames beside each other, and a transparent one at the end. */
  private IndexColorModel palette() {
    int width = frames.get(0).picture.getWidth();
    int height = frames.get(0).picture.getHeight();
    BufferedImage all =
        new BufferedImage(width, height * frames.size(), BufferedImage.TYPE_INT_RGB);
    Graphics2D on = all.createGraphics();
    for (int i = 0; i < frames.size(); i++) {
      on.drawImage(frames.get(i).picture, 0, i * height, null);
    }
    on.dispose();
    IndexColorModel found =
        (IndexColorModel)
            ImageUtil.createIndexed(all, COLOURS, Color.WHITE, ImageUtil.COLOR_SELECTION_QUALITY)
                .getColorModel();
    byte[][] rgb = new byte[3][found.getMapSize()];
    found.getReds(rgb[0]);
    found.getGreens(rgb[1]);
    found.getBlues(rgb[2]);
    for (int i = 0; i < 3; i++) {
      rgb[i] = Arrays.copyOf(Arrays.copyOf(rgb[i], COLOURS), COLOURS + 1);
    }
    return new IndexColorModel(8, COLOURS + 1, rgb[0], rgb[1], rgb[2], COLOURS);
  }

  private static int nearest(IndexColorModel palette, int rgb) {
    int nearest = 0;
    int least = Integer.MAX_VALUE;
    for (int i = 0; i < COLOURS; i++) {
      int red = (rgb >> 16 & 0xff) - palette.getRed(i);
      int green = (rgb >> 8 & 0xff) - palette.getGreen(i);
      int blue = (rgb & 0xff) - palette.getBlue(i);
      int distance = red * red + green * green + blue * blue;
      if (distance < least) {
        least = distance;
        nearest = i;
      }
    }
    return nearest;
  }

  /** How long a frame is shown, that it stays beneath the next, and that all of it is repeated. */
  private static void timed(IIOMetadata about, int hundredths) throws IOException {
    String format = about.getNativeMetadataFormatName();
    IIOMetadataNode root = (IIOMetadataNode) about.getAsTree(format);
    IIOMetadataNode control =
        (IIOMetadataNode) root.getElementsByTagName("GraphicControlExtension").item(0);
    control.setAttribute("disposalMethod", "doNotDispose");
    control.setAttribute("userInputFlag", "FALSE");
    control.setAttribute("transparentColorFlag", "TRUE");
    control.setAttribute("transparentColorIndex", Integer.toString(COLOURS));
    control.setAttribute("delayTime", Integer.toString(hundredths));
    ((IIOMetadataNode) root.getElementsByTagName("ImageDescriptor").item(0))
        .setAttribute("interlaceFlag", "FALSE");
    IIOMetadataNode extensions = new IIOMetadataNode("ApplicationExtensions");
    IIOMetadataNode loop = new IIOMetadataNode("ApplicationExtension");
    loop.setAttribute("applicationID", "NETSCAPE");
    loop.setAttribute("authenticationCode", "2.0");
    loop.setUserObject(new byte[] {1, 0, 0});
    extensions.appendChild(loop);
    root.appendChild(extensions);
    about.setFromTree(format, root);
  }

  private static int count(byte[] gif) throws IOException {
    ImageReader reader = ImageIO.getImageReadersByFormatName("gif").next();
    try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(gif))) {
      reader.setInput(in);
      return reader.getNumImages(true);
    } finally {
      reader.dispose();
    }
  }
}
