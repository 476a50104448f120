package org.lentigo.cli;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lentigo.imaging.Mask;

/** What the browser keeps of the photos when the page is loaded again, and how it forgets them. */
class PageMemoryTest extends OpenedPage {
  /** Numbers of photos, of what was made of them, and of edits among that. */
  private static final String COUNT =
      "() => new Promise((resolve, reject) => {"
          + " const opening = indexedDB.open('lentigo');"
          + " opening.onerror = () => reject(opening.error);"
          + " opening.onsuccess = () => {"
          + "  const transaction = opening.result.transaction(['photos', 'edits']);"
          + "  const photos = transaction.objectStore('photos').count();"
          + "  const edits = transaction.objectStore('edits').getAll();"
          + "  transaction.oncomplete = () => { opening.result.close(); resolve(["
          + "   photos.result,"
          + "   edits.result.filter(({result}) => result).length,"
          + "   edits.result.filter(({contours}) => contours).length,"
          + "   edits.result.filter(({perMm}) => perMm).length].join(' ')); }; }; })";

  /** Waits until the browser has so many photos, outlines, edits and scales. */
  private void awaitKept(String counts) {
    page.waitForFunction("async (wanted) => await (" + COUNT + ")() === wanted", counts);
  }

  private void paint() {
    button("Paint").click();
    drag(350, 250, 380, 250);
    assertThat(entry(FIRST)).containsText("edited");
  }

  @Test
  void photosEditsAndScaleSurviveAReload() throws IOException {
    choose(FIRST, SECOND);
    show(FIRST);
    assertThat(page.locator("#keeping")).containsText("Kept in this browser only");
    final byte[] found = download("Mask PNG");
    paint();
    page.locator("#ppm").fill("20");
    page.keyboard().press("Enter");
    final Mask painted = mask(download("Mask PNG"));
    final String area = fact("Area");
    awaitKept("2 2 1 1");
    chromium.requests.clear();
    page.reload();

    assertThat(page.locator(".entry")).hasCount(2);
    assertThat(page.locator(".entry").first()).hasAttribute("title", "synthetic_0001.jpg");
    assertThat(entry(FIRST)).containsText("edited");
    assertThat(page.locator("#canvas")).hasAttribute("data-shown", "synthetic_0001.jpg");
    assertThat(fact("Area")).isEqualTo(area);
    assertThat(page.locator("#ppm")).hasValue("20");
    assertThat(mask(download("Mask PNG")).data()).isEqualTo(painted.data());
    assertThat(entry(SECOND)).hasAttribute("data-state", "done");
    assertThat(page.locator(".thumb canvas")).hasCount(2);
    assertThat(chromium.requests)
        .as("the server sees nothing of it again")
        .noneMatch(address -> address.contains("/v1/segmentations"));
    button("Reset").click();
    assertThat(download("Mask PNG")).isEqualTo(found);

    // What was taken back or removed does not come again.
    awaitKept("2 2 0 1");
    show(SECOND);
    button("Remove this photo").click();
    awaitKept("1 1 0 1");
    page.reload();
    assertThat(page.locator("#canvas")).hasAttribute("data-shown", "synthetic_0001.jpg");
    assertThat(page.locator(".entry")).hasCount(1);
    assertThat(entry(FIRST)).not().containsText("edited");
  }

  @Test
  void aPhotoThatWasNotOutlinedYetIsOutlinedAfterTheReload() {
    page.route("**/v1/segmentations*", route -> {});
    page.locator("#files").setInputFiles(FIRST);
    awaitKept("1 0 0 0");
    page.unroute("**/v1/segmentations*");
    page.reload();
    assertThat(entry(FIRST)).hasAttribute("data-state", "done");
  }

  @ParameterizedTest
  @CsvSource({"sha256, '\"....', '\"beef'", "views, \\d+, 4", "looks, \\d+, 7"})
  void whatWasOutlinedOtherwiseIsOutlinedAnewAndEditsStay(String key, String value, String other)
      throws IOException {
    choose(FIRST, SECOND);
    show(FIRST);
    paint();
    final Mask painted = mask(download("Mask PNG"));
    awaitKept("2 2 1 0");
    page.route(
        "**/v1/models",
        route -> {
          String models = route.fetch().text();
          Matcher told = Pattern.compile("(\"" + key + "\" *: *)" + value).matcher(models);
          assertThat(told.find()).as("%s in %s", key, models).isTrue();
          route.fulfill(
              new com.microsoft.playwright.Route.FulfillOptions()
                  .setContentType("application/json")
                  .setBody(told.replaceFirst("$1" + other)));
        });
    List<Response> answers = new CopyOnWriteArrayList<>();
    page.onResponse(
        response -> {
          if (response.url().contains("/v1/segmentations")) {
            answers.add(response);
          }
        });
    page.reload();
    page.waitForCondition(() -> answers.size() == 2);
    for (int photo = 0; photo < 2; photo++) {
      assertThat(page.locator(".entry").nth(photo)).hasAttribute("data-state", "done");
    }
    assertThat(entry(FIRST)).containsText("edited");
    assertThat(page.locator("#canvas")).hasAttribute("data-shown", "synthetic_0001.jpg");
    assertThat(mask(download("Mask PNG")).data()).isEqualTo(painted.data());
  }

  @Test
  void forgettingAllEmptiesTheBrowserInAllTabs() {
    choose(FIRST, SECOND);
    show(FIRST);
    paint();
    awaitKept("2 2 1 0");
    Page other = page.context().newPage();
    other.navigate(server.uri().toString());
    assertThat(other.locator(".entry")).hasCount(2);

    button("Forget all photos").click();
    assertThat(page.locator("#forget-text")).containsText("2 photos and all edits");
    button("Cancel").click();
    assertThat(page.locator(".entry")).hasCount(2);
    button("Forget all photos").click();
    button("Forget all").click();

    for (Page tab : List.of(page, other)) {
      assertThat(tab.locator("#empty")).isVisible();
      assertThat(tab.locator("#work")).isHidden();
      assertThat(tab.locator(".entry")).hasCount(0);
    }
    assertThat(page.locator("#status")).hasText("All photos are forgotten");
    assertThat(page.locator("#choose")).isFocused();
    awaitKept("0 0 0 0");
    assertThat(page.content()).as("what is left of the page").doesNotContain("synthetic_000");
    page.reload();
    assertThat(page.locator("#model")).containsText("M parameters");
    assertThat(page.locator(".entry")).hasCount(0);

    // And it goes on.
    choose(SECOND);
    awaitKept("1 1 0 0");
  }

  /** As in some private windows. */
  @Test
  void aBrowserThatKeepsNothingSaysSoAndThePageGoesOn() throws IOException {
    page.context()
        .addInitScript(
            "const refuse = () => { throw new DOMException('not here', 'SecurityError'); };"
                + " for (const name of ['indexedDB', 'localStorage', 'sessionStorage'])"
                + " Object.defineProperty(window, name, {get: refuse});");
    page.reload();
    choose(FIRST);
    show(FIRST);
    assertThat(page.locator("#keeping")).containsText("keeps nothing (SecurityError)");
    shoot("keeps-nothing");
    paint();
    assertThat(mask(download("Mask PNG")).get(365, 250)).isTrue();
    button("Forget all photos").click();
    button("Forget all").click();
    assertThat(page.locator("#empty")).isVisible();
    assertThat(page.locator("#note")).containsText("could not be emptied");
  }

  @Test
  void aFullStorageIsToldTheEditStaysAndLeavingAsksFirst() throws IOException {
    quota(1_000);
    choose(FIRST);
    show(FIRST);
    assertThat(page.locator("#keeping")).containsText("no room left");
    paint();
    assertThat(mask(download("Mask PNG")).get(365, 250)).isTrue();
    button("Undo").click();
    button("Redo").click();
    List<String> asked = new CopyOnWriteArrayList<>();
    page.onDialog(
        dialog -> {
          asked.add(dialog.type());
          dialog.dismiss();
        });
    page.close(new Page.CloseOptions().setRunBeforeUnload(true));
    page.waitForCondition(() -> !asked.isEmpty());
    assertThat(asked).containsExactly("beforeunload");
    assertThat(entry(FIRST)).containsText("edited");

    // With room again, the next edit is kept with the photo.
    quota(100_000_000);
    button("Grow").click();
    awaitKept("1 1 1 0");
    assertThat(page.locator("#keeping")).containsText("Kept in this browser only");
    page.reload();
    assertThat(entry(FIRST)).containsText("edited");
    assertThat(asked).as("an edit that is kept may be left").hasSize(1);
  }

  private void quota(long bytes) {
    JsonObject args = new JsonObject();
    args.addProperty("origin", server.uri().toString().replaceFirst("/$", ""));
    args.addProperty("quotaSize", bytes);
    page.context().newCDPSession(page).send("Storage.overrideQuotaForOrigin", args);
  }
}
