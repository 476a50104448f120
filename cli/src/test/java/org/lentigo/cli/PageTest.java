package org.lentigo.cli;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.JSHandle;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.Media;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.lentigo.dicom.DicomPhoto;
import org.lentigo.dicom.PatientTable;
import org.lentigo.dicom.PhotoWrapper;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Photos on the page: their outlines, measurements, edits and files, and the camera. */
class PageTest extends OpenedPage {
  @Test
  void droppedPhotosAreOutlinedAsTheCommandLineDoes() throws IOException {
    String encoded = Base64.getEncoder().encodeToString(Files.readAllBytes(FIRST));
    JSHandle transfer =
        page.evaluateHandle(
            "(encoded) => {"
                + " const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));"
                + " const transfer = new DataTransfer();"
                + " transfer.items.add(new File([bytes], 'synthetic_0001.jpg',"
                + " {type: 'image/jpeg'}));"
                + " transfer.items.add(new File(['x'], 'notes.txt', {type: 'text/plain'}));"
                + " return transfer; }",
            encoded);
    page.dispatchEvent("body", "dragenter", Map.of("dataTransfer", transfer));
    assertThat(page.locator("#dropping")).isVisible();
    page.dispatchEvent("body", "drop", Map.of("dataTransfer", transfer));

    assertThat(page.locator("#dropping")).isHidden();
    assertThat(entry(FIRST)).hasAttribute("data-state", "done");
    assertThat(page.locator(".entry")).hasCount(1);
    assertThat(page.locator("#canvas")).hasAttribute("data-shown", "synthetic_0001.jpg");

    Map<String, byte[]> files = segment(FIRST);
    assertThat(download("Mask PNG")).isEqualTo(files.get("synthetic_0001_mask.png"));
    assertThat(download("Overlay JPEG")).isEqualTo(files.get("synthetic_0001_overlay.jpg"));
    JsonNode lesion = new JsonMapper().readTree(files.get("synthetic_0001.json")).get("lesion");
    assertThat(fact("Area").replaceAll("[^0-9]", "")).isEqualTo(lesion.get("area_px").asString());
    assertThat(fact("Confidence"))
        .isEqualTo("%.1f %%".formatted(100 * lesion.get("mean_confidence").asDouble()));
    assertThat(fact("Time")).matches("\\d+ ms");
  }

  @Test
  void aPastedPhotoIsOutlined() throws IOException {
    page.evaluate(
        "(encoded) => {"
            + " const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));"
            + " const clipboardData = new DataTransfer();"
            + " clipboardData.items.add(new File([bytes], 'image.png', {type: 'image/jpeg'}));"
            + " document.dispatchEvent(new ClipboardEvent('paste', {clipboardData})); }",
        Base64.getEncoder().encodeToString(Files.readAllBytes(FIRST)));

    assertThat(page.locator(".entry")).hasAttribute("data-state", "done");
  }

  @Test
  void theSliderUncoversThePhotoAndTheViewZooms() {
    choose(FIRST);
    show(FIRST);
    byte[] overlay = picture();
    page.locator("#split").fill("100");
    byte[] photo = picture();
    assertThat(photo).isNotEqualTo(overlay);
    page.locator("#split").fill("50");
    assertThat(picture()).isNotIn(photo, overlay);
    assertThat(page.locator("#split")).hasAttribute("aria-valuetext", "50 percent");

    // The divider in the picture can be dragged as well.
    drag(200, 150, 300, 150);
    assertThat(page.locator("#split")).hasValue("75");

    page.locator("#split").fill("0");
    page.locator("#opacity").fill("90");
    assertThat(picture()).isNotEqualTo(overlay);
    page.locator("#opacity").fill("25");
    assertThat(picture()).isEqualTo(overlay);

    button("Zoom in").click();
    assertThat(picture()).isNotEqualTo(overlay);
    button("Fit").click();
    assertThat(picture()).isEqualTo(overlay);
    drag(200, 150, 250, 170);
    assertThat(picture()).isNotEqualTo(overlay);
    button("Fit").click();
    double[] centre = onPage(200, 150);
    page.mouse().move(centre[0], centre[1]);
    page.mouse().wheel(0, -300);
    assertThat(picture()).isNotEqualTo(overlay);
  }

  @Test
  void anEditIsMeasuredUndoneAndDownloaded() throws IOException {
    choose(FIRST);
    show(FIRST);
    byte[] found = download("Mask PNG");
    Mask before = mask(found);
    final String area = fact("Area");

    button("Paint").click();
    drag(350, 250, 380, 250);
    assertThat(entry(FIRST)).containsText("edited");
    assertThat(fact("Area")).isNotEqualTo(area);
    assertThat(fact("Outlines")).isEqualTo("2");
    assertThat(page.locator("#edited")).isVisible();
    Mask painted = mask(download("Mask PNG"));
    assertThat(painted.get(365, 250)).isTrue();
    assertThat(before.get(365, 250)).isFalse();
    assertThat(fact("Area").replaceAll("[^0-9]", "")).isEqualTo(Long.toString(painted.area()));
    // All else stays as it was found.
    int elsewhere = 0;
    for (int y = 0; y < 220; y++) {
      for (int x = 0; x < 320; x++) {
        elsewhere += painted.get(x, y) == before.get(x, y) ? 0 : 1;
      }
    }
    assertThat(elsewhere).as("pixels that the brush did not touch and that changed").isZero();

    button("Erase").click();
    drag(350, 250, 380, 250);
    assertThat(fact("Outlines")).isEqualTo("1");
    page.keyboard().press("Control+z");
    assertThat(fact("Outlines")).isEqualTo("2");
    button("Undo").click();
    assertThat(fact("Area")).isEqualTo(area);
    assertThat(page.locator("#edited")).isHidden();
    assertThat(download("Mask PNG")).isEqualTo(found);
    button("Redo").click();
    assertThat(mask(download("Mask PNG")).data()).isEqualTo(painted.data());
    button("Reset").click();
    assertThat(download("Mask PNG")).isEqualTo(found);
  }

  @Test
  void pointsOfTheOutlineCanBeDragged() throws IOException {
    choose(FIRST);
    show(FIRST);
    Mask found = mask(download("Mask PNG"));
    button("Points").click();
    // The outline's top edge, where a point lies within reach, is pulled up.
    JsonNode json =
        new JsonMapper().readTree(segment(FIRST).get("synthetic_0001.json")).get("lesion");
    JsonNode point = json.get("contours").get(0).get("points").get(0);
    double x = point.get(0).asDouble();
    double y = point.get(1).asDouble();
    drag(x, y, x, y - 12);

    Mask bent = mask(download("Mask PNG"));
    assertThat(bent.area()).isGreaterThan(found.area());
    assertThat(bent.get((int) x, (int) y - 6)).isTrue();
    assertThat(found.get((int) x, (int) y - 6)).isFalse();
    button("Undo").click();
    assertThat(mask(download("Mask PNG")).data()).isEqualTo(found.data());
  }

  @Test
  void aKnownLengthOrATypedScaleGivesMillimetres() {
    choose(FIRST, SECOND);
    show(FIRST);
    assertThat(page.locator("#length")).isDisabled();
    final double area = Double.parseDouble(fact("Area").replaceAll("[^0-9]", ""));
    button("Length").click();
    drag(20, 280, 220, 280);
    assertThat(page.locator("#length")).isFocused();
    page.keyboard().type("10");
    page.keyboard().press("Enter");

    double perMm = Double.parseDouble(page.locator("#ppm").inputValue());
    assertThat(perMm).isBetween(19.8, 20.2);
    assertThat(fact("Area")).endsWith(" mm²");
    assertThat(Double.parseDouble(fact("Area").replace(" mm²", "")))
        .isBetween(area / 412, area / 388);
    assertThat(fact("Largest diameter")).endsWith(" mm");
    assertThat(fact("Perimeter")).endsWith(" mm");
    assertThat(fact("Asymmetry")).matches("\\d.* %, \\d.* %");
    assertThat(fact("Colours")).endsWith(" %");

    page.locator("#ppm").fill("40");
    page.keyboard().press("Enter");
    assertThat(Double.parseDouble(fact("Area").replace(" mm²", "")))
        .isBetween(area / 1632, area / 1568);
    button("Use for all photos").click();
    show(SECOND);
    assertThat(page.locator("#ppm")).hasValue("40");
    assertThat(fact("Area")).endsWith(" mm²");
  }

  @Test
  void aDicomPhotoIsShownAndGivesItsObjects() throws IOException {
    Path object = temp.resolve("synthetic_0001.dcm");
    byte[] photo = Files.readAllBytes(FIRST);
    Files.write(
        object, PhotoWrapper.wrap(photo, FIRST, PatientTable.empty(), LocalDateTime.now()).file());
    choose(object);
    show(object);

    Map<String, byte[]> files = segment(FIRST);
    assertThat(download("Mask PNG")).isEqualTo(files.get("synthetic_0001_mask.png"));
    byte[] segmentation = download("DICOM segmentation");
    assertThat(DicomPhoto.isDicom(segmentation)).isTrue();
    assertThat(new String(segmentation, StandardCharsets.ISO_8859_1)).contains("BINARY");
    assertThat(new String(download("DICOM report"), StandardCharsets.ISO_8859_1))
        .contains("Imaging Measurement Report");
    // What was edited is not what the server would put into an object.
    page.keyboard().press("g");
    assertThat(button("DICOM report")).isDisabled();

    choose(SECOND);
    show(SECOND);
    assertThat(button("DICOM report")).isHidden();
  }

  @Test
  void everythingDownloadsInItsFormat() throws IOException {
    choose(FIRST, SECOND);
    show(FIRST);
    page.locator("#ppm").fill("20");
    page.keyboard().press("Enter");
    Map<String, byte[]> files = segment(FIRST, SECOND);

    String svg = new String(download("Outline SVG"), StandardCharsets.UTF_8);
    assertThat(svg).startsWith("<svg ").contains("viewBox=\"0 0 400 300\"", "not a diagnosis");
    JsonNode geo = new JsonMapper().readTree(download("Outline GeoJSON"));
    JsonNode lesion = new JsonMapper().readTree(files.get("synthetic_0001.json")).get("lesion");
    assertThat(geo.get("type").asString()).isEqualTo("FeatureCollection");
    assertThat(geo.get("properties").get("area_px")).isEqualTo(lesion.get("area_px"));
    for (String measure : List.of("perimeter_px", "largest_diameter_px", "smallest_diameter_px")) {
      assertThat(geo.get("properties").get(measure).asDouble())
          .as(measure)
          .isCloseTo(lesion.get("measures").get(measure).asDouble(), within(1e-9));
    }
    assertThat(geo.get("properties").get("notches")).isEqualTo(lesion.at("/measures/notches"));
    assertThat(geo.get("properties").get("area_mm2").asDouble())
        .isEqualTo(lesion.get("area_px").asDouble() / 400);
    JsonNode ring = geo.get("features").get(0).get("geometry").get("coordinates").get(0);
    assertThat(ring.get(0)).isEqualTo(ring.get(ring.size() - 1));
    assertThat(ring.size()).isEqualTo(lesion.get("contours").get(0).get("points").size() + 1);

    Map<String, byte[]> zipped = new TreeMap<>();
    try (ZipInputStream zip =
        new ZipInputStream(new ByteArrayInputStream(download("Everything as ZIP")))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        zipped.put(entry.getName(), zip.readAllBytes());
      }
    }
    assertThat(zipped)
        .containsOnlyKeys(
            "synthetic_0001_mask.png",
            "synthetic_0001_overlay.jpg",
            "synthetic_0001.svg",
            "synthetic_0001.geojson",
            "synthetic_0002_mask.png",
            "synthetic_0002_overlay.jpg",
            "synthetic_0002.svg",
            "synthetic_0002.geojson",
            "measurements.csv");
    for (String mask : List.of("synthetic_0001_mask.png", "synthetic_0002_mask.png")) {
      assertThat(zipped.get(mask)).as(mask).isEqualTo(files.get(mask));
    }
    assertThat(new String(zipped.get("measurements.csv"), StandardCharsets.UTF_8).lines())
        .hasSize(3);
  }

  @Test
  void thePrintViewHoldsThePhotoAndItsMeasurements() {
    choose(FIRST);
    show(FIRST);
    page.evaluate("() => { window.print = () => { document.body.dataset.printed = 'yes'; }; }");
    button("Print or PDF").click();
    assertThat(page.locator("body")).hasAttribute("data-printed", "yes");
    page.emulateMedia(new Page.EmulateMediaOptions().setMedia(Media.PRINT));
    assertThat(page.locator("#print")).isVisible();
    assertThat(page.locator("#print")).containsText("Not a diagnosis");
    assertThat(page.locator("#print")).containsText("Largest diameter");
    assertThat(page.locator("main")).isHidden();
    shoot("print");
    byte[] pdf = page.pdf();
    assertThat(new String(pdf, StandardCharsets.ISO_8859_1).split("/Type /Page\\b", -1))
        .as("pages")
        .hasSize(2);
  }

  @Test
  void whatIsNoPhotoIsToldAndTheOthersGoOn() throws IOException {
    Path broken = Files.writeString(temp.resolve("broken.jpg"), "no photo at all");
    choose(broken, FIRST);

    assertThat(entry(broken)).hasAttribute("data-state", "failed");
    assertThat(entry(FIRST)).hasAttribute("data-state", "done");
    entry(broken).click();
    assertThat(page.locator("#error")).containsText("not an image");
    assertThat(button("Mask PNG")).isDisabled();
    button("Remove this photo").click();
    assertThat(page.locator(".entry")).hasCount(1);
    // The browser says on its console that a request was answered 422.
    chromium.complaints.removeIf(text -> text.contains("422"));
  }

  @Test
  void theCameraIsOutlinedLiveAndAFrameCanBeKept() {
    startCamera();
    assertThat(page.locator("#latency")).containsText(Pattern.compile("\\d+ ms"));
    double share = Double.parseDouble(page.locator("#live-area").textContent().replace(" %", ""));
    assertThat(share).as("as much of the frame as of the photo it shows").isBetween(18.0, 24.0);
    shoot("live");

    button("Freeze and keep").click();
    Locator kept = page.locator(".entry");
    assertThat(kept).hasAttribute("data-state", "done");
    assertThat(kept).hasAttribute("title", Pattern.compile("camera-.*\\.jpg"));
    assertThat(page.locator("#photos")).isVisible();
    assertThat(page.locator("#video")).isHidden();
  }

  @Test
  void theKeyboardAloneDoesIt() throws IOException {
    Path[] chosen = {FIRST, SECOND};
    // Choosers are intercepted from the first listener on, but not at once: the browser may take a
    // key that follows closely first, and then open a window of its own, which nobody sees. Here
    // the questions that tabbing asks come between.
    page.onFileChooser(chooser -> {});
    page.keyboard().press("Tab");
    assertThat(page.locator(".skip")).isFocused();
    tabTo("#choose");
    page.waitForFileChooser(() -> page.keyboard().press("Enter")).setFiles(chosen);
    assertThat(entry(SECOND)).hasAttribute("data-state", "done");
    assertThat(entry(FIRST)).hasAttribute("data-state", "done");
    page.keyboard().press("j");
    assertThat(page.locator("#canvas")).hasAttribute("data-shown", "synthetic_0002.jpg");
    page.keyboard().press("k");
    assertThat(page.locator("#canvas")).hasAttribute("data-shown", "synthetic_0001.jpg");
    final String area = fact("Area");

    tabTo("#split");
    page.keyboard().press("End");
    assertThat(page.locator("#split")).hasValue("100");
    page.keyboard().press("Home");

    // A brush stroke in the middle of nowhere.
    page.keyboard().press("b");
    tabTo("#canvas");
    for (int i = 0; i < 10; i++) {
      page.keyboard().press("Shift+ArrowRight");
      page.keyboard().press("Shift+ArrowDown");
    }
    page.keyboard().press("Space");
    page.keyboard().press("Space");
    assertThat(fact("Outlines")).isEqualTo("2");
    page.keyboard().press("Control+z");
    assertThat(fact("Area")).isEqualTo(area);

    // A point of the outline, out and back.
    page.keyboard().press("p");
    page.keyboard().press("n");
    assertThat(page.locator("#status")).containsText("Point 2 of");
    page.keyboard().press("Shift+ArrowLeft");
    assertThat(entry(FIRST)).containsText("edited");
    page.keyboard().press("Control+z");
    assertThat(fact("Area")).isEqualTo(area);

    segment(FIRST);
    Mask found = Masks.read(temp.resolve("out/synthetic_0001_mask.png"));
    page.keyboard().press("g");
    assertThat(entry(FIRST)).containsText("edited");
    tabTo("#get-mask");
    Download download = page.waitForDownload(() -> page.keyboard().press("Enter"));
    assertThat(mask(Files.readAllBytes(download.path())).area()).isGreaterThan(found.area());

    page.keyboard().press("?");
    assertThat(page.locator("#help")).isVisible();
    page.keyboard().press("Escape");
    assertThat(page.locator("#help")).isHidden();
    // The tab of the camera: arrows move between tabs.
    tabTo("#tab-photos");
    page.keyboard().press("ArrowRight");
    assertThat(page.locator("#camera-start")).isVisible();
  }

  /** Goes there by the tab key alone. */
  private void tabTo(String selector) {
    for (int i = 0; i < 80; i++) {
      Object there =
          page.evaluate("(selector) => document.activeElement.matches(selector)", selector);
      if (Boolean.TRUE.equals(there)) {
        return;
      }
      page.keyboard().press("Tab");
    }
    throw new AssertionError("the tab key does not reach " + selector);
  }

  @Test
  void thePageIsSmallAndHandsNothingToOtherHosts() {
    Object bytes =
        page.evaluate(
            "() => Promise.all([location.href, ...performance.getEntriesByType('resource')"
                + ".map(({name}) => name)].map((address) => fetch(address)"
                + ".then((answer) => answer.arrayBuffer()).then(({byteLength}) => byteLength)))"
                + ".then((sizes) => sizes.reduce((a, b) => a + b))");
    assertThat(((Number) bytes).intValue()).isBetween(20_000, 150_000);
    Object refused =
        page.evaluate("() => fetch('http://127.0.0.1:9/').then(() => 'asked', () => 'refused')");
    assertThat(refused).isEqualTo("refused");
    assertThat(chromium.complaints).anyMatch(text -> text.contains("Content Security Policy"));
    chromium.complaints.clear();
    chromium.requests.removeIf(address -> address.contains(":9/"));
  }

  @Test
  void twoFingersZoomThePhotoAndItStaysUnderThem() throws IOException {
    page.context().close();
    page =
        open(
            new Browser.NewContextOptions()
                .setViewportSize(390, 844)
                .setHasTouch(true)
                .setIsMobile(true));
    choose(FIRST);
    show(FIRST);
    final Mask found = mask(download("Mask PNG"));
    button("Paint").tap();
    // Under two pixels of the photo.
    page.locator("#brush").fill("4");
    page.locator("#canvas").scrollIntoViewIfNeeded();
    settle();

    BoundingBox canvas = page.locator("#canvas").boundingBox();
    Touch touch = new Touch(page);
    double[] one = onPage(40, 40);
    double[] two = onPage(80, 70);
    touch.start(one);
    touch.start(one, two);
    // One finger stays, the other draws the photo apart; then both move on.
    for (int i = 0; i < 6; i++) {
      two = new double[] {two[0] + 20, two[1] + 15};
      touch.move(one, two);
    }
    for (int i = 0; i < 4; i++) {
      one = new double[] {one[0] + 6, one[1] + 9};
      two = new double[] {two[0] + 6, two[1] + 9};
      touch.move(one, two);
    }
    // The edge of a hand.
    touch.start(one, two, onPage(200, 280));
    touch.end();
    assertThat(entry(FIRST)).not().containsText("edited");
    assertThat(page.evaluate("() => visualViewport.scale")).as("the page itself").isEqualTo(1);
    shoot("phone-pinched");

    tap(one[0] - canvas.x, one[1] - canvas.y);
    assertThat(painted(found))
        .as("under the first finger")
        .containsExactly(new double[] {40, 40}, within(1.5));
    button("Undo").tap();
    tap(two[0] - canvas.x, two[1] - canvas.y);
    assertThat(painted(found))
        .as("under the second finger")
        .containsExactly(new double[] {80, 70}, within(1.5));
  }

  private void tap(double x, double y) {
    page.locator("#canvas").tap(new Locator.TapOptions().setPosition(x, y));
  }

  /** The middle of what is lesion now and was not. */
  private double[] painted(Mask before) throws IOException {
    assertThat(entry(FIRST)).containsText("edited");
    Mask after = mask(download("Mask PNG"));
    double sumX = 0;
    double sumY = 0;
    int count = 0;
    for (int y = 0; y < after.height(); y++) {
      for (int x = 0; x < after.width(); x++) {
        if (after.get(x, y) && !before.get(x, y)) {
          sumX += x + 0.5;
          sumY += y + 0.5;
          count++;
        }
      }
    }
    return new double[] {sumX / count, sumY / count};
  }
}
