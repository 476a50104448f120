package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.console.Pictures;
import org.lentigo.cli.options.DataOption;
import org.lentigo.cli.options.EngineOption;
import org.lentigo.cli.options.LooksOption;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.cli.options.OutputFolder;
import org.lentigo.cli.options.PostOption;
import org.lentigo.cli.scoring.CasePanel;
import org.lentigo.cli.scoring.QualityReport;
import org.lentigo.cli.scoring.Report;
import org.lentigo.cli.scoring.Scoring;
import org.lentigo.cli.scoring.Strata;
import org.lentigo.cli.scoring.ValidationSplit;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.dataset.Split;
import org.lentigo.network.Model;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.Reasons;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lentigo evaluate}: scores a model on a data set. */
@Command(
    name = "evaluate",
    description = {
      "Scores a model on a data set with expert masks: every metric with its 95 %% bootstrap interval"
          + " over images.",
      "Data sets as their owners lay them out: ISIC 2016, 2017, 2018 Task 1, PH2, or two folders"
          + " images/ and masks/. With --out it writes metrics.json, images.csv, jaccard.png (a"
          + " histogram) and cases.png (the ten worst and ten typical cases).",
      "A calibrated model's report also holds accepted.csv and accepted.png: the Jaccard index of"
          + " the images whose predicted one is best, for every share of them."
    })
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private DataOption data;

  @Option(
      names = "--split",
      paramLabel = "SPLIT",
      description = {
        "train, validation or test: a part as its owner published it. Default: test, or everything"
            + " where the set has no parts.",
        "Where the owner published no validation part: the images held out when the model was"
            + " trained, on the same data."
      })
  private @Nullable Split split;

  @Mixin private ModelOption model;

  @Mixin private EngineOption engine;

  @Mixin private LooksOption looks;

  @Mixin private PostOption post;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The folder for the report; made if it is missing, its files replaced.")
  private @Nullable Path out;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Images at a time; default: one a processor. The scores do not depend on it.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--strata",
      description = {
        "Also score by the lesion's size, the tone of the skin around it and hair; the report then holds"
            + " strata.csv and strata.png."
      })
  private boolean strata;

  @Option(
      names = "--sites",
      paramLabel = "FILE",
      description = {
        "With --strata: also by the site on the body, from a CSV table as the ISIC archive or HAM10000"
            + " publishes it, with a column isic_id or image_id and one anatom_site_general or"
            + " localization."
      })
  private @Nullable Path sites;

  @Option(
      names = "--quality",
      description = {
        "Not the masks but the quality gate: how often it speaks about the photos, about copies of them in"
            + " which one thing is wrong, and about pieces of their skin alone. The report is"
            + " quality.csv, nothing.csv and nothing.png."
      })
  private boolean quality;

  @Override
  public Integer call() throws CommandFailure {
    checkOptions();
    PrintWriter stdout = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Model chosen = post.apply(model.read());
    DataSet dataSet = data.open();
    List<Pair> pairs;
    List<Pair> seen;
    Map<String, String> siteOf = sites();
    try {
      pairs =
          split == Split.VALIDATION
              ? ValidationSplit.of(dataSet, chosen, model.label())
              : dataSet.forEvaluation(split);
      seen = ValidationSplit.seen(dataSet, pairs, chosen, model.label());
    } catch (IOException e) {
      throw CommandFailure.failed(Reasons.reason(e), e);
    }
    if (out != null) {
      OutputFolder.make(out);
    }
    List<String> problems = new ArrayList<>();
    dataSet.problems().forEach(problem -> problems.add(problem.toString()));
    problems.forEach(problem -> err.println("lentigo: " + problem));
    if (!seen.isEmpty()) {
      err.printf(
          "lentigo: %s may have learnt from %d of the %d images, such as %s: what it makes of them says nothing of others%n",
          model.label(), seen.size(), pairs.size(), seen.get(0).stem());
    }

    try (Segmenter segmenter =
        looks.of(engine.open(chosen, model.label(), Engine.FOR_SHORT_RUNS, err))) {
      if (quality) {
        return lookAtQuality(segmenter, dataSet, pairs, problems);
      }
      List<Scoring.Scored> scores = Scoring.score(segmenter, pairs, threads, problems, err);
      if (scores.isEmpty()) {
        throw CommandFailure.failed(dataSet.name() + ": no image could be scored");
      }
      Report.Conditions conditions = Report.Conditions.of(segmenter, !seen.isEmpty());
      Report report =
          Report.of(dataSet.name(), split, List.of(chosen), conditions, scores, problems);
      printHead(dataSet, chosen, scores.size(), conditions);
      report.print(stdout);
      Strata byKind =
          strata ? Strata.of(scores, pairs, siteOf, threads, problems, err) : Strata.NONE;
      byKind.print(stdout);
      if (out != null) {
        CasePanel cases = new CasePanel((stem, photo) -> segmenter.segment(photo).mask(), pairs);
        report.write(out, byKind, cases, err);
        stdout.println("Report: " + out);
      }
    } catch (IOException e) {
      throw CommandFailure.failed(out + ": cannot be written (" + Reasons.reason(e) + ")", e);
    }
    return problems.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
  }

  private int lookAtQuality(
      Segmenter segmenter, DataSet dataSet, List<Pair> pairs, List<String> problems)
      throws CommandFailure {
    PrintWriter err = spec.commandLine().getErr();
    QualityReport report = QualityReport.of(segmenter, pairs, threads, problems, err);
    report.print(spec.commandLine().getOut());
    Path folder = out;
    if (folder != null) {
      try {
        report.write(folder);
        Pictures.draw(
            folder,
            problem -> {
              problems.add(problem);
              err.println("lentigo: " + problem);
            },
            () -> report.writePicture(folder, dataSet.name()));
      } catch (IOException e) {
        throw CommandFailure.failed(folder + ": cannot be written (" + Reasons.reason(e) + ")", e);
      }
      spec.commandLine().getOut().println("Report: " + folder);
    }
    return problems.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
  }

  private Map<String, String> sites() throws CommandFailure {
    Path table = sites;
    try {
      return table == null ? Map.of() : Strata.sites(table);
    } catch (IOException e) {
      throw CommandFailure.failed("--sites " + table + ": " + Reasons.reason(e), e);
    }
  }

  private void checkOptions() throws CommandFailure {
    if (sites != null && !strata) {
      throw CommandFailure.usage("--sites needs --strata");
    }
    if (quality && strata) {
      throw CommandFailure.usage("--quality and --strata are two reports; ask for one");
    }
    if (threads < 1) {
      throw CommandFailure.usage("--threads must be at least 1, got " + threads);
    }
    if (out != null) {
      OutputFolder.check(out);
    }
    data.check();
  }

  private void printHead(DataSet dataSet, Model chosen, int images, Report.Conditions conditions) {
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%s%s, %d images, model %s (%s), %s%s%s%n",
            dataSet.name(),
            split == null ? "" : " " + split.name().toLowerCase(Locale.ROOT),
            images,
            chosen.name(),
            chosen.sha256().substring(0, 12),
            conditions.engine(),
            conditions.views() == 1 ? "" : ", " + conditions.views() + " mirror images",
            conditions.looks() == 1 ? ", one look" : "");
  }
}
