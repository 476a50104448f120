package org.lentigo.cli.ablation;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.network.Costs;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.UlrtsNet;

/** What a score costs: points, and the line of those that nothing cheaper beats. */
final class Plots {
  private Plots() {}

  /**
   * A network.
   *
   * @param own whether it is a row of ULRTS-Net's tables
   * @param cost above 0
   * @param jaccard in percent
   */
  record Point(String name, boolean own, double cost, double jaccard) {}

  /**
   * JI against GFLOPs, and against milliseconds on the fastest engine where speeds are known;
   * nothing where nothing is trained.
   */
  static void write(Path folder, Map<Network, Result> results, Speeds speeds) throws IOException {
    if (results.isEmpty()) {
      return;
    }
    write(
        folder.resolve("jaccard-gflops.png"),
        "Jaccard index against arithmetic",
        "multiply-accumulates at 224 x 224, G",
        points(
            results,
            network -> Optional.of(Costs.of(network.graph(), Networks.COUNTED_SIZE).macs() / 1e9)));
    List<Network> measured =
        results.keySet().stream().filter(n -> speeds.networks().contains(n.name())).toList();
    Optional<String> engine = speeds.fastest(measured);
    if (engine.isPresent()) {
      write(
          folder.resolve("jaccard-ms.png"),
          "Jaccard index against time",
          "milliseconds a frame of 224 x 224, " + engine.get() + ", 1 thread",
          points(
              results, network -> speeds.of(network, engine.get(), 1).map(Speeds.Speed::millis)));
    }
  }

  private static List<Point> points(
      Map<Network, Result> results, Function<Network, Optional<Double>> cost) {
    List<Point> points = new ArrayList<>();
    results.forEach(
        (network, result) ->
            cost.apply(network)
                .ifPresent(
                    c ->
                        points.add(
                            new Point(
                                network.name(),
                                UlrtsNet.publishedVariants().contains(network),
                                c,
                                100 * result.mean().value()))));
    return points;
  }

  /** The points of which none is both no dearer and better, from the cheapest on. */
  static List<Point> frontier(List<Point> points) {
    List<Point> frontier = new ArrayList<>();
    double best = Double.NEGATIVE_INFINITY;
    List<Point> ascending =
        points.stream()
            .sorted(
                Comparator.comparing(Point::cost)
                    .thenComparing(Comparator.comparing(Point::jaccard).reversed()))
            .toList();
    for (Point point : ascending) {
      if (point.jaccard > best) {
        frontier.add(point);
        best = point.jaccard;
      }
    }
    return frontier;
  }

  /**
   * Draws 1000 x 620 pixels; not every machine can draw text.
   *
   * @param cost the axis' title
   * @param points at least one
   */
  static void write(Path file, String title, String cost, List<Point> points) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(1000)
            .height(620)
            .title(title)
            .xAxisTitle(cost)
            .yAxisTitle("mean JI on the test images, %")
            .build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
    double dearest = points.stream().mapToDouble(Point::cost).max().orElseThrow();
    double worst = points.stream().mapToDouble(Point::jaccard).min().orElseThrow();
    double best = points.stream().mapToDouble(Point::jaccard).max().orElseThrow();
    double margin = Math.max(0.2, 0.1 * (best - worst));
    chart.getStyler().setXAxisMin(0.0).setXAxisMax(1.1 * dearest);
    chart.getStyler().setYAxisMin(worst - margin).setYAxisMax(best + margin);
    chart.getStyler().setYAxisDecimalPattern("0.0");
    chart.getStyler().setAnnotationTextFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    XYSeries line = series(chart, "frontier", frontier(points), new Color(0x9a9a9a));
    line.setMarker(SeriesMarkers.NONE);
    line.setLineStyle(new BasicStroke(1.5f));
    for (boolean own : new boolean[] {true, false}) {
      List<Point> some = points.stream().filter(point -> point.own == own).toList();
      if (!some.isEmpty()) {
        XYSeries series =
            series(
                chart,
                own ? "ULRTS-Net's rows" : "other networks",
                some,
                new Color(own ? 0x1f5fa8 : 0xe08a1e));
        series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
        series.setMarker(own ? SeriesMarkers.CIRCLE : SeriesMarkers.DIAMOND);
      }
    }
    double perPixel = 1.1 * dearest / 920;
    for (Point label : labels(points, perPixel, 0.035 * (best - worst + 2 * margin))) {
      // Text is centred on its place.
      double middle = label.cost + perPixel * (10 + pixels(label.name) / 2);
      chart.addAnnotation(new AnnotationText(label.name, middle, label.jaccard, false));
    }
    AtomicFiles.write(
        file, out -> BitmapEncoder.saveBitmap(chart, out, BitmapEncoder.BitmapFormat.PNG));
  }

  /** About how wide a name is. */
  private static double pixels(String name) {
    return 7.3 * name.length();
  }

  /** Where their names go: from the worst up, each high enough not to lie on one beside it. */
  private static List<Point> labels(List<Point> points, double perPixel, double height) {
    List<Point> placed = new ArrayList<>();
    points.stream()
        .sorted(Comparator.comparing(Point::jaccard))
        .forEach(
            point -> {
              double least =
                  placed.stream()
                      .filter(
                          label ->
                              label.cost < point.cost + perPixel * (10 + pixels(point.name))
                                  && point.cost < label.cost + perPixel * (10 + pixels(label.name)))
                      .mapToDouble(label -> label.jaccard + height)
                      .max()
                      .orElse(point.jaccard);
              placed.add(
                  new Point(point.name, point.own, point.cost, Math.max(point.jaccard, least)));
            });
    return placed;
  }

  private static XYSeries series(XYChart chart, String name, List<Point> points, Color colour) {
    XYSeries series =
        chart.addSeries(
            name,
            points.stream().mapToDouble(Point::cost).toArray(),
            points.stream().mapToDouble(Point::jaccard).toArray());
    series.setLineColor(colour);
    series.setMarkerColor(colour);
    return series;
  }
}
