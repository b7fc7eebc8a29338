package org.sightline.integration.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Browser.NewContextOptions;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every view for everybody: light and dark, on a phone, in German, and by axe's rules. */
@ExtendWith(PageExtension.class)
class AccessiblePageIT {

  private static void visitAll(PageNode node, NewContextOptions options, String name) {
    try (Tab tab = node.tab(options)) {
      tab.open("/start");
      assertThat(tab.page().locator(".card").first()).containsText("documents");
      tab.awaitThumbnails();
      tab.assertAccessible(name + ": start");
      tab.page().navigate("about:blank");
      tab.open(
          "/search?index=pictures&text=red+heart&times=true&filters=%7B%22field%22%3A%22group%22"
              + "%2C%22kind%22%3A%22terms%22%2C%22values%22%3A%5B%22people%22%5D%7D"
              + "&chips=%7B%22kind%22%3A%22text%22%2C%22value%22%3A%22blue%22%2C%22weight%22"
              + "%3A-0.5%7D");
      assertThat(tab.page().locator(".times li").first()).isVisible();
      assertThat(tab.page().locator(".value").first()).isVisible();
      tab.awaitThumbnails();
      tab.assertAccessible(name + ": search");
      tab.screenshot(name + "-search");
      tab.turn("Rerank");
      assertThat(tab.page().locator("ol.ranking li").first()).isVisible();
      tab.awaitThumbnails();
      tab.assertAccessible(name + ": rerank");
      tab.screenshot(name + "-rerank");
      tab.page().locator("ol.ranking button").first().click();
      assertThat(tab.page().locator("dl.fields")).isVisible();
      assertThat(tab.page().locator(".strip li").first()).isVisible();
      tab.assertAccessible(name + ": picture");
      tab.screenshot(name + "-picture");
      tab.page().keyboard().press("Escape");
      tab.button("Share").click();
      tab.assertAccessible(name + ": take away");
      tab.page().navigate("about:blank");
      tab.open("/models");
      assertThat(tab.page().locator("[data-node]")).isVisible();
      tab.assertAccessible(name + ": models");
      tab.page().navigate("about:blank");
      tab.open("/add");
      assertThat(tab.page().locator("pre")).isVisible();
      tab.assertAccessible(name + ": add");
    }
  }

  @Test
  void lightAndDark(PageNode node) {
    visitAll(node, Browser.desktop(), "desktop");
  }

  @Test
  void onAPhone(PageNode node) {
    visitAll(node, Browser.phone(), "phone");
    try (Tab tab = node.tab(Browser.phone()).open("/search?index=pictures&text=red+heart")) {
      tab.awaitFirst("red heart");
      JsonNode wider =
          tab.evaluate(
              "document.documentElement.scrollWidth > document.documentElement.clientWidth");
      assertEquals(false, wider.asBoolean(), "nothing is wider than the phone");
    }
  }

  @Test
  void inGerman(PageNode node) {
    try (Tab tab = node.tab(Browser.desktop().setLocale("de-DE"))) {
      tab.open("/search?index=pictures&text=red+heart");
      assertThat(tab.page().locator("html")).hasAttribute("lang", "de");
      tab.awaitSummary("150 Bilder, die nächsten zuerst");
      tab.page().locator(".tile").first().hover();
      assertThat(tab.page().locator(".tile .score").first()).hasText(Pattern.compile("0,\\d{3}"));
      tab.screenshot("german");
      tab.button("English").click();
      tab.awaitSummary("150 pictures, the nearest first");
      assertThat(tab.page().locator("html")).hasAttribute("lang", "en");
    }
  }

  @Test
  void everyTextIsThereInBothLanguages(PageNode node) {
    try (Tab tab = node.tab().open("/start")) {
      JsonNode wrong =
          tab.evaluate(
              """
              import("./texts.js").then(({ TEXTS }) => Object.entries(TEXTS)
                .filter(([, texts]) => texts.length !== 2 || texts.some((text) => !text.trim())
                  || new Set(texts.map((text) => (text.match(/\\\\{\\\\w+\\\\}/g) ?? []).sort().join())).size > 1)
                .map(([key]) => key))""");
      assertEquals(List.of(), wrong.findValuesAsText(""), wrong::toString);
      assertEquals(0, wrong.size(), wrong::toString);
    }
  }
}
