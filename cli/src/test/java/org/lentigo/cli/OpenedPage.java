package org.lentigo.cli;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.BoundingBox;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.runtime.Segmenter;
import org.lentigo.server.LentigoServer;
import org.lentigo.server.ServerConfig;

/**
 * The page of {@code lentigo serve} in a real browser, with the bundled model on the drawn samples.
 * With the system property {@code lentigo.shots} naming a folder, pictures of the page go there.
 */
abstract class OpenedPage {
  static final Path SAMPLES = Path.of("../samples/images").toAbsolutePath().normalize();
  static final Path FIRST = SAMPLES.resolve("synthetic_0001.jpg");
  static final Path SECOND = SAMPLES.resolve("synthetic_0002.jpg");

  @TempDir private static Path shared;

  static Segmenter segmenter;
  static LentigoServer server;
  static Chromium chromium;

  @TempDir Path temp;
  Page page;

  /** The servers that the page may talk to. */
  final List<URI> servers = new ArrayList<>();

  @BeforeAll
  static void start() throws IOException {
    com.microsoft.playwright.assertions.PlaywrightAssertions.setDefaultAssertionTimeout(
        Chromium.PATIENCE_MILLIS);
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
    servers.clear();
    servers.add(server.uri());
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
                servers.stream()
                    .anyMatch(
                        uri ->
                            address.startsWith(uri.toString())
                                || address.startsWith("blob:" + uri)));
  }

  static Page open(Browser.NewContextOptions options) {
    return chromium.open(server.uri(), options);
  }

  /** Until the server has dealt with all of them. */
  void choose(Path... photos) {
    page.locator("#files").setInputFiles(photos);
    for (Path photo : photos) {
      assertThat(entry(photo)).hasAttribute("data-state", Pattern.compile("done|failed"));
    }
  }

  void show(Path photo) {
    entry(photo).click();
    assertThat(page.locator("#canvas")).hasAttribute("data-shown", photo.getFileName().toString());
  }

  Locator entry(Path photo) {
    return page.locator(".entry[title='" + photo.getFileName() + "']");
  }

  Locator button(String name) {
    return page.getByRole(
        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  /** The value beside a label of the measurements. */
  String fact(String label) {
    return page.locator("#facts > div:has(dt:text-is('" + label + "')) .value").textContent();
  }

  byte[] download(String button) {
    Download download = page.waitForDownload(() -> button(button).click());
    try {
      return Files.readAllBytes(download.path());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Mask mask(byte[] png) throws IOException {
    return Masks.read(Files.write(temp.resolve("mask.png"), png));
  }

  /** The command line's files about these photos, by name. */
  Map<String, byte[]> segment(Path... photos) throws IOException {
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
  double[] onPage(double x, double y) {
    BoundingBox box = page.locator("#canvas").boundingBox();
    double zoom = Math.min((box.width - 16) / 400, (box.height - 16) / 300);
    return new double[] {
      box.x + (box.width - 400 * zoom) / 2 + x * zoom,
      box.y + (box.height - 300 * zoom) / 2 + y * zoom
    };
  }

  void drag(double x1, double y1, double x2, double y2) {
    double[] from = onPage(x1, y1);
    double[] to = onPage(x2, y2);
    page.mouse().move(from[0], from[1]);
    page.mouse().down();
    page.mouse().move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
    page.mouse().move(to[0], to[1]);
    page.mouse().up();
  }

  /** Until what changed is drawn: at the next frame. */
  void settle() {
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  }

  byte[] picture() {
    settle();
    return page.locator("#canvas").screenshot();
  }

  void shoot(String name) {
    String folder = System.getProperty("lentigo.shots");
    if (folder != null) {
      settle();
      page.screenshot(
          new Page.ScreenshotOptions()
              .setPath(Path.of(folder, name + ".png"))
              .setFullPage(name.startsWith("phone")));
    }
  }

  /** Starts the camera and waits for its first outline. */
  void startCamera() {
    page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Camera")).click();
    button("Start the camera").click();
    assertThat(page.locator("#fps"))
        .containsText(Pattern.compile("[1-9]\\d*\\.\\d FPS|0\\.[1-9] FPS"));
    assertThat(page.locator("#live-area")).containsText(Pattern.compile("\\d+\\.\\d %"));
  }
}
