package org.sightline.integration.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** One picture in its large view, and what can be taken away from a search. */
@ExtendWith(PageExtension.class)
class PictureIT {

  private static Tab opened(PageNode node) {
    Tab tab = node.searching("&text=red+heart");
    tab.page().locator(".tile-open[title='red heart']").click();
    assertThat(tab.page().locator("dialog.detail h2")).hasText("red heart");
    return tab;
  }

  @Test
  void aPictureIsShownWithItsFieldsAndWhatModelsSayOfIt(PageNode node) {
    try (Tab tab = opened(node)) {
      Locator large = tab.page().locator("img.large");
      assertThat(large).hasAttribute("src", Pattern.compile("^blob:.*"));
      assertThat(tab.page().locator("dl.fields")).containsText("animals");
      assertThat(tab.page().locator("dl.fields")).containsText("48.1, 11.6");
      tab.button("Describe it").click();
      assertThat(tab.page().locator(".captions li")).hasCount(3);
      Locator labels = tab.page().getByLabel("Labels, separated by commas");
      labels.fill("cat face, red heart, car");
      labels.press("Enter");
      assertThat(tab.page().locator(".classes li").first()).containsText("red heart");
      assertThat(tab.page().locator(".strip li").first()).isVisible();
      tab.screenshot("picture");
      tab.page().locator(".detail-text").getByText("Near duplicates").scrollIntoViewIfNeeded();
      String title = tab.page().locator(".strip img").first().getAttribute("alt");
      tab.page().locator(".strip button").first().click();
      assertThat(tab.page().locator("dialog.detail h2")).hasText(title);
    }
  }

  /** A picture that is opened before the cluster has said which models it has. */
  @Test
  void whatModelsSayCanBeAskedOnceTheyAreKnown(PageNode node) {
    try (Tab tab = node.tab()) {
      List<Route> held = new CopyOnWriteArrayList<>();
      tab.page().route("**/_sightline/models", held::add);
      tab.open("/search?index=pictures");
      tab.awaitSummary("pictures");
      tab.page().locator(".tile-open").first().click();
      assertThat(tab.page().locator("dl.fields")).isVisible();
      assertThat(tab.button("Describe it")).hasCount(0);
      held.forEach(Route::resume);
      assertThat(tab.button("Describe it")).isVisible();
      assertThat(tab.page().getByLabel("Labels, separated by commas")).isVisible();
    }
  }

  @Test
  void anEqualFileIsMarkedAmongTheNearDuplicates(PageNode node) {
    Picture heart = node.gallery().named("red heart");
    ObjectNode twin = PageNode.document(heart, 1).put("title", "twin of the heart");
    node.client().ok("PUT", "/pictures/_doc/twin?refresh=true", twin.toString());
    try (Tab tab = opened(node)) {
      Locator same = tab.page().locator(".strip li").filter(text("same file"));
      assertThat(same).hasCount(1);
      same.locator("button").click();
      assertThat(tab.page().locator("dialog.detail h2"))
          .hasText(Pattern.compile("red heart|twin of the heart"));
    } finally {
      node.client().ok("DELETE", "/pictures/_doc/twin?refresh=true", null);
    }
  }

  private static Locator.FilterOptions text(String text) {
    return new Locator.FilterOptions().setHasText(text);
  }

  @Test
  void allPicturesOfADocumentAreShown(PageNode node) {
    node.createIndex("albums", "\"number_of_shards\": 1");
    PhotoIndex pictures = new PhotoIndex(node.client(), PageNode.INDEX);
    Picture heart = node.gallery().named("red heart");
    ObjectNode album = PageNode.document(heart, 0).put("title", "an album");
    album.putArray("photo").add(heart.base64()).add(node.gallery().named("black heart").base64());
    for (float component : pictures.vector(heart.id(), "photo_vector")) {
      album.withArray("photo_vector").add(component);
    }
    node.client().ok("PUT", "/albums/_doc/1?refresh=true", album.toString());
    try (Tab tab = node.tab().open("/search?index=albums&text=heart")) {
      tab.awaitFirst("an album");
      tab.page().locator(".tile-open").click();
      Locator others = tab.page().locator(".others button");
      assertThat(others).hasCount(2);
      String first = tab.page().locator("img.large").getAttribute("src");
      others.nth(1).click();
      assertThat(tab.page().locator("img.large")).not().hasAttribute("src", first);
    } finally {
      node.client().ok("DELETE", "/albums", null);
    }
  }

  @Test
  void aSearchCanBeTakenAway(PageNode node) throws IOException {
    String filters =
        "&filters=%7B%22field%22%3A%22group%22%2C%22kind%22%3A%22terms%22%2C%22values"
            + "%22%3A%5B%22animals%22%5D%7D";
    try (Tab tab = node.searching("&text=heart" + filters)) {
      tab.awaitSummary("nearest");
      List<String> shown = tab.titles(10);
      tab.button("Share").click();
      String console = tab.page().locator("dialog pre").textContent();
      assertTrue(console.startsWith("POST pictures/_search\n{"), console);
      JsonNode answer =
          node.client()
              .ok("POST", "/pictures/_search", console.substring(console.indexOf('\n') + 1));
      List<String> found =
          answer.at("/hits/hits").findValuesAsText("title").subList(0, shown.size());
      assertEquals(shown, found);
      assertTrue(answer.at("/hits/hits/0/_source/photo").isMissingNode());
      tab(tab, "curl").click();
      assertThat(tab.page().locator("dialog pre")).containsText("curl -X POST -H");
      tab(tab, "Python").click();
      assertThat(tab.page().locator("dialog pre")).containsText("client.search(index=\"pictures\"");
      tab.screenshot("share");
      Download ids = tab.page().waitForDownload(() -> tab.button("Save ids and scores").click());
      List<String> lines = Files.readAllLines(ids.path());
      assertEquals(PageNode.PICTURES / 3, lines.size(), "all hits, not only those that are loaded");
      assertEquals(
          answer.at("/hits/hits/0/_id").asText(),
          new ObjectMapper().readTree(lines.get(0)).required("_id").asText());
      String link =
          tab.page().getByLabel("Link", new Page.GetByLabelOptions().setExact(true)).inputValue();
      try (Tab other = node.tab()) {
        other.page().navigate(link);
        other.awaitSummary("nearest");
        assertEquals(shown, other.titles(10));
        assertThat(other.search()).hasValue("heart");
      }
    }
  }

  private static Locator tab(Tab tab, String name) {
    return tab.page().getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName(name));
  }

  @Test
  void aLinkCarriesPicturesWeightsAndTheOpenPicture(PageNode node) {
    try (Tab tab = node.searching("&rerank=true&window=20&text=heart")) {
      assertThat(tab.page().locator("ol.ranking")).hasCount(2);
      assertThat(tab.page().locator("ol.ranking").first().locator("li")).hasCount(20);
    }
    try (Tab tab = opened(node)) {
      tab.page().waitForURL("**open=**");
      String link = tab.page().url();
      try (Tab other = node.tab()) {
        other.page().navigate(link);
        assertThat(other.page().locator("dialog.detail dl.fields")).containsText("red heart");
      }
    }
  }

  private static String captions(String text) {
    ObjectNode answer = new ObjectMapper().createObjectNode();
    answer.putArray("captions").addArray().addObject().put("text", text).put("score", -1);
    return answer.toString();
  }

  @Test
  void titlesAndFieldsAreTextWhateverTheySay(PageNode node) {
    String attack = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>";
    ObjectNode document = PageNode.document(node.gallery().named("red heart"), 0);
    document.put("title", attack).put("group", attack);
    node.createIndex("hostile", "\"default_pipeline\": \"pictures\"");
    node.client()
        .ok("PUT", "/hostile/_doc/" + "%3Cimg%20src=x%3E?refresh=true", document.toString());
    try (Tab tab = node.tab()) {
      tab.page()
          .onDialog(
              dialog -> {
                throw new AssertionError("a script ran: " + dialog.message());
              });
      tab.open("/search?index=hostile&text=heart");
      assertThat(tab.page().locator(".tile-title")).hasText(attack);
      tab.page().locator(".tile-open").click();
      assertThat(tab.page().locator("dialog.detail h2")).hasText(attack);
      assertThat(tab.page().locator("dl.fields")).containsText(attack);
      tab.page()
          .route(
              "**/_caption",
              route ->
                  route.fulfill(
                      new Route.FulfillOptions()
                          .setContentType("application/json")
                          .setBody(captions(attack))));
      tab.button("Describe it").click();
      assertThat(tab.page().locator(".captions li")).containsText(attack);
      tab.button("More like this").click();
      assertThat(tab.page().locator(".chip-label")).hasText(attack);
      tab.button("Filters").click();
      tab.page().getByLabel("Add a filter …").selectOption("group");
      assertThat(tab.page().locator(".value").first()).containsText(attack);
      assertEquals(0, tab.page().locator("img[src='x'], script:not([type])").count());
    } finally {
      node.client().ok("DELETE", "/hostile", null);
    }
  }
}
