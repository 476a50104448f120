package org.lentigo.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An installed Chromium without a window, with a camera that plays a file. */
final class Chromium implements AutoCloseable {
  /** The machine may be busy, and the first photo finds nothing compiled. */
  static final double PATIENCE_MILLIS = 120_000;

  private final Playwright playwright;
  private final Browser browser;

  /** What went wrong in pages: uncaught errors, refused requests, and what the console says. */
  final List<String> complaints = Collections.synchronizedList(new ArrayList<>());

  /** The addresses that pages asked for. */
  final List<String> requests = Collections.synchronizedList(new ArrayList<>());

  private Chromium(Playwright playwright, Browser browser) {
    this.playwright = playwright;
    this.browser = browser;
  }

  /**
   * Skips the test, and says so, where there is no Chromium.
   *
   * @param film JPEGs one after another
   */
  static Chromium start(Path film) {
    Path program = program();
    assumeTrue(
        program != null,
        "no Chromium that runs: install it (Debian: apt install chromium) or name it in"
            + " LENTIGO_CHROMIUM; the page was not tested");
    Playwright playwright =
        Playwright.create(
            new Playwright.CreateOptions()
                .setEnv(
                    Map.of(
                        "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD",
                        "1",
                        "PLAYWRIGHT_SKIP_VALIDATE_HOST_REQUIREMENTS",
                        "1")));
    Browser browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(program)
                    .setTimeout(PATIENCE_MILLIS)
                    .setArgs(
                        List.of(
                            "--no-sandbox",
                            "--use-fake-ui-for-media-stream",
                            "--use-fake-device-for-media-stream",
                            "--use-file-for-fake-video-capture=" + film)));
    return new Chromium(playwright, browser);
  }

  /** The one that is named, and no other; or else the first of the usual ones that runs. */
  private static @Nullable Path program() {
    String named = System.getenv("LENTIGO_CHROMIUM");
    Stream<String> names =
        named != null && !named.isEmpty()
            ? Stream.of(named)
            : Stream.of(
                "/usr/bin/chromium",
                "/usr/bin/chromium-browser",
                "/usr/bin/google-chrome",
                "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    return names.map(Path::of).filter(Chromium::runs).findFirst().orElse(null);
  }

  /** Some systems have a program of that name which only says how to install Chromium. */
  private static boolean runs(Path program) {
    if (!Files.isExecutable(program)) {
      return false;
    }
    try {
      return new ProcessBuilder(program.toString(), "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Opens an address in a profile of its own. */
  Page open(URI address, Browser.NewContextOptions options) {
    BrowserContext context =
        browser.newContext(options.setAcceptDownloads(true).setPermissions(List.of("camera")));
    context.setDefaultTimeout(PATIENCE_MILLIS);
    context.onRequest(request -> requests.add(request.url()));
    context.onWebError(error -> complaints.add(error.error()));
    context.onConsoleMessage(
        message -> {
          if (message.type().equals("error") || message.type().equals("warning")) {
            complaints.add(message.text());
          }
        });
    Page page = context.newPage();
    page.navigate(address.toString());
    return page;
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
  }
}
