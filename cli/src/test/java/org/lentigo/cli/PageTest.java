package org.lentigo.cli;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.JSHandle;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Media;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.runtime.Segmenter;
import org.lentigo.server.LentigoServer;
import org.lentigo.server.ServerConfig;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The page of {@code lentigo serve} in a real browser, with the bundled model on the drawn samples.
 * With the system property {@code lentigo.shots} naming a folder, pictures of the page go there.
 */
class PageTest {
  private static final Path SAMPLES = Path.of("../samples/images").toAbsolutePath().normalize();
  private static final Path FIRST = SAMPLES.resolve("synthetic_0001.jpg");
  private static final Path SECOND = SAMPLES.resolve("synthetic_0002.jpg");

  /** The machine may be busy, and the first photo finds nothing compiled. */
  private static final double PATIENCE_MILLIS = 60_000;

  @TempDir private static Path shared;

  private static Segmenter segmenter;
  private static LentigoServer server;
  private static Chromium chromium;

  @TempDir private Path temp;
  private Page page;

  @BeforeAll
  static void start() throws IOException {
    com.microsoft.playwright.assertions.PlaywrightAssertions.setDefaultAssertionTimeout(
        PATIENCE_MILLIS);
    Path film = shared.resolve("camera.mjpeg");
    try (OutputStream out = Files.newOutputStream(film)) {
      for (int frame = 0; frame < 20; frame++) {
        out.write(Files.readAllBytes(FIRST));
      }
    }
    chromium = Chromium.start(film);
    segmenter = Segmenter.bundled();
    server = LentigoServer.start(segmenter, ServerConfig.local(0));
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
    if (segmenter != null) {
      segmenter.close();
    }
    if (chromium != null) {
      chromium.close();
    }
  }

  @BeforeEach
  void open() {
    chromium.complaints.clear();
    chromium.requests.clear();
    page = open(new Browser.NewContextOptions().setViewportSize(1280, 800));
  }

  @AfterEach
  void close() {
    page.context().close();
    assertThat(chromium.complaints).as("errors in the page").isEmpty();
    assertThat(chromium.requests)
        .as("requests go to the server alone")
        .allMatch(
            address ->
                address.startsWith(server.uri().toString())
                    || address.startsWith("blob:" + server.uri()));
  }

  private static Page open(Browser.NewContextOptions options) {
    return chromium.open(server.uri(), options);
  }

  /** Until the server has dealt with all of them. */
  private void choose(Path... photos) {
    page.locator("#files").setInputFiles(photos);
    for (Path photo : photos) {
      assertThat(entry(photo)).hasAttribute("data-state", Pattern.compile("done|failed"));
    }
  }

  private void show(Path photo) {
    entry(photo).click();
    assertThat(page.locator("#canvas")).hasAttribute("data-shown", photo.getFileName().toString());
  }

  private Locator entry(Path photo) {
    return page.locator(".entry[title='" + photo.getFileName() + "']");
  }

  private Locator button(String name) {
    return page.getByRole(
        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  /** The value beside a label of the measurements. */
  private String fact(String label) {
    return page.locator("#facts > div:has(dt:text-is('" + label + "')) .value").textContent();
  }

  private byte[] download(String button) {
    Download download = page.waitForDownload(() -> button(button).click());
    try {
      return Files.readAllBytes(download.path());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Mask mask(byte[] png) throws IOException {
    return Masks.read(Files.write(temp.resolve("mask.png"), png));
  }

  /** The command line's files about these photos, by name. */
  private Map<String, byte[]> segment(Path... photos) throws IOException {
    Path out = temp.resolve("out");
    Object[] args = new Object[photos.length + 3];
    args[0] = "segment";
    System.arraycopy(photos, 0, args, 1, photos.length);
    args[photos.length + 1] = "--out";
    args[photos.length + 2] = out;
    assertThat(Cli.run(args).code()).isZero();
    Map<String, byte[]> files = new TreeMap<>();
    for (String file : Cli.tree(out)) {
      files.put(file, Files.readAllBytes(out.resolve(file)));
    }
    return files;
  }

  /** A point of the photo, in the page's pixels. */
  private double[] onPage(double x, double y) {
    BoundingBox box = page.locator("#canvas").boundingBox();
    double zoom = Math.min((box.width - 16) / 400, (box.height - 16) / 300);
    return new double[] {
      box.x + (box.width - 400 * zoom) / 2 + x * zoom,
      box.y + (box.height - 300 * zoom) / 2 + y * zoom
    };
  }

  private void drag(double x1, double y1, double x2, double y2) {
    double[] from = onPage(x1, y1);
    double[] to = onPage(x2, y2);
    page.mouse().move(from[0], from[1]);
    page.mouse().down();
    page.mouse().move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
    page.mouse().move(to[0], to[1]);
    page.mouse().up();
  }

  /** Until what changed is drawn: at the next frame. */
  private void settle() {
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  }

  private byte[] picture() {
    settle();
    return page.locator("#canvas").screenshot();
  }

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
    String area = fact("Area");

    button("Paint").click();
    drag(350, 250, 380, 250);
    assertThat(entry(FIRST)).containsText("edited");
    assertThat(fact("Area")).isNotEqualTo(area);
    assertThat(fact("Outlines")).isEqualTo("2");
    assertThat(page.locator("#edited")).isVisible();
    Mask painted = mask(download("Mask PNG"));
    assertThat(painted.get(365, 250)).isTrue();
    assertThat(mask(found).get(365, 250)).isFalse();
    assertThat(fact("Area").replaceAll("[^0-9]", "")).isEqualTo(Long.toString(painted.area()));
    // All else stays as it was found.
    for (int y = 0; y < 220; y++) {
      for (int x = 0; x < 320; x++) {
        assertThat(painted.get(x, y)).isEqualTo(mask(found).get(x, y));
      }
    }

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
    page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Camera")).click();
    button("Start the camera").click();
    LocatorAssertions.ContainsTextOptions patience =
        new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE_MILLIS);
    assertThat(page.locator("#fps"))
        .containsText(Pattern.compile("[1-9]\\d*\\.\\d FPS|0\\.[1-9] FPS"), patience);
    assertThat(page.locator("#latency")).containsText(Pattern.compile("\\d+ ms"), patience);
    assertThat(page.locator("#live-area")).containsText(Pattern.compile("\\d+\\.\\d %"), patience);
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

  @ParameterizedTest
  @CsvSource({"light, LIGHT, 1280, 800", "dark, DARK, 1280, 800", "phone, LIGHT, 390, 844"})
  void axeFindsNothingSerious(String name, ColorScheme scheme, int width, int height) {
    page.context().close();
    page =
        open(
            new Browser.NewContextOptions()
                .setViewportSize(width, height)
                .setColorScheme(scheme)
                .setHasTouch(width < 500));
    shoot(name + "-empty");
    check(name + ", empty");
    choose(FIRST, SECOND);
    show(FIRST);
    button("Points").click();
    shoot(name + "-photo");
    check(name + ", photo");
    button("Paint").click();
    drag(350, 250, 380, 250);
    page.locator("#split").fill("50");
    shoot(name + "-edited");
    check(name + ", edited");
    button("Keyboard").click();
    shoot(name + "-help");
    check(name + ", help");
    page.keyboard().press("Escape");
    page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Camera")).click();
    shoot(name + "-camera");
    check(name + ", camera");

    Object tooWide =
        page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth");
    assertThat(tooWide).as("scrolls sideways").isEqualTo(false);
  }

  private void check(String name) {
    List<Rule> violations = new AxeBuilder(page).analyze().getViolations();
    assertThat(violations)
        .as(name)
        .filteredOn(rule -> List.of("serious", "critical").contains(rule.getImpact()))
        .extracting(rule -> rule.getId() + ": " + rule.getNodes())
        .isEmpty();
  }

  private void shoot(String name) {
    String folder = System.getProperty("lentigo.shots");
    if (folder != null) {
      settle();
      page.screenshot(
          new Page.ScreenshotOptions()
              .setPath(Path.of(folder, name + ".png"))
              .setFullPage(name.startsWith("phone")));
    }
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
}
