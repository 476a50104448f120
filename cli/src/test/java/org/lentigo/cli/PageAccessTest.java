package org.lentigo.cli;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.server.LentigoServer;
import org.lentigo.server.ServerConfig;

/** Who can use the page: barriers that axe-core finds, the names of buttons, and the token. */
class PageAccessTest extends OpenedPage {
  private static final String TOKEN = "a-token-for-tests-only";
  private static final String WRONG = "a-token-of-yesterday";

  private static LentigoServer guarded;

  @BeforeAll
  static void startGuarded() throws IOException {
    guarded =
        LentigoServer.start(
            segmenter,
            new ServerConfig(
                "127.0.0.1", 0, TOKEN, Set.of(), ServerConfig.Limits.standard(), null));
  }

  @AfterAll
  static void stopGuarded() {
    if (guarded != null) {
      guarded.close();
    }
  }

  /** Opens the page of the server that wants a token, instead of the other. */
  private void openGuarded(String fragment, Browser.NewContextOptions options) {
    page.context().close();
    servers.add(guarded.uri());
    page = chromium.open(URI.create(guarded.uri() + fragment), options);
  }

  /** The browser says on its console that a request was answered 401. */
  private static void forgetRefusals() {
    chromium.complaints.removeIf(text -> text.contains("401"));
  }

  private void enter(String token) {
    page.locator("#token-value").fill(token);
    page.keyboard().press("Enter");
  }

  @ParameterizedTest
  @CsvSource({"light, LIGHT, 1280, 800", "dark, DARK, 1280, 800", "phone, LIGHT, 390, 844"})
  void axeFindsNothingSerious(String name, ColorScheme scheme, int width, int height) {
    page.context().close();
    page = open(options(scheme, width, height));
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
    startCamera();
    shoot(name + "-camera-on");
    check(name + ", camera on");
    button("Stop the camera").click();
    page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Photos")).click();
    button("Forget all photos").click();
    shoot(name + "-forget");
    check(name + ", forget all");

    openGuarded("", options(scheme, width, height));
    assertThat(page.locator("#token")).isVisible();
    shoot(name + "-token");
    check(name + ", token");
    enter(WRONG);
    assertThat(page.locator("#token-wrong")).isVisible();
    shoot(name + "-token-wrong");
    check(name + ", wrong token");
    page.keyboard().press("Escape");
    assertThat(page.locator("#tokenless")).isVisible();
    shoot(name + "-tokenless");
    check(name + ", no token");
    forgetRefusals();
  }

  private static Browser.NewContextOptions options(ColorScheme scheme, int width, int height) {
    return new Browser.NewContextOptions()
        .setViewportSize(width, height)
        .setColorScheme(scheme)
        .setHasTouch(width < 500);
  }

  private void check(String name) {
    List<Rule> violations = new AxeBuilder(page).analyze().getViolations();
    assertThat(violations)
        .as(name)
        .filteredOn(rule -> List.of("serious", "critical").contains(rule.getImpact()))
        .extracting(rule -> rule.getId() + ": " + rule.getNodes())
        .isEmpty();
    Object tooWide =
        page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth");
    assertThat(tooWide).as(name + " scrolls sideways").isEqualTo(false);
  }

  @Test
  void photoButtonsHaveTheirNamesOnNarrowScreens() {
    page.setViewportSize(390, 844);
    choose(FIRST, SECOND);
    for (String name : List.of("synthetic_0001.jpg", "synthetic_0002.jpg")) {
      assertThat(
              page.getByRole(
                  AriaRole.BUTTON,
                  new Page.GetByRoleOptions()
                      .setName(Pattern.compile("^" + name.replace(".", "\\.") + " \\d+\\.\\d %$"))))
          .hasCount(1);
    }
    // To be seen too, at least its beginning.
    assertThat(page.locator(".entry-name").first().boundingBox().width).isGreaterThan(60);
  }

  @Test
  void aWrongTokenIsSaidToBeWrongAndTheRightOneGoesOn() {
    openGuarded("", new Browser.NewContextOptions());
    assertThat(page.locator("#token")).isVisible();
    assertThat(page.locator("#token-value")).isFocused();
    assertThat(page.locator("#token-wrong")).isHidden();

    // Neither the right length nor what no header can hold makes a difference.
    for (String wrong : List.of(WRONG, "ein Schlüssel…")) {
      enter(wrong);
      assertThat(page.getByRole(AriaRole.ALERT)).containsText("This token is wrong");
      assertThat(page.locator("#token")).isVisible();
      assertThat(page.locator("#token-value")).isFocused();
      assertThat(page.locator("#token-value"))
          .hasAccessibleDescription(Pattern.compile("This token is wrong"));
      assertThat(page.locator("#token-value")).hasAttribute("aria-invalid", "true");
    }

    enter(TOKEN);
    assertThat(page.locator("#token")).isHidden();
    assertThat(page.locator("#model")).containsText("M parameters");
    assertThat(page.locator("#tokenless")).isHidden();
    choose(FIRST);
    assertThat(entry(FIRST)).hasAttribute("data-state", "done");
    // The tab keeps it.
    page.reload();
    assertThat(page.locator("#model")).containsText("M parameters");
    forgetRefusals();
  }

  @Test
  void aWrongTokenInTheAddressIsSaidToBeWrong() {
    openGuarded("#token=" + WRONG, new Browser.NewContextOptions());
    assertThat(page.locator("#token-wrong")).containsText("is wrong");
    enter(TOKEN);
    assertThat(page.locator("#model")).containsText("M parameters");
    forgetRefusals();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Escape", "Cancel"})
  void theTokenDialogCanBeLeftAndOpenedAgain(String way) {
    openGuarded("", new Browser.NewContextOptions());
    assertThat(page.locator("#token")).isVisible();
    leave(way);
    assertThat(page.locator("#token")).isHidden();
    assertThat(page.locator("#tokenless")).containsText("this page has none");

    // Nothing asks again by itself, and all that needs the token says why it fails.
    choose(FIRST);
    assertThat(entry(FIRST)).hasAttribute("data-state", "failed");
    assertThat(page.locator("#error")).containsText("wants its token");
    page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Camera")).click();
    button("Start the camera").click();
    assertThat(page.locator("#camera-error")).containsText("wants its token");
    assertThat(page.locator("#token")).isHidden();
    page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Photos")).click();

    button("Enter the token").click();
    assertThat(page.locator("#token-value")).isFocused();
    leave(way);
    assertThat(page.locator("#tokenless")).isVisible();
    button("Enter the token").click();
    enter(TOKEN);
    assertThat(page.locator("#tokenless")).isHidden();
    assertThat(page.locator("#model")).containsText("M parameters");
    assertThat(entry(FIRST)).hasAttribute("data-state", "done");
    assertThat(page.locator("#canvas")).hasAttribute("data-shown", "synthetic_0001.jpg");
    forgetRefusals();
  }

  private void leave(String way) {
    if (way.equals("Cancel")) {
      button("Cancel").click();
    } else {
      page.keyboard().press(way);
    }
  }
}
