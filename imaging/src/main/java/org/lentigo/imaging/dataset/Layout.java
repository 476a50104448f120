package org.lentigo.imaging.dataset;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The ways data sets are laid out on disk, by the names their owners give the folders. */
public enum Layout {
  ISIC_2016(
      "ISIC 2016",
      new Folders(
          Split.TRAIN,
          "ISBI2016_ISIC_Part1_Training_Data",
          "ISBI2016_ISIC_Part1_Training_GroundTruth"),
      new Folders(
          Split.TEST, "ISBI2016_ISIC_Part1_Test_Data", "ISBI2016_ISIC_Part1_Test_GroundTruth")),
  ISIC_2017(
      "ISIC 2017",
      new Folders(Split.TRAIN, "ISIC-2017_Training_Data", "ISIC-2017_Training_Part1_GroundTruth"),
      new Folders(
          Split.VALIDATION, "ISIC-2017_Validation_Data", "ISIC-2017_Validation_Part1_GroundTruth"),
      new Folders(Split.TEST, "ISIC-2017_Test_v2_Data", "ISIC-2017_Test_v2_Part1_GroundTruth")),
  ISIC_2018(
      "ISIC 2018 Task 1",
      new Folders(
          Split.TRAIN, "ISIC2018_Task1-2_Training_Input", "ISIC2018_Task1_Training_GroundTruth"),
      new Folders(
          Split.VALIDATION,
          "ISIC2018_Task1-2_Validation_Input",
          "ISIC2018_Task1_Validation_GroundTruth"),
      new Folders(Split.TEST, "ISIC2018_Task1-2_Test_Input", "ISIC2018_Task1_Test_GroundTruth")),
  /** {@code PH2 Dataset images/IMD002/} with a folder for the photo and one for the mask. */
  PH2("PH2"),
  PLAIN("plain folders", new Folders(null, "images", "masks"));

  /**
   * A folder of images and the one of their masks beside it.
   *
   * @param split the official part they are, or null if the set is published in one piece
   */
  public record Folders(@Nullable Split split, String images, String masks) {}

  private final String label;
  private final List<Folders> folders;

  Layout(String label, Folders... folders) {
    this.label = label;
    this.folders = List.of(folders);
  }

  /** What to call it, such as {@code ISIC 2016}. */
  public String label() {
    return label;
  }

  /** Where the parts lie; empty for {@link #PH2}, which has a folder for each case. */
  public List<Folders> folders() {
    return folders;
  }
}
