package org.lentigo.cli.scoring;

import de.siegmar.fastcsv.writer.CsvWriter;
import java.awt.Color;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.lentigo.cli.console.Table;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.Contours;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.measure.PhotoQuality;
import org.lentigo.imaging.measure.PhotoQuality.Problem;
import org.lentigo.imaging.metrics.Percentile;
import org.lentigo.runtime.Segmenter;

/**
 * How often the quality gate is right: on the photos of a data set, on copies of them in which one
 * thing is wrong, and on pieces of their skin without a lesion.
 */
public final class QualityReport {
  private static final String ORIGINAL = "as it is";
  private static final String SKIN = "skin alone";

  /** What is asked of which copies, in the order in which they are shown. */
  private static final Map<Problem, List<String>> ASKED = new LinkedHashMap<>();

  static {
    ASKED.put(
        Problem.BLURRED,
        List.of("blurred, sigma 2", "blurred, sigma 3", "blurred, sigma 4", "moved by 16"));
    ASKED.put(Problem.DARK, List.of("1 stop less", "2 stops less", "3 stops less"));
    ASKED.put(Problem.BRIGHT, List.of("1 stop more", "2 stops more"));
    ASKED.put(Problem.GLARE, List.of("glare on 1 %", "glare on 3 %"));
    ASKED.put(Problem.HAIR, List.of("5 hairs", "10 hairs", "25 hairs"));
    ASKED.put(Problem.CUT, List.of("cut"));
    ASKED.put(Problem.NOTHING_FOUND, List.of(SKIN));
  }

  /**
   * A photo, or a copy of it.
   *
   * @param trulyCut whether the expert's mask says that its frame cuts the lesion
   */
  private record Look(String stem, String copy, PhotoQuality quality, boolean trulyCut) {}

  private final List<Look> looks;

  private QualityReport(List<Look> looks) {
    this.looks = looks;
  }

  /**
   * Looks at every photo and its copies. Those that fail are told and added to the problems.
   *
   * @param threads photos at a time; the result does not depend on it
   */
  public static QualityReport of(
      Segmenter segmenter, List<Pair> pairs, int threads, List<String> problems, PrintWriter err) {
    List<List<Look>> looks =
        Scoring.look(
            "Looking",
            pairs,
            threads,
            problems,
            err,
            (pair, photo, truth) -> looks(segmenter, pair, photo, truth));
    return new QualityReport(looks.stream().flatMap(List::stream).toList());
  }

  private static List<Look> looks(Segmenter segmenter, Pair pair, RgbImage photo, Mask truth) {
    if (truth.area() == 0) {
      return List.of();
    }
    boolean trulyCut = PhotoQuality.of(photo, truth, Contours.trace(truth), null).has(Problem.CUT);
    List<Look> looks = new ArrayList<>();
    // One copy at a time: a photo may be large.
    looks.add(look(segmenter, pair, ORIGINAL, photo, trulyCut));
    Degraded degraded = new Degraded(photo, truth, pair.stem().hashCode());
    for (List<String> copies : ASKED.values()) {
      for (String copy : copies) {
        RgbImage image = copy(degraded, copy);
        if (image != null) {
          looks.add(look(segmenter, pair, copy, image, trulyCut || copy.equals("cut")));
        }
      }
    }
    return looks;
  }

  private static Look look(
      Segmenter segmenter, Pair pair, String copy, RgbImage image, boolean trulyCut) {
    return new Look(pair.stem(), copy, segmenter.segment(image).quality(image), trulyCut);
  }

  private static @Nullable RgbImage copy(Degraded degraded, String name) {
    return switch (name) {
      case "blurred, sigma 2" -> degraded.blurred(2);
      case "blurred, sigma 3" -> degraded.blurred(3);
      case "blurred, sigma 4" -> degraded.blurred(4);
      case "moved by 16" -> degraded.moved(16);
      case "1 stop less" -> degraded.exposed(-1);
      case "2 stops less" -> degraded.exposed(-2);
      case "3 stops less" -> degraded.exposed(-3);
      case "1 stop more" -> degraded.exposed(1);
      case "2 stops more" -> degraded.exposed(2);
      case "glare on 1 %" -> degraded.glaring(0.01);
      case "glare on 3 %" -> degraded.glaring(0.03);
      case "5 hairs" -> degraded.hairy(5);
      case "10 hairs" -> degraded.hairy(10);
      case "25 hairs" -> degraded.hairy(25);
      case "cut" -> degraded.cut();
      case SKIN -> degraded.skin().orElse(null);
      default -> throw new IllegalArgumentException("no copy is called " + name);
    };
  }

  private List<Look> of(String copy) {
    return looks.stream().filter(look -> look.copy.equals(copy)).toList();
  }

  private static double share(List<Look> looks, Problem problem) {
    return (double) looks.stream().filter(look -> look.quality.has(problem)).count() / looks.size();
  }

  /** Prints how often each check speaks: about photos as they are, and where it should. */
  public void print(PrintWriter stdout) {
    Table table = new Table("check", "photos", ">number", ">found", ">median");
    List<Look> originals = of(ORIGINAL);
    for (Map.Entry<Problem, List<String>> asked : ASKED.entrySet()) {
      Problem problem = asked.getKey();
      // Some photos are cut as they are: of those it is right to speak.
      List<Look> clean =
          problem == Problem.CUT
              ? originals.stream().filter(look -> !look.trulyCut).toList()
              : originals;
      row(table, problem, ORIGINAL + (problem == Problem.CUT ? ", not cut" : ""), clean);
      if (problem == Problem.CUT) {
        row(
            table,
            problem,
            ORIGINAL + ", cut",
            originals.stream().filter(look -> look.trulyCut).toList());
      }
      for (String copy : asked.getValue()) {
        row(table, problem, copy, of(copy));
      }
    }
    table.print(stdout);
    long good = originals.stream().filter(look -> look.quality.problems().isEmpty()).count();
    stdout.printf(
        Locale.ROOT,
        "No advice at all: %d of %d photos as they are (%.1f %%)%n",
        good,
        originals.size(),
        100.0 * good / Math.max(1, originals.size()));
  }

  private static void row(Table table, Problem problem, String name, List<Look> looks) {
    if (looks.isEmpty()) {
      return;
    }
    table.row(
        problem.label(),
        name,
        Integer.toString(looks.size()),
        String.format(Locale.ROOT, "%.1f %%", 100 * share(looks, problem)),
        String.format(
            Locale.ROOT,
            "%.4g",
            Percentile.ofUnsorted(
                looks.stream().mapToDouble(look -> number(look.quality, problem)).toArray(), 0.5)));
  }

  /** What a check looks at. */
  private static double number(PhotoQuality quality, Problem problem) {
    return switch (problem) {
      case NOTHING_FOUND -> likeness(quality);
      case BLURRED -> quality.blur();
      case DARK, BRIGHT -> quality.lightness();
      case GLARE -> quality.glare();
      case CUT -> quality.cut();
      case HAIR -> quality.hair();
    };
  }

  /** 1 of a model that does not tell: nothing is then left without an outline. */
  private static double likeness(PhotoQuality quality) {
    Double likeness = quality.likeness();
    return likeness == null ? 1 : likeness;
  }

  /**
   * Writes {@code quality.csv}, a row for each photo and copy, and {@code nothing.csv}: for every
   * limit of the likeness, for which share of skin alone nothing is found, and for which of the
   * photos of a lesion.
   */
  public void write(Path dir) throws IOException {
    AtomicFiles.write(
        dir.resolve("quality.csv"),
        out -> {
          CsvWriter csv =
              CsvWriter.builder().build(new OutputStreamWriter(out, StandardCharsets.UTF_8));
          csv.writeRecord(
              "image",
              "copy",
              "blur_px",
              "lightness",
              "glare",
              "hair",
              "cut",
              "likeness",
              "problems");
          for (Look look : looks) {
            PhotoQuality q = look.quality;
            csv.writeRecord(
                look.stem,
                look.copy,
                Double.toString(q.blur()),
                Double.toString(q.lightness()),
                Double.toString(q.glare()),
                Double.toString(q.hair()),
                Double.toString(q.cut()),
                q.likeness() == null ? "" : q.likeness().toString(),
                String.join(" ", q.problems().stream().map(Problem::label).toList()));
          }
          csv.flush();
        });
    AtomicFiles.write(
        dir.resolve("nothing.csv"),
        out -> {
          CsvWriter csv =
              CsvWriter.builder().build(new OutputStreamWriter(out, StandardCharsets.UTF_8));
          csv.writeRecord("limit", "nothing_in_skin", "nothing_in_photos");
          for (double[] point : curve()) {
            csv.writeRecord(
                Double.toString(point[0]), Double.toString(point[1]), Double.toString(point[2]));
          }
          csv.flush();
        });
  }

  /** Limit, and the shares of skin and of photos that lie below it. */
  private List<double[]> curve() {
    double[] skin = sorted(SKIN);
    double[] photos = sorted(ORIGINAL);
    Set<Double> limits = new TreeSet<>(List.of(PhotoQuality.LEAST_LIKENESS, 1.0));
    Arrays.stream(photos).forEach(limits::add);
    List<double[]> curve = new ArrayList<>();
    for (double limit : limits) {
      curve.add(new double[] {limit, below(skin, limit), below(photos, limit)});
    }
    return curve;
  }

  private double[] sorted(String copy) {
    return of(copy).stream().mapToDouble(look -> likeness(look.quality)).sorted().toArray();
  }

  private static double below(double[] values, double limit) {
    return values.length == 0
        ? 0
        : (double) Arrays.stream(values).filter(v -> v < limit).count() / values.length;
  }

  /** Draws the curve of {@code nothing.csv}; not every machine can draw text. */
  public void writePicture(Path dir, String dataSet) throws IOException {
    List<double[]> curve = curve();
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(500)
            .title(dataSet + ": nothing found")
            .xAxisTitle("in photos of a lesion, %")
            .yAxisTitle("in pieces of skin alone, %")
            .build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setXAxisMin(0.0).setXAxisMax(20.0).setXAxisDecimalPattern("0");
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(100.0).setYAxisDecimalPattern("0");
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideSE);
    List<double[]> shown = curve.stream().filter(p -> p[2] <= 0.2).toList();
    XYSeries line =
        chart.addSeries(
            "for every limit",
            Confidence.uneven(shown.stream().mapToDouble(p -> 100 * p[2]).toArray()),
            shown.stream().mapToDouble(p -> 100 * p[1]).toArray());
    line.setLineColor(new Color(0x1f5fa8));
    line.setMarker(SeriesMarkers.NONE);
    double[] used =
        curve.stream().filter(p -> p[0] == PhotoQuality.LEAST_LIKENESS).findFirst().orElseThrow();
    XYSeries here =
        chart.addSeries(
            "the limit in use", new double[] {100 * used[2]}, new double[] {100 * used[1]});
    here.setLineColor(new Color(0xb03030));
    here.setMarkerColor(new Color(0xb03030));
    here.setMarker(SeriesMarkers.CIRCLE);
    AtomicFiles.write(
        dir.resolve("nothing.png"),
        out -> BitmapEncoder.saveBitmap(chart, out, BitmapEncoder.BitmapFormat.PNG));
  }
}
