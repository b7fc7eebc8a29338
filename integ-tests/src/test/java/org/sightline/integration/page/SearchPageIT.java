package org.sightline.integration.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.FileChooser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.FilePayload;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.gallery.Picture;

/** Searching, as people do it. */
@ExtendWith(PageExtension.class)
class SearchPageIT {

  @Test
  void whoOpensThePageChoosesPicturesAndSeesThem(PageNode node) {
    try (Tab tab = node.tab().open("/start")) {
      Locator card = tab.page().locator(".card-open", hasText(PageNode.INDEX));
      assertThat(card).containsText(PageNode.PICTURES + " documents");
      tab.awaitThumbnails();
      tab.screenshot("start");
      card.click();
      tab.awaitSummary(PageNode.PICTURES + " pictures");
      tab.awaitThumbnails();
    }
  }

  private static Page.LocatorOptions hasText(String text) {
    return new Page.LocatorOptions().setHasText(text);
  }

  private static Page.GetByRoleOptions named(String text) {
    return new Page.GetByRoleOptions().setName(text);
  }

  @Test
  void wordsFindPicturesWhileTheyAreTyped(PageNode node) {
    try (Tab tab = node.searching("")) {
      tab.search().pressSequentially("red heart");
      tab.awaitFirst("red heart");
      tab.awaitThumbnails();
      tab.tiles().nth(1).hover();
      tab.screenshot("search");
      tab.page().waitForURL("**text=red+heart**");
    }
  }

  private static FilePayload file(Picture picture) {
    return new FilePayload(picture.name() + ".png", "image/png", picture.png());
  }

  @Test
  void aPictureIsSearchedWithHoweverItComes(PageNode node) {
    Picture picture = node.gallery().named("black heart");
    try (Tab tab = node.searching("")) {
      FileChooser chooser =
          tab.page().waitForFileChooser(() -> tab.button("Search with a picture").click());
      chooser.setFiles(file(picture));
      tab.awaitFirst("black heart");
      remove(tab);
      for (String event : List.of("paste", "drop")) {
        give(tab, event, picture);
        tab.awaitFirst("black heart");
        remove(tab);
      }
      tab.button("Camera").click();
      Locator shutter = tab.button("Take the picture");
      assertThat(shutter).isEnabled();
      shutter.click();
      assertThat(tab.page().locator(".chip")).containsText("photograph");
      tab.awaitSummary("nearest");
    }
  }

  /** Hands a file to the page the way the browser does after the keys or the mouse. */
  private static void give(Tab tab, String event, Picture picture) {
    tab.page()
        .evaluate(
            """
            ([event, base64, name]) => {
              const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
              const data = new DataTransfer();
              data.items.add(new File([bytes], name, { type: "image/png" }));
              const options = { bubbles: true, cancelable: true };
              document.dispatchEvent(event === "paste"
                ? new ClipboardEvent("paste", { ...options, clipboardData: data })
                : new DragEvent("drop", { ...options, dataTransfer: data }));
            }""",
            List.of(event, picture.base64(), picture.name() + ".png"));
  }

  private static void remove(Tab tab) {
    tab.page().locator(".chip .icon-button").first().click();
    tab.awaitSummary(PageNode.PICTURES + " pictures");
  }

  @Test
  void whatIsNoPictureIsSaid(PageNode node) {
    try (Tab tab = node.searching("")) {
      FileChooser chooser =
          tab.page().waitForFileChooser(() -> tab.button("Search with a picture").click());
      chooser.setFiles(
          new FilePayload("notes.png", "image/png", "words".getBytes(StandardCharsets.UTF_8)));
      assertThat(tab.page().locator(".said"))
          .hasText("[notes.png] is not a picture that can be read.");
    }
  }

  @Test
  void inputsHaveWeights(PageNode node) {
    try (Tab tab = node.searching("")) {
      tab.search().fill("red heart");
      tab.search().press("Shift+Enter");
      tab.search().fill("-red");
      tab.search().press("Enter");
      Locator chips = tab.page().locator(".chip");
      assertThat(chips).hasCount(2);
      assertThat(chips.nth(1)).hasClass("chip negative");
      Locator weight = tab.page().getByRole(AriaRole.SLIDER, named("Weight of red").setExact(true));
      assertThat(weight).hasValue("-0.5");
      tab.awaitSummary("nearest");
      tab.awaitThumbnails();
      tab.screenshot("weights");
      Tab.slide(weight, -1.5);
      tab.page().waitForURL("**weight%22%3A-1.5**");
      // away from the red heart
      tab.page()
          .waitForFunction(
              "() => document.querySelector(\".tile[aria-posinset='1'] .tile-title\")"
                  + "?.textContent !== 'red heart'");
    }
  }

  @Test
  void whatIsAvoidedIsNotSearchedForWhileItIsTyped(PageNode node) {
    try (Tab tab = node.searching("&text=red+heart")) {
      tab.awaitFirst("red heart");
      tab.button("Clear the text").click();
      tab.awaitSummary(PageNode.PICTURES + " pictures ·");
      assertThat(tab.search()).isFocused();
      assertThat(tab.button("Clear the text")).isHidden();
      List<String> searches = new ArrayList<>();
      tab.page()
          .onRequest(
              request -> {
                String body = request.url().endsWith("/_search") ? request.postData() : "";
                if (body.contains("\"from\":0,\"size\":60,")) { // not the next hits
                  searches.add(body);
                }
              });
      tab.search().fill("-");
      tab.search().press("Enter");
      tab.search().pressSequentially("blue");
      tab.search().press("Enter");
      assertThat(tab.page().locator(".chip.negative")).hasCount(1);
      tab.awaitSummary("nearest");
      assertEquals(1, searches.size(), searches::toString);
    }
  }

  @Test
  void moreAndLessLikeAHit(PageNode node) {
    try (Tab tab = node.searching("&text=red+heart")) {
      tab.awaitFirst("red heart");
      String second = tab.titles(2).get(1);
      tab.button("More like this: " + second).click(new Locator.ClickOptions().setForce(true));
      assertThat(tab.page().locator(".chip")).containsText(second);
      tab.search().fill("");
      tab.awaitFirst(second);
      tab.button("Less like this: " + second).click(new Locator.ClickOptions().setForce(true));
      assertThat(tab.page().locator(".chip.negative")).containsText(second);
      tab.page().locator(".chip .icon-button").first().click();
      tab.page()
          .waitForFunction(
              "([title]) => document.querySelectorAll('.tile').length > 0 && document"
                  + ".querySelector(\".tile[aria-posinset='1'] .tile-title\").textContent !== title",
              List.of(second));
    }
  }

  private static void filter(Tab tab, String field) {
    tab.page().getByLabel("Add a filter …").selectOption(field);
  }

  @Test
  void filtersComeFromTheMapping(PageNode node) {
    try (Tab tab = node.searching("")) {
      tab.awaitSummary(PageNode.PICTURES + " pictures");
      tab.button("Filters").click();
      filter(tab, "group");
      tab.page().getByLabel("animals").check();
      tab.awaitSummary("50 pictures");
      filter(tab, "rating");
      Locator rating = tab.page().locator("[data-field=rating]");
      rating.getByLabel("From").fill("3");
      tab.awaitSummary("20 pictures");
      filter(tab, "taken");
      tab.page().locator("[data-field=taken]").getByLabel("To").fill("2010-01-01");
      tab.awaitSummary("11 pictures");
      filter(tab, "place");
      Locator place = tab.page().locator("[data-field=place]");
      place.getByLabel("Latitude").fill("48.2");
      place.getByLabel("Longitude").fill("11.5");
      tab.awaitSummary("5 pictures");
      tab.awaitThumbnails();
      tab.screenshot("filters");
      // they hold for vectors too
      tab.search().fill("red heart");
      tab.awaitSummary("5 pictures, the nearest first");
      tab.button("Remove the filter place").click();
      tab.awaitSummary("11 pictures, the nearest first");
    }
  }

  @Test
  void aValueAmongManyIsFound(PageNode node) {
    node.client()
        .ok("PUT", "/many", "{\"mappings\":{\"properties\":{\"tag\":{\"type\":\"keyword\"}}}}");
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      lines.append("{\"index\":{}}\n{\"tag\":\"tag (").append(i).append(")\"}\n");
    }
    lines.append("{\"index\":{}}\n{\"tag\":\"\u00DCber.\"}\n");
    node.client().ok("POST", "/many/_bulk?refresh=true", lines.toString());
    try (Tab tab = node.tab().open("/search?index=many")) {
      tab.awaitSummary("61 pictures");
      tab.button("Filters").click();
      filter(tab, "tag");
      Locator tag = tab.page().locator("[data-field=tag]");
      Locator finder = tag.getByLabel("tag: Find a value");
      finder.fill("TAG (7)");
      assertThat(tag.locator(".value")).hasText(new String[] {"tag (7)1"});
      tag.getByLabel("tag (7)").check();
      tab.awaitSummary("1 pictures");
      finder.fill("\u00FCber.");
      assertThat(tag.locator(".value")).hasText(new String[] {"tag (7)", "\u00DCber.1"});
      tag.getByLabel("\u00DCber.").check();
      tab.awaitSummary("2 pictures");
    } finally {
      node.client().ok("DELETE", "/many", null);
    }
  }

  @Test
  void wordsOfTextFieldsCountToo(PageNode node) {
    try (Tab tab = node.searching("&text=sparkling")) {
      tab.awaitSummary("nearest");
      tab.turn("Words too");
      tab.awaitFirst("sparkling heart");
      tab.awaitSummary("pictures ·");
      tab.page().waitForURL("**words=true**");
      tab.button("Filters").click();
      filter(tab, "rating");
      tab.page().locator("[data-field=rating]").getByLabel("From").fill("4");
      tab.awaitSummary("30 pictures");
    }
  }

  @Test
  void rerankedHitsStandBesideTheFirstStage(PageNode node) {
    try (Tab tab = node.searching("&text=red+heart")) {
      tab.awaitFirst("red heart");
      tab.turn("Rerank");
      tab.turn("Times");
      Locator ranked = tab.page().locator("ol.ranking");
      assertThat(ranked).hasCount(2);
      assertThat(ranked.nth(0).locator("li")).hasCount(50);
      assertThat(ranked.nth(1).locator("li")).hasCount(50);
      assertThat(tab.page().locator(".lines path")).hasCount(50);
      assertNotEquals(
          ranked.nth(0).locator(".tile-title").allTextContents(),
          ranked.nth(1).locator(".tile-title").allTextContents());
      assertTrue(tab.page().locator(".move.up").count() > 0);
      Locator times = tab.page().locator(".times li");
      assertThat(times.filter(new Locator.FilterOptions().setHasText("Matching"))).isVisible();
      assertThat(times.filter(new Locator.FilterOptions().setHasText("First stage"))).isVisible();
      tab.awaitThumbnails();
      tab.screenshot("rerank");
      Tab.slide(tab.page().getByLabel("Cut-off"), 0.5);
      int above = ranked.nth(1).locator("li:not(.below)").count();
      assertTrue(above > 0 && above < 50, () -> "above: " + above);
      assertThat(tab.page().locator(".cutoff output")).hasText(above + " above");
      tab.turn("Rerank");
      assertThat(tab.page().locator(".grid")).isVisible();
    }
  }

  @Test
  void aNodeThatDoesNotAnswerIsNamed(PageNode node) {
    try (Tab tab = node.searching("")) {
      tab.awaitSummary("pictures");
      tab.page().route("**/_search", Route::abort);
      tab.search().fill("red");
      assertThat(tab.page().locator(".results-line + div .error"))
          .containsText(node.client().node().getAuthority() + " does not answer (");
      tab.page().unroute("**/_search");
      tab.search().fill("red heart");
      tab.awaitFirst("red heart");
      assertThat(tab.page().locator(".error")).hasCount(0);
    }
  }

  @Test
  void aCutOffLeavesOutWhatIsFarAway(PageNode node) {
    try (Tab tab = node.searching("&text=red+heart")) {
      tab.awaitFirst("red heart");
      Tab.slide(tab.page().getByLabel("Cut-off"), 0.95);
      tab.awaitSummary("the nearest first");
      int hits = tab.tiles().count();
      assertTrue(hits > 0 && hits < 40, () -> "hits: " + hits);
      assertThat(tab.page().locator(".cutoff output")).hasText(hits + " above");
    }
  }

  @Test
  void everythingWorksByKeyboard(PageNode node) {
    try (Tab tab = node.searching("&text=red+heart")) {
      tab.awaitFirst("red heart");
      tab.page().keyboard().press("/");
      assertThat(tab.search()).isFocused();
      tab.page().keyboard().press("ArrowDown");
      assertThat(tab.page().locator(".tile[aria-posinset='1'] .tile-open")).isFocused();
      tab.page().keyboard().press("ArrowRight");
      tab.page().keyboard().press("ArrowDown");
      Locator focused = tab.page().locator(".tile-open:focus .tile-title");
      String title = focused.textContent();
      tab.page().keyboard().press("Enter");
      assertThat(tab.page().locator("dialog.detail h2")).hasText(title);
      tab.page().keyboard().press("Escape");
      assertThat(tab.page().locator("dialog")).hasCount(0);
      assertThat(focused).hasText(title);
      tab.page().keyboard().press("+");
      assertThat(tab.page().locator(".chip")).containsText(title);
    }
  }

  @Test
  void anIndexThatLacksSomethingSaysWhat(PageNode node) {
    node.client()
        .ok(
            "PUT",
            "/bare",
            """
            { "mappings": { "properties": {
                "clip": { "type": "dense_vector", "dims": 128, "similarity": "cosine" } } } }""");
    try (Tab tab = node.tab().open("/search?index=bare")) {
      Locator gaps = tab.page().locator(".gaps li");
      assertThat(gaps.nth(0)).containsText("The mapping of [clip] names no model");
      assertThat(gaps.nth(1)).containsText("No field with pictures was found");
      assertThat(gaps.nth(2)).containsText("No field with titles was found");
      tab.page().getByLabel("Model").selectOption("emoji-clip");
      tab.search().fill("red heart");
      tab.awaitSummary("Nothing found");
      assertEquals(0, tab.page().locator(".error").count());
    } finally {
      node.client().ok("DELETE", "/bare", null);
    }
  }
}
