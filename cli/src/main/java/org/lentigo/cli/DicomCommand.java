package org.lentigo.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.options.EngineOption;
import org.lentigo.cli.options.LooksOption;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.cli.photos.DicomSource;
import org.lentigo.cli.photos.PhotoFinder;
import org.lentigo.dicom.Anonymiser;
import org.lentigo.dicom.PatientTable;
import org.lentigo.runtime.internal.Reasons;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lentigo dicom}: outlines the lesions in photos that are DICOM objects. */
@Command(
    name = "dicom",
    subcommands = DicomListenCommand.class,
    description = {
      "Outlines the lesion in each DICOM photo: Dermoscopic Photography, VL Photographic or"
          + " Secondary Capture. An outline, not a diagnosis.",
      "For x.dcm it writes what segment writes (x_mask.png, x_overlay.jpg, x.json, summary.csv),"
          + " and x_seg.dcm (Segmentation), x_overlay.dcm (the photo with the outline, Secondary"
          + " Capture) and x_report.dcm (measurements, structured report by TID 1500)."
    })
final class DicomCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "PATH",
      description = {
        "DICOM files, folders with their subfolders, and globs in quotes.",
        "In a folder, DICOM is found whatever its name; hidden files and what lentigo wrote beside"
            + " a photo are left out."
      })
  private List<String> paths = List.of();

  // Not required of listen, hence looked at below.
  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The output folder (required); made if it is missing.")
  private @Nullable Path out;

  @Mixin private OutliningOptions outlining;

  @Mixin private ModelOption model;

  @Mixin private EngineOption engine;

  @Mixin private LooksOption looks;

  @Option(
      names = "--from-photos",
      description = {
        "The paths are JPEG photos: put each, byte for byte, into a Dermoscopic Photography object"
            + " x_photo.dcm first."
      })
  private boolean fromPhotos;

  @Option(
      names = "--patients",
      paramLabel = "CSV",
      description = {
        "With --from-photos: whose each photo is, a table in UTF-8 with a head: file and any of"
            + " PatientID, PatientName, PatientBirthDate, PatientSex, StudyDate, AccessionNumber,"
            + " PixelSpacing and more (see docs/dicom.md)."
      })
  private @Nullable Path patients;

  @Option(
      names = "--anonymise",
      description = {
        "Take out who the patient is, by the basic profile of DICOM PS3.15, in everything written;"
            + " x_photo.dcm is then the photo without its patient. What the pixels and the file's"
            + " name show stays."
      })
  private boolean anonymise;

  @Override
  public Integer call() throws CommandFailure {
    if (paths.isEmpty() || out == null) {
      throw CommandFailure.usage("name photos, and --out DIR; see lentigo dicom --help");
    }
    if (patients != null && !fromPhotos) {
      throw CommandFailure.usage("--patients goes with --from-photos");
    }
    return outlining.run(
        spec.commandLine(),
        fromPhotos ? PhotoFinder.Kind.JPEG : PhotoFinder.Kind.DICOM,
        paths,
        out,
        new DicomSource(fromPhotos ? table() : null, anonymise ? new Anonymiser() : null),
        model,
        engine,
        looks);
  }

  private PatientTable table() throws CommandFailure {
    if (patients == null) {
      return PatientTable.empty();
    }
    try {
      return PatientTable.read(patients);
    } catch (IOException e) {
      throw CommandFailure.usage("--patients " + patients + ": " + Reasons.reason(e));
    }
  }
}
