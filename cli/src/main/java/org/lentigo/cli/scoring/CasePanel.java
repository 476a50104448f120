package org.lentigo.cli.scoring;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.Contour;
import org.lentigo.imaging.Contours;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.Overlay;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.metrics.ImageScores;

/**
 * One picture of the ten worst and ten typical cases of an evaluation: the photo, the expert's
 * outline and the model's. Typical are those whose Jaccard index is nearest to the median.
 */
public final class CasePanel {
  private static final int CASES = 10;
  private static final int COLUMNS = 5;
  private static final int TILE_WIDTH = 400;
  private static final int TILE_HEIGHT = 300;
  private static final int TEXT = 26;
  private static final int GAP = 8;

  /** The mask that is drawn for a photo. */
  public interface Predictions {
    Mask of(String stem, RgbImage photo);
  }

  private final Predictions predictions;
  private final Map<String, Pair> pairs;

  public CasePanel(Predictions predictions, List<Pair> pairs) {
    this.predictions = predictions;
    this.pairs = pairs.stream().collect(Collectors.toMap(Pair::stem, Function.identity()));
  }

  public void write(Path file, List<ImageScores> scores) throws IOException {
    BufferedImage panel = draw(scores);
    AtomicFiles.write(file, out -> ImageIO.write(panel, "png", out));
  }

  private BufferedImage draw(List<ImageScores> scores) throws IOException {
    List<ImageScores> ascending =
        scores.stream()
            .sorted(Comparator.comparing(ImageScores::jaccard).thenComparing(ImageScores::stem))
            .toList();
    List<ImageScores> worst = ascending.subList(0, Math.min(CASES, ascending.size()));
    double median = ascending.get(ascending.size() / 2).jaccard();
    Set<ImageScores> shown = new HashSet<>(worst);
    List<ImageScores> typical =
        ascending.stream()
            .filter(s -> !shown.contains(s))
            .sorted(Comparator.comparing(s -> Math.abs(s.jaccard() - median)))
            .limit(CASES)
            .toList();

    int blockWidth = COLUMNS * (TILE_WIDTH + GAP) + GAP;
    int height = blockHeight(worst) + blockHeight(typical) + TEXT + GAP;
    BufferedImage panel = new BufferedImage(blockWidth, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = panel.createGraphics();
    try {
      g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 15));
      g.setColor(Color.WHITE);
      g.fillRect(0, 0, panel.getWidth(), panel.getHeight());
      int y = drawBlock(g, 0, "Worst " + worst.size() + " by Jaccard index (JI)", worst);
      y =
          drawBlock(
              g,
              y,
              String.format(
                  Locale.ROOT, "Typical: %d nearest to the median JI %.3f", typical.size(), median),
              typical);
      drawKey(g, y);
    } finally {
      g.dispose();
    }
    return panel;
  }

  private static int blockHeight(List<ImageScores> cases) {
    int rows = (cases.size() + COLUMNS - 1) / COLUMNS;
    return cases.isEmpty() ? 0 : TEXT + GAP + rows * (TILE_HEIGHT + TEXT + GAP);
  }

  /** Draws a title and its tiles, and returns where the next block begins. */
  private int drawBlock(Graphics2D g, int top, String title, List<ImageScores> cases)
      throws IOException {
    if (cases.isEmpty()) {
      return top;
    }
    g.setColor(Color.BLACK);
    g.drawString(title, GAP, top + TEXT - 4);
    for (int i = 0; i < cases.size(); i++) {
      int x = GAP + i % COLUMNS * (TILE_WIDTH + GAP);
      int y = top + TEXT + GAP + i / COLUMNS * (TILE_HEIGHT + TEXT + GAP);
      drawCase(g, x, y, cases.get(i));
    }
    return top + blockHeight(cases);
  }

  private void drawCase(Graphics2D g, int x, int y, ImageScores scores) throws IOException {
    Pair pair = pairs.get(scores.stem());
    if (pair == null) {
      throw new IllegalArgumentException("no pair is called " + scores.stem());
    }
    RgbImage image = PhotoReader.read(pair.image()).image();
    double scale =
        Math.min((double) TILE_WIDTH / image.width(), (double) TILE_HEIGHT / image.height());
    int width = Math.max(1, (int) Math.round(scale * image.width()));
    int height = Math.max(1, (int) Math.round(scale * image.height()));
    // Reduced first and drawn on then, or the lines would be reduced as well.
    RgbImage drawn =
        Overlay.draw(
            Resampling.resize(image, width, height),
            List.of(
                new Overlay.Layer(
                    outlines(Masks.read(pair.mask()), width, height), Overlay.Style.TRUTH),
                new Overlay.Layer(
                    outlines(predictions.of(pair.stem(), image), width, height),
                    Overlay.Style.PREDICTION)));
    g.setColor(Color.LIGHT_GRAY);
    g.fillRect(x, y, TILE_WIDTH, TILE_HEIGHT);
    g.drawImage(
        buffered(drawn), x + (TILE_WIDTH - width) / 2, y + (TILE_HEIGHT - height) / 2, null);
    g.setColor(Color.BLACK);
    g.drawString(
        String.format(Locale.ROOT, "%s   JI %.3f", scores.stem(), scores.jaccard()),
        x,
        y + TILE_HEIGHT + TEXT - 9);
  }

  private static List<Contour> outlines(Mask mask, int width, int height) {
    return Contours.trace(Masks.resize(mask, width, height));
  }

  static BufferedImage buffered(RgbImage image) {
    BufferedImage out =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < image.width(); x++) {
        out.setRGB(x, y, image.get(x, y, 0) << 16 | image.get(x, y, 1) << 8 | image.get(x, y, 2));
      }
    }
    return out;
  }

  private static void drawKey(Graphics2D g, int top) {
    int y = top + TEXT / 2;
    int x = GAP;
    g.setStroke(new BasicStroke(4));
    for (Map.Entry<String, Overlay.Style> entry :
        List.of(
            Map.entry("expert's mask", Overlay.Style.TRUTH),
            Map.entry("prediction", Overlay.Style.PREDICTION))) {
      g.setColor(new Color(entry.getValue().casing()));
      g.fillRect(x, y - 9, 46, 18);
      g.setColor(new Color(entry.getValue().line()));
      g.drawLine(x + 5, y, x + 40, y);
      g.setColor(Color.BLACK);
      g.drawString(entry.getKey(), x + 54, y + 6);
      x += 200;
    }
  }
}
