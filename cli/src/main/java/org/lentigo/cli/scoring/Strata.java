package org.lentigo.cli.scoring;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import java.awt.Color;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.lentigo.cli.console.Table;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.metrics.Estimate;
import org.lentigo.imaging.metrics.ImageScores;
import org.lentigo.imaging.metrics.Metric;
import org.lentigo.imaging.metrics.Summary;
import org.lentigo.imaging.metrics.Surroundings;

/**
 * Whether a model does as well on one kind of photo as on another: the scores by the lesion's size,
 * by the tone of the skin around it, by hair, and by the site on the body where that is known.
 *
 * @param strata in the order in which they are shown
 */
public record Strata(List<Stratum> strata) {
  /** Of a report that asks for none. */
  public static final Strata NONE = new Strata(List.of());

  private static final String NAME = "strata";
  private static final List<String> ID_COLUMNS =
      List.of("image_id", "isic_id", "image", "image_name", "name", "stem");
  private static final List<String> SITE_COLUMNS =
      List.of("anatom_site_general", "anatom_site_general_challenge", "localization", "site");

  /**
   * Some of the images.
   *
   * @param kind what they are sorted by
   * @param name such as {@code 10 to 30 % of the photo}
   */
  public record Stratum(String kind, String name, Summary summary) {}

  public Strata {
    strata = List.copyOf(strata);
  }

  /** A photo's place in each kind of strata. */
  private record Places(String stem, Map<String, String> byKind) {}

  /** What lies below its limit and not below the one before. */
  private record Class(double below, String name) {}

  private static final List<Class> SIZES =
      List.of(
          new Class(0.03, "below 3 % of the photo"),
          new Class(0.10, "3 to 10 %"),
          new Class(0.30, "10 to 30 %"),
          new Class(Double.POSITIVE_INFINITY, "30 % and more"));

  /** The classes of the angle as Chardon, Cretois and Hourseau (1991) and Del Bino name them. */
  private static final List<Class> TONES =
      List.of(
          new Class(-30, "dark (below -30 degrees)"),
          new Class(10, "brown (-30 to 10)"),
          new Class(28, "tan (10 to 28)"),
          new Class(41, "intermediate (28 to 41)"),
          new Class(55, "light (41 to 55)"),
          new Class(Double.POSITIVE_INFINITY, "very light (55 and more)"));

  private static final List<Class> HAIR =
      List.of(
          new Class(0.01, "little (lines on below 1 % of the photo)"),
          new Class(0.04, "some (1 to 4 %)"),
          new Class(Double.POSITIVE_INFINITY, "much (4 % and more)"));

  private static final String SIZE = "lesion size";
  private static final String TONE = "skin tone";
  private static final String HAIRS = "hair";
  private static final String SITE = "site";
  private static final String NOT_KNOWN = "not known";

  /** Every class in its order; sites as they come. */
  private static final Map<String, List<Class>> KINDS =
      Map.of(SIZE, SIZES, TONE, TONES, HAIRS, HAIR);

  /**
   * Sorts scored images. Those whose photo cannot be read again are told and left out.
   *
   * @param sites by stem; empty where they are not known
   */
  public static Strata of(
      List<Scoring.Scored> scores,
      List<Pair> pairs,
      Map<String, String> sites,
      int threads,
      List<String> problems,
      PrintWriter err) {
    Map<String, Places> places =
        Scoring.look(
                "Looking at skin",
                pairs,
                threads,
                problems,
                err,
                (pair, photo, truth) -> place(pair.stem(), photo, truth, sites))
            .stream()
            .collect(Collectors.toMap(Places::stem, Function.identity()));

    List<Stratum> strata = new ArrayList<>();
    List<String> kinds = new ArrayList<>(List.of(SIZE, TONE, HAIRS));
    if (!sites.isEmpty()) {
      kinds.add(SITE);
    }
    for (String kind : kinds) {
      Map<String, List<ImageScores>> groups = new LinkedHashMap<>();
      KINDS.getOrDefault(kind, List.of()).forEach(c -> groups.put(c.name, new ArrayList<>()));
      Map<String, List<ImageScores>> others = new TreeMap<>();
      for (Scoring.Scored image : scores) {
        Places place = places.get(image.scores().stem());
        if (place != null) {
          String name = place.byKind.getOrDefault(kind, NOT_KNOWN);
          List<ImageScores> group = groups.get(name);
          (group == null ? others.computeIfAbsent(name, key -> new ArrayList<>()) : group)
              .add(image.scores());
        }
      }
      groups.putAll(others);
      groups.forEach(
          (name, group) -> {
            if (!group.isEmpty()) {
              strata.add(new Stratum(kind, name, Summary.of(group)));
            }
          });
    }
    return new Strata(strata);
  }

  private static Places place(String stem, RgbImage photo, Mask truth, Map<String, String> sites) {
    Surroundings around = Surroundings.of(photo, truth);
    Map<String, String> byKind = new LinkedHashMap<>();
    byKind.put(SIZE, classOf(SIZES, truth.area() / ((double) truth.width() * truth.height())));
    byKind.put(
        TONE,
        Double.isNaN(around.toneAngle()) ? "no skin in sight" : classOf(TONES, around.toneAngle()));
    byKind.put(HAIRS, classOf(HAIR, around.hairShare()));
    byKind.put(SITE, sites.getOrDefault(stem, NOT_KNOWN));
    return new Places(stem, byKind);
  }

  private static String classOf(List<Class> classes, double value) {
    return classes.stream().filter(c -> value < c.below).findFirst().orElseThrow().name;
  }

  /**
   * Reads where on the body each photo was taken, from a table as the ISIC archive and HAM10000
   * publish it: a column of ids ({@code isic_id}, {@code image_id}, ...) and one of sites ({@code
   * anatom_site_general}, {@code localization}, ...).
   *
   * @throws IOException if it cannot be read or has no such columns
   */
  public static Map<String, String> sites(Path table) throws IOException {
    Map<String, String> sites = new TreeMap<>();
    try (CsvReader<NamedCsvRecord> csv = CsvReader.builder().ofNamedCsvRecord(table)) {
      for (NamedCsvRecord row : csv) {
        String id = column(table, row, ID_COLUMNS);
        String site = column(table, row, SITE_COLUMNS);
        if (!id.isBlank() && !site.isBlank()) {
          sites.put(id.strip(), site.strip());
        }
      }
    } catch (RuntimeException e) {
      throw new IOException("is no table that can be read: " + e.getMessage(), e);
    }
    if (sites.isEmpty()) {
      throw new IOException("names no photo's site");
    }
    return sites;
  }

  private static String column(Path table, NamedCsvRecord row, List<String> names)
      throws IOException {
    for (String name : names) {
      if (row.findField(name).isPresent()) {
        return row.getField(name);
      }
    }
    throw new IOException(
        table.getFileName() + " has the columns " + row.getHeader() + ", wanted one of " + names);
  }

  /** Prints a table; nothing where there are no strata. */
  public void print(PrintWriter out) {
    if (strata.isEmpty()) {
      return;
    }
    Table table = new Table("by", "stratum", ">images", ">JI", ">95 % interval", ">below 0.65");
    String before = "";
    for (Stratum stratum : strata) {
      Estimate ji = stratum.summary.get(Metric.JACCARD);
      table.row(
          stratum.kind.equals(before) ? "" : stratum.kind,
          stratum.name,
          Integer.toString(stratum.summary.images()),
          percent(ji.value()) + " %",
          percent(ji.low()) + " to " + percent(ji.high()),
          percent(stratum.summary.get(Metric.FAILURE_SHARE).value()) + " %");
      before = stratum.kind;
    }
    table.print(out);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f", 100 * share);
  }

  /**
   * Writes {@code strata.csv}, a row a stratum; removes an earlier report's where there are none.
   */
  public void write(Path folder) throws IOException {
    if (strata.isEmpty()) {
      Files.deleteIfExists(folder.resolve(NAME + ".csv"));
      Files.deleteIfExists(folder.resolve(NAME + ".png"));
      return;
    }
    AtomicFiles.write(
        folder.resolve(NAME + ".csv"),
        out -> {
          CsvWriter csv =
              CsvWriter.builder().build(new OutputStreamWriter(out, StandardCharsets.UTF_8));
          csv.writeRecord(
              "by", "stratum", "images", "jaccard", "jaccard_low", "jaccard_high", "failure_share");
          for (Stratum stratum : strata) {
            Estimate ji = stratum.summary.get(Metric.JACCARD);
            csv.writeRecord(
                stratum.kind,
                stratum.name,
                Integer.toString(stratum.summary.images()),
                Double.toString(ji.value()),
                Double.toString(ji.low()),
                Double.toString(ji.high()),
                Double.toString(stratum.summary.get(Metric.FAILURE_SHARE).value()));
          }
          csv.flush();
        });
  }

  /** {@code strata.png}: the mean JI of each stratum; bars show half the interval's width. */
  void writePng(String dataSet, Path folder) throws IOException {
    if (strata.isEmpty()) {
      return;
    }
    List<String> names = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    List<Double> halfWidths = new ArrayList<>();
    for (Stratum stratum : strata) {
      Estimate ji = stratum.summary.get(Metric.JACCARD);
      names.add("%s: %s, n = %d".formatted(stratum.kind, stratum.name, stratum.summary.images()));
      values.add(100 * ji.value());
      halfWidths.add(50 * (ji.high() - ji.low()));
    }
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(1100)
            .height(800)
            .title(dataSet + ": Jaccard index by kind of photo")
            .yAxisTitle("mean JI, %")
            .build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setLegendVisible(false);
    chart.getStyler().setAvailableSpaceFill(0.6);
    chart.getStyler().setXAxisMaxLabelCount(names.size());
    chart.getStyler().setXAxisLabelRotation(60).setYAxisMin(least(values)).setYAxisMax(100.0);
    chart.addSeries("JI", names, values, halfWidths).setFillColor(new Color(0x1f5fa8));
    AtomicFiles.write(
        folder.resolve(NAME + ".png"),
        out -> BitmapEncoder.saveBitmap(chart, out, BitmapEncoder.BitmapFormat.PNG));
  }

  /** Bars are told apart by their upper ends; a stratum that does badly still has one. */
  private static double least(Collection<Double> values) {
    double lowest = values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    return lowest >= 60 ? 50 : 0;
  }
}
