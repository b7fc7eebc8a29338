package org.sightline.integration.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The view of models and nodes. */
@ExtendWith(PageExtension.class)
class StatusPageIT {

  @Test
  void modelsNodesAndWhatNeedsSomebody(PageNode node) {
    try (Tab tab = node.tab().open("/models")) {
      Page page = tab.page();
      Locator clip = page.locator("[data-model=emoji-clip]");
      assertThat(clip).containsText("embeds images");
      assertThat(clip.locator(".state")).hasText("loaded");
      assertThat(page.locator("[data-node=page-node]")).containsText("Model memory");
      Locator notice = page.locator(".notices li").first();
      assertThat(notice).containsText("Model broken cannot be used on page-node.");
      assertThat(notice).containsText("sightline-models verify");
      assertThat(page.locator("table")).containsText("run the model");
      tab.screenshot("models", true);
    }
  }

  @Test
  void aNodeThatDoesNotAnswerIsAskedAgain(PageNode node) {
    try (Tab tab = node.tab()) {
      Page page = tab.page();
      page.clock().install();
      page.route("**/_sightline/stats", Route::abort);
      tab.open("/models");
      assertThat(page.locator("main .error")).containsText("does not answer");
      page.unroute("**/_sightline/stats");
      page.clock().fastForward(5_000);
      assertThat(page.locator("[data-node=page-node]")).isVisible();
    }
  }

  @Test
  void modelsAreLoadedAndUnloaded(PageNode node) {
    try (Tab tab = node.tab().open("/models")) {
      Locator blip = tab.page().locator("[data-model=emoji-blip]");
      blip.getByText("Load", new Locator.GetByTextOptions().setExact(true))
          .or(blip.getByText("Unload"))
          .first()
          .waitFor();
      if (blip.getByText("Unload").count() == 0) {
        blip.getByText("Load", new Locator.GetByTextOptions().setExact(true)).click();
      }
      blip.getByText("Unload").click();
      assertThat(blip.locator(".state")).hasText("available");
      blip.getByText("Load", new Locator.GetByTextOptions().setExact(true)).click();
      assertThat(blip.locator(".state")).hasText("loaded");
    }
  }
}
