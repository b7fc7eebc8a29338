package org.sightline.integration.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** Many hits, and how long they take; times are printed and not judged. */
@ExtendWith(PageExtension.class)
class EndlessIT {
  private static final String INDEX = "endless";
  private static final int HITS = 10_000;
  private static final int BULK = 200;

  private static final double KILOBYTES = 1024;
  private static final double MOST_MEGABYTES = 300;

  /** The place of the last tile that is in the document. */
  private static final String LAST_PLACE =
      "Math.max(0, ...[...document.querySelectorAll('.tile')]"
          + ".map((tile) => Number(tile.getAttribute('aria-posinset'))))";

  /** The pictures of the demo's gallery, again and again, in the order of chance for each text. */
  @BeforeAll
  static void createIndex(PageNode node) {
    node.browser(); // or the tests are skipped before the index is made
    node.createIndex(INDEX, "\"number_of_shards\": 1, \"refresh_interval\": \"-1\"", "flat");
    Random random = new Random(7);
    List<Picture> pictures = node.gallery().pictures();
    PhotoIndex index = new PhotoIndex(node.client(), INDEX);
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < HITS; i++) {
      ObjectNode document = PageNode.document(pictures.get(i % pictures.size()), i);
      document.put("title", "picture " + i);
      ArrayNode vector = document.putArray("photo_vector");
      for (int j = 0; j < 128; j++) {
        vector.add(Math.round(random.nextGaussian() * 1000) / 1000.0);
      }
      lines.append("{\"index\":{\"_id\":\"").append(i).append("\"}}\n");
      lines.append(document).append('\n');
      if ((i + 1) % BULK == 0 || i + 1 == HITS) {
        node.client().ok("POST", "/" + index.name() + "/_bulk", lines.toString());
        lines.setLength(0);
      }
    }
    node.client().ok("POST", "/" + INDEX + "/_refresh", null);
  }

  @AfterAll
  static void deleteIndex(PageNode node) {
    node.client().send("DELETE", "/" + INDEX, null);
  }

  /** Memory of the browser's processes that show pages, as Linux counts it. */
  private static double megabytes() {
    return ProcessHandle.current()
        .descendants()
        .map(process -> Path.of("/proc", Long.toString(process.pid())))
        .filter(process -> text(process.resolve("cmdline")).contains("--type=renderer"))
        .mapToDouble(EndlessIT::anonymousKilobytes)
        .map(kilobytes -> kilobytes / KILOBYTES)
        .sum();
  }

  private static double anonymousKilobytes(Path process) {
    return text(process.resolve("status"))
        .lines()
        .filter(line -> line.startsWith("RssAnon:"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
        .sum();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return ""; // the process has ended in the meantime
    }
  }

  @Test
  void tenThousandHitsScrollInLittleMemory(PageNode node) {
    List<String> seen = new ArrayList<>();
    try (Tab tab = node.tab().open("/search?index=" + INDEX + "&text=red+heart")) {
      tab.awaitSummary("nearest");
      double before = megabytes();
      int last = 0;
      while (last < HITS) {
        tab.page().evaluate("() => scrollTo(0, document.body.scrollHeight)");
        tab.page().waitForFunction("(last) => " + LAST_PLACE + " > last", last);
        last = tab.evaluate(LAST_PLACE).asInt();
        seen.addAll(tab.page().locator(".tile .tile-title").allTextContents());
      }
      tab.awaitThumbnails();
      double after = megabytes();
      System.out.printf(
          Locale.ROOT,
          "page: %,d hits take %.0f MB, the first ones %.0f MB%n",
          HITS,
          after,
          before);
      assertTrue(after > 0, "the browser's process was not found");
      assertTrue(after - before < MOST_MEGABYTES, () -> after - before + " MB");
      int tiles = tab.tiles().count();
      assertTrue(tiles < 150, () -> tiles + " tiles in the document");
      assertTrue(seen.stream().distinct().count() > 500, "different pictures on the way");
      tab.page().evaluate("() => scrollTo(0, 0)");
      assertThat(tab.page().locator(".tile[aria-posinset='1']")).isVisible();
    }
  }

  @Test
  void fromTheKeyToTheFirstThumbnails(PageNode node) {
    try (Tab tab = node.tab().open("/search?index=" + INDEX)) {
      tab.awaitSummary("pictures");
      tab.awaitThumbnails();
      List<Double> times = new ArrayList<>();
      for (String text :
          List.of("hear", "red heart", "face", "black heart", "cat", "smiling cat")) {
        JsonNode measured = tab.evaluate(untilThumbnails(text));
        times.add(measured.required("all").asDouble() - measured.required("took").asDouble());
      }
      times.sort(null);
      System.out.printf(
          Locale.ROOT,
          "page: from the key to the first thumbnails %.0f ms beside the search, median of %d%n",
          times.get(times.size() / 2),
          times.size());
    }
  }

  /** Types, and waits until the first row of the new hits is to be seen. */
  private static String untilThumbnails(String text) {
    return PhotoIndex.json(
        """
    (async () => {
      const field = document.querySelector("input.query");
      const before = document.querySelector(".summary").textContent;
      let took = 0;
      const fetched = new Promise((done) => {
        const real = window.fetch;
        window.fetch = async (...request) => {
          const answer = await real(...request);
          if (String(request[0]).endsWith("/_search")) {
            took = (await answer.clone().json()).took;
            window.fetch = real;
            done();
          }
          return answer;
        };
      });
      const begun = performance.now();
      field.value = "%s";
      field.dispatchEvent(new Event("input", { bubbles: true }));
      await fetched;
      const ready = () => {
        const tiles = [1, 2, 3, 4, 5, 6].map((n) =>
          document.querySelector(`.tile[aria-posinset="${n}"] img`));
        return document.querySelector(".results").getAttribute("aria-busy") === "false"
          && tiles.every((image) => image?.complete && image.naturalWidth > 0);
      };
      while (!ready()) {
        await new Promise((next) => requestAnimationFrame(next));
      }
      return { all: performance.now() - begun, took };
    })()""",
        text);
  }
}
