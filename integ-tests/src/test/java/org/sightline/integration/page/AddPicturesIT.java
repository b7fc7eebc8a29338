package org.sightline.integration.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.integration.Installation;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;

/** Bringing pictures into an index. */
@ExtendWith(PageExtension.class)
class AddPicturesIT {
  private static final String NEW = "holidays";
  private static final String HOSTILE = "<img src=x onerror=alert(1)>.png";

  @TempDir private Path folder;
  private HttpJson client;

  @AfterEach
  void remove() {
    if (client != null) {
      client.send("DELETE", "/" + NEW, null);
      client.send("DELETE", "/_ingest/pipeline/" + NEW, null);
    }
  }

  private void fill(PageNode node, int count) throws IOException {
    client = node.client();
    Path inner = Files.createDirectories(folder.resolve("trip/2024"));
    List<Picture> pictures = node.gallery().first(count).pictures();
    for (int i = 0; i < count; i++) {
      Path target = i % 2 == 0 ? inner : inner.getParent();
      Files.write(target.resolve("picture_" + i + ".png"), pictures.get(i).png());
    }
  }

  /** Chooses the folder, and waits until the page has looked at it. */
  private void choose(Tab tab, int pictures) {
    tab.page().getByLabel("Choose a folder").last().setInputFiles(folder.resolve("trip"));
    assertThat(tab.page().getByText(pictures + " pictures,")).isVisible();
    tab.page().getByLabel("Index", new Page.GetByLabelOptions().setExact(true)).fill(NEW);
  }

  private static Locator progress(Tab tab) {
    return tab.page().locator("section.progress");
  }

  @Test
  void aFolderBecomesAnIndex(PageNode node) throws IOException {
    fill(node, 40);
    Path trip = folder.resolve("trip");
    Files.writeString(trip.resolve(HOSTILE), "no picture", StandardCharsets.UTF_8);
    Files.writeString(trip.resolve("notes.txt"), "not looked at", StandardCharsets.UTF_8);
    try (Tab tab = node.tab().open("/add")) {
      choose(tab, 41);
      Locator requests = tab.page().locator("pre");
      assertThat(requests).containsText("PUT _ingest/pipeline/" + NEW);
      assertThat(requests).containsText("\"sightline.model_id\": \"emoji-clip\"");
      tab.button("Add them").click();
      assertThat(progress(tab)).containsText("40 of 41 added, 0 there already, 1 failed");
      assertThat(progress(tab).locator(".failures")).containsText(HOSTILE);
      tab.screenshot("add");
      JsonNode document =
          client.ok("GET", "/" + NEW + "/_doc/" + "trip%2Fpicture_1.png", null).get("_source");
      assertEquals("picture 1", document.required("title").asText());
      assertEquals("trip/picture_1.png", document.required("path").asText());
      assertTrue(document.has("photo_digest") && document.has("modified"), document::toString);
      tab.button("Search them").click();
      tab.awaitSummary("40 pictures");
      tab.awaitThumbnails();
    }
    // a second time nothing is sent, but what has changed
    Files.write(trip.resolve("picture_1.png"), node.gallery().named("red heart").png());
    Files.delete(trip.resolve(HOSTILE));
    try (Tab tab = node.tab().open("/add")) {
      choose(tab, 40);
      assertThat(tab.page().locator("pre")).isHidden();
      tab.button("Add them").click();
      assertThat(progress(tab)).containsText("1 of 40 added, 39 there already, 0 failed");
    }
  }

  @Test
  void largePicturesAreMadeSmallerAndLargerOnesThanTheNodeTakesAreNamed(PageNode node)
      throws IOException {
    client = node.client();
    Path trip = Files.createDirectories(folder.resolve("trip"));
    Files.write(trip.resolve("large.png"), noise(1100, 900));
    try (Tab tab = node.tab().open("/add")) {
      choose(tab, 1);
      tab.button("Add them").click();
      assertThat(progress(tab)).containsText("is larger than a request to this node may be");
      tab.page().getByLabel("Longest side").last().selectOption("1024");
      tab.button("Add them").click();
      assertThat(progress(tab)).containsText("1 of 1 added");
      JsonNode source = client.ok("GET", "/" + NEW + "/_search", null).at("/hits/hits/0/_source");
      assertTrue(source.required("photo").asText().length() < 1_000_000);
    }
  }

  /** A PNG of about three bytes a pixel. */
  private static byte[] noise(int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(3);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, random.nextInt());
      }
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(image, "png", new MemoryCacheImageOutputStream(png));
    return png.toByteArray();
  }

  @Test
  void addingCanBeStoppedAndGoesOn(PageNode node) throws IOException {
    fill(node, 200);
    try (Tab tab = node.tab().open("/add")) {
      choose(tab, 200);
      // each bulk takes its time, so that there is one to stop after
      tab.page()
          .route(
              "**/_bulk",
              route -> {
                route.resume();
                tab.page()
                    .evaluate(
                        "() => [...document.querySelectorAll('button')]"
                            + ".find((button) => button.textContent === 'Stop')?.click()");
              });
      tab.button("Add them").click();
      Locator on =
          tab.page().getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Go on"));
      assertThat(on).isVisible();
      client.ok("POST", "/" + NEW + "/_refresh", null);
      int sent = client.ok("GET", "/" + NEW + "/_count", null).required("count").asInt();
      assertTrue(sent < 200, () -> "sent: " + sent);
      tab.page().unroute("**/_bulk");
      on.click();
      assertThat(progress(tab)).containsText("200 of 200 added");
    }
  }

  @Test
  void theGalleryComesFromItsZip(PageNode node) {
    client = node.client();
    try (Tab tab = node.tab().open("/add")) {
      tab.page()
          .getByLabel("Choose files")
          .last()
          .setInputFiles(Installation.checkout().resolve("gallery-demo/gallery/noto.zip"));
      assertThat(tab.page().getByText("3,786 pictures,")).isVisible();
      JsonNode first =
          tab.evaluate(
              """
              import("./folder.js").then(async ({ items }) => {
                const [file] = document.querySelectorAll("input[type=file]")[1].files;
                const [first] = await items([{ file, path: file.name }]);
                return { id: first.id, title: first.title, bytes: (await first.read()).size };
              })""");
      Picture expected =
          node.gallery().pictures().stream()
              .filter(picture -> picture.id().equals(first.required("id").asText()))
              .findFirst()
              .orElseThrow();
      assertEquals(expected.name(), first.required("title").asText());
      assertEquals(expected.png().length, first.required("bytes").asInt());
    }
  }
}
