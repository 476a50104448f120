package org.lentigo.imaging.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.RealData;

class DataSetsTest {
  @TempDir Path dir;

  private Path touch(String path) throws IOException {
    Path file = dir.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, path);
  }

  private Path picture(String path, int width, int height, int value) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(0, 0, 0, value);
    Path file = dir.resolve(path);
    Files.createDirectories(file.getParent());
    String format = path.substring(path.lastIndexOf('.') + 1);
    assertThat(ImageIO.write(image, format, file.toFile())).isTrue();
    return file;
  }

  private static List<String> stems(List<Pair> pairs) {
    return pairs.stream().map(Pair::stem).toList();
  }

  @Test
  void opensIsic2016() throws IOException {
    Path image = touch("ISBI2016_ISIC_Part1_Training_Data/ISIC_0000001.jpg");
    touch("ISBI2016_ISIC_Part1_Training_Data/ISIC_0000000.jpg");
    Path mask = touch("ISBI2016_ISIC_Part1_Training_GroundTruth/ISIC_0000001_Segmentation.png");
    touch("ISBI2016_ISIC_Part1_Training_GroundTruth/ISIC_0000000_Segmentation.png");
    touch("ISBI2016_ISIC_Part1_Test_Data/ISIC_0000003.jpg");
    touch("ISBI2016_ISIC_Part1_Test_GroundTruth/ISIC_0000003_Segmentation.png");

    DataSet set = DataSets.open(dir);

    assertThat(set.name()).isEqualTo("ISIC 2016");
    assertThat(stems(set.training())).containsExactly("ISIC_0000000", "ISIC_0000001");
    assertThat(set.training().get(1)).isEqualTo(new Pair("ISIC_0000001", image, mask));
    assertThat(stems(set.test())).containsExactly("ISIC_0000003");
    assertThat(set.validation()).isEmpty();
    assertThat(set.unsplit()).isEmpty();
    assertThat(set.problems()).isEmpty();
    assertThat(set.forTraining()).isEqualTo(set.training());
    assertThat(set.forEvaluation(null)).isEqualTo(set.test());
    assertThat(set.forEvaluation(Split.TRAIN)).isEqualTo(set.training());
    assertThat(stems(set.all())).hasSize(3);
    assertThatExceptionOfType(DataSetException.class)
        .isThrownBy(() -> set.forEvaluation(Split.VALIDATION))
        .withMessage(
            "ISIC 2016 has no official validation part; it has 2 training, 0 validation, 1 test"
                + " and 0 unsplit pairs");
  }

  @Test
  void opensIsic2017WithoutItsSuperpixels() throws IOException {
    for (String part : List.of("Training", "Validation", "Test_v2")) {
      touch("ISIC-2017_" + part + "_Data/ISIC_" + part + ".jpg");
      touch("ISIC-2017_" + part + "_Data/ISIC_" + part + "_superpixels.png");
      touch("ISIC-2017_" + part + "_Data/ISIC-2017_" + part + "_Data_metadata.csv");
      touch("ISIC-2017_" + part + "_Part1_GroundTruth/ISIC_" + part + "_segmentation.png");
    }
    DataSet set = DataSets.open(dir);
    assertThat(set.name()).isEqualTo("ISIC 2017");
    assertThat(stems(set.training())).containsExactly("ISIC_Training");
    assertThat(stems(set.validation())).containsExactly("ISIC_Validation");
    assertThat(stems(set.test())).containsExactly("ISIC_Test_v2");
    assertThat(set.problems()).isEmpty();
    assertThat(set.forEvaluation(Split.VALIDATION)).isEqualTo(set.validation());
  }

  @Test
  void opensIsic2018WithoutItsLicence() throws IOException {
    for (String part : List.of("Training", "Validation", "Test")) {
      touch("isic2018/ISIC2018_Task1-2_" + part + "_Input/ISIC_" + part + ".jpg");
      touch("isic2018/ISIC2018_Task1-2_" + part + "_Input/ATTRIBUTION.txt");
      touch("isic2018/ISIC2018_Task1_" + part + "_GroundTruth/ISIC_" + part + "_segmentation.png");
      touch("isic2018/ISIC2018_Task1_" + part + "_GroundTruth/LICENSE.txt");
    }
    DataSet set = DataSets.open(dir);
    assertThat(set.name()).isEqualTo("ISIC 2018 Task 1");
    assertThat(stems(set.all())).containsExactly("ISIC_Training", "ISIC_Validation", "ISIC_Test");
    assertThat(set.problems()).isEmpty();
  }

  @Test
  void opensPh2FromAnyOfItsFolders() throws IOException {
    String images = "down/PH2Dataset/PH2 Dataset images/";
    for (String name : List.of("IMD003", "IMD002", "IMD417")) {
      touch(images + name + "/" + name + "_Dermoscopic_Image/" + name + ".bmp");
      touch(images + name + "/" + name + "_lesion/" + name + "_lesion.bmp");
      touch(images + name + "/" + name + "_roi/" + name + "_R1_Label3.bmp");
    }
    touch("down/PH2Dataset/PH2_dataset.txt");
    for (String at : List.of("down", "down/PH2Dataset", images)) {
      DataSet set = DataSets.open(dir.resolve(at));
      assertThat(set.name()).isEqualTo("PH2");
      assertThat(stems(set.unsplit())).containsExactly("IMD002", "IMD003", "IMD417");
      assertThat(set.problems()).isEmpty();
      assertThat(set.forEvaluation(null)).isEqualTo(set.unsplit());
      assertThat(set.forTraining()).isEqualTo(set.unsplit());
      Pair first = set.unsplit().get(0);
      assertThat(first.image()).hasFileName("IMD002.bmp");
      assertThat(first.mask()).hasFileName("IMD002_lesion.bmp");
    }
  }

  @Test
  void ph2CasesLackingAFileAreNamed() throws IOException {
    Path noMask = touch("PH2 Dataset images/IMD001/IMD001_Dermoscopic_Image/IMD001.bmp");
    Path surplus = touch("PH2 Dataset images/IMD002/IMD002_lesion/IMD002_lesion.bmp");
    touch("PH2 Dataset images/IMD003/note.txt");
    Path neither = dir.resolve("PH2 Dataset images/IMD003");
    DataSet set = DataSets.open(dir);
    assertThat(set.all()).isEmpty();
    assertThat(set.problems())
        .containsExactly(
            new Problem(noMask, "it has no mask IMD001_lesion.bmp in IMD001_lesion"),
            new Problem(surplus, "a surplus mask: no image in IMD002_Dermoscopic_Image"),
            new Problem(neither, "it holds neither image nor mask"));
  }

  @Test
  void opensPlainFoldersWithMasksNamedInSeveralWays() throws IOException {
    for (String name : List.of("a.jpg", "b.JPG", "c.png", "d_mask.tif")) {
      touch("mine/images/" + name);
    }
    for (String name : List.of("a.png", "b_mask.png", "c_Segmentation.bmp", "d_mask.png")) {
      touch("mine/masks/" + name);
    }
    touch("mine/images/.hidden.jpg");
    touch("mine/images/notes.txt");
    touch("mine/images/Thumbs");
    touch("mine/images/deeper/e.jpg");
    DataSet set = DataSets.open(dir.resolve("mine"));
    assertThat(set.name()).isEqualTo("mine");
    assertThat(stems(set.unsplit())).containsExactly("a", "b", "c", "d_mask");
    assertThat(set.problems()).isEmpty();
  }

  @Test
  void missingSurplusAndSecondFilesAreNamed() throws IOException {
    touch("images/a.jpg");
    touch("masks/a.png");
    Path lonely = touch("images/lonely.jpg");
    Path surplus = touch("masks/surplus.png");
    Path second = touch("images/a.png");
    Path secondMask = touch("masks/a_mask.png");
    DataSet set = DataSets.open(dir);
    assertThat(stems(set.unsplit())).containsExactly("a");
    assertThat(set.problems())
        .containsExactlyInAnyOrder(
            new Problem(second, "a second image of a; a.jpg is used"),
            new Problem(secondMask, "a second mask of a; a.png is used"),
            new Problem(lonely, "it has no mask in " + dir.resolve("masks")),
            new Problem(surplus, "a surplus mask: no image surplus in " + dir.resolve("images")));
    assertThat(new Problem(lonely, "it has no mask")).hasToString(lonely + ": it has no mask");
  }

  @Test
  void aMissingGroundTruthFolderIsOneProblem() throws IOException {
    touch("ISIC2018_Task1-2_Test_Input/ISIC_1.jpg");
    Path data = dir.resolve("ISIC2018_Task1-2_Test_Input");
    touch("ISIC2018_Task1-2_Training_Input/ISIC_2.jpg");
    touch("ISIC2018_Task1_Training_GroundTruth/ISIC_2_segmentation.png");
    DataSet set = DataSets.open(dir);
    assertThat(stems(set.training())).containsExactly("ISIC_2");
    assertThat(set.problems())
        .singleElement()
        .satisfies(
            p -> {
              assertThat(p.file()).isEqualTo(data);
              assertThat(p.message()).contains("ISIC2018_Task1_Test_GroundTruth, is missing");
            });
    assertThatExceptionOfType(DataSetException.class)
        .isThrownBy(() -> set.forEvaluation(null))
        .withMessageContaining("ISIC 2018 Task 1 has no test part; name another split")
        .withMessageContaining("1 problems, the first: " + data);
  }

  @Test
  void severalDataSetsInOneFolderAreNamedAndOpenTogetherWhenListed() throws IOException {
    touch("one/images/a.jpg");
    touch("one/masks/a.png");
    touch("two/ISBI2016_ISIC_Part1_Training_Data/b.jpg");
    touch("two/ISBI2016_ISIC_Part1_Training_GroundTruth/b_Segmentation.png");
    assertThatExceptionOfType(DataSetException.class)
        .isThrownBy(() -> DataSets.open(dir))
        .withMessage(
            "%s: holds several data sets (one in %s, ISIC 2016 in %s); name the folder of one, or"
                + " each in turn",
            dir, dir.resolve("one"), dir.resolve("two"));

    DataSet union = DataSets.open(List.of(dir.resolve("two"), dir.resolve("one")));
    assertThat(union.name()).isEqualTo("ISIC 2016 + one");
    assertThat(stems(union.forTraining())).containsExactly("a", "b");
  }

  @Test
  void anImageInSeveralPartsStaysWhereItIsHeldOut() throws IOException {
    for (String stem : List.of("ISIC_1", "ISIC_2")) {
      touch("b/ISIC-2017_Training_Data/" + stem + ".jpg");
      touch("b/ISIC-2017_Training_Part1_GroundTruth/" + stem + "_segmentation.png");
    }
    Path held = touch("a/ISBI2016_ISIC_Part1_Test_Data/ISIC_2.jpg");
    touch("a/ISBI2016_ISIC_Part1_Test_GroundTruth/ISIC_2_Segmentation.png");
    DataSet union = DataSets.open(List.of(dir.resolve("b"), dir.resolve("a")));
    assertThat(stems(union.training())).containsExactly("ISIC_1");
    assertThat(stems(union.test())).containsExactly("ISIC_2");
    assertThat(union.problems())
        .containsExactly(
            new Problem(
                dir.resolve("b/ISIC-2017_Training_Data/ISIC_2.jpg"),
                "left out, because " + held + " is in use"));
  }

  @Test
  void aFileCalledAsAnExtensionIsNoPictureAndAFolderCalledAsAPictureNeither() throws IOException {
    picture("images/good.jpg", 6, 4, 9);
    picture("masks/good.png", 6, 4, 255);
    touch("images/png");
    touch("images/.jpg");
    touch("masks/tiff");
    Files.createDirectories(dir.resolve("images/folder.jpg/masks/x.png"));
    Files.createSymbolicLink(dir.resolve("images/loop"), dir);
    Files.createSymbolicLink(dir.resolve("masks/self.png"), dir.resolve("masks/self.png"));

    DataSet set = DataSets.open(dir);
    assertThat(stems(set.unsplit())).containsExactly("good");
    assertThat(set.problems()).isEmpty();
  }

  @Test
  void whatIsNoDataSetIsSaidSo() throws IOException {
    assertThatExceptionOfType(DataSetException.class)
        .isThrownBy(() -> DataSets.open(dir))
        .withMessageStartingWith(dir + ": holds no data set; wanted are images/ and masks/");
    assertThatExceptionOfType(DataSetException.class)
        .isThrownBy(() -> DataSets.open(dir.resolve("missing")))
        .withMessage(dir.resolve("missing") + ": no such folder");
    Path file = touch("file");
    assertThatExceptionOfType(DataSetException.class).isThrownBy(() -> DataSets.open(file));
    assertThatExceptionOfType(DataSetException.class).isThrownBy(() -> DataSets.open(List.of()));
  }

  @Test
  void checkingNamesWhatIsWrongInsideTheFilesAndKeepsTheRest() throws IOException {
    picture("images/good.jpg", 6, 4, 9);
    picture("masks/good.png", 6, 4, 255);
    picture("images/grey.jpg", 6, 4, 9);
    Path grey = picture("masks/grey.png", 6, 4, 100);
    picture("images/size.jpg", 6, 4, 9);
    Path size = picture("masks/size.png", 4, 6, 255);
    Path text = touch("images/text.jpg");
    picture("masks/text.png", 6, 4, 255);
    picture("images/void.jpg", 6, 4, 9);
    Path empty = Files.createFile(dir.resolve("masks/void.png"));

    DataSet named = DataSets.open(dir);
    assertThat(named.unsplit()).hasSize(5);
    DataSet set = named.checked();

    assertThat(stems(set.unsplit())).containsExactly("good");
    assertThat(set.problems()).extracting(Problem::file).containsExactly(grey, size, text, empty);
    assertThat(set.problems().get(0).message()).startsWith("not two-valued: 1 value");
    assertThat(set.problems().get(1).message())
        .isEqualTo("the mask is 4 x 6 pixels but its image size.jpg is 6 x 4");
    assertThat(set.problems().get(2).message()).contains("not an image");
    assertThat(set.problems().get(3).message()).isEqualTo("the file is empty");
  }

  @Test
  void theHashFollowsTheContentAndNothingElse() throws IOException {
    for (String at : List.of("x", "elsewhere")) {
      for (String stem : List.of("a", "b")) {
        Files.createDirectories(dir.resolve(at + "/images"));
        Files.createDirectories(dir.resolve(at + "/masks"));
        Files.writeString(dir.resolve(at + "/images/" + stem + ".jpg"), "image " + stem);
        Files.writeString(dir.resolve(at + "/masks/" + stem + ".png"), "mask " + stem);
      }
    }
    List<Pair> pairs = DataSets.open(dir.resolve("x")).all();
    String hash = DataSets.sha256(pairs);
    assertThat(hash).matches("[0-9a-f]{64}");
    List<Pair> moved = DataSets.open(dir.resolve("elsewhere")).all();
    assertThat(DataSets.sha256(moved)).isEqualTo(hash);
    List<Pair> reversed =
        pairs.stream().sorted(Comparator.comparing(Pair::stem).reversed()).toList();
    assertThat(DataSets.sha256(reversed)).isEqualTo(hash);
    assertThat(DataSets.sha256(pairs.subList(0, 1))).isNotEqualTo(hash);
    Files.writeString(dir.resolve("x/masks/b.png"), "mask B");
    assertThat(DataSets.sha256(pairs)).isNotEqualTo(hash);
  }

  @Test
  void opensTheRealIsic2016() throws IOException {
    DataSet set = DataSets.open(RealData.folder("isic2016"));
    assertThat(set.training()).hasSize(858);
    assertThat(set.test()).hasSize(379);
    assertThat(set.checked().problems()).isEmpty();
    assertThat(stems(set.all())).doesNotHaveDuplicates().allMatch(s -> s.matches("ISIC_\\d{7}"));
  }

  @Test
  void opensTheRealIsic2017() throws IOException {
    DataSet set = DataSets.open(RealData.folder("isic2017"));
    assertThat(set.training()).hasSize(949);
    assertThat(set.validation()).hasSize(147);
    assertThat(set.test()).hasSize(540);
    assertThat(set.problems()).isEmpty();
    DataSet both = DataSets.open(List.of(RealData.folder("isic2016"), RealData.folder("isic2017")));
    assertThat(both.problems()).as("the two are disjoint").isEmpty();
    assertThat(both.all()).hasSize(858 + 379 + 949 + 147 + 540);
    assertThat(Stream.of(both.forTraining()).flatMap(List::stream)).hasSize(858 + 949);
    assertThatExceptionOfType(DataSetException.class)
        .isThrownBy(() -> DataSets.open(RealData.folder("")))
        .withMessageContaining("ISIC 2016 in")
        .withMessageContaining("ISIC 2017 in");
  }
}
