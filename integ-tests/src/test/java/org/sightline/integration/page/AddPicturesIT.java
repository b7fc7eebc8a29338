package org.sightline.integration.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.integration.Installation;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Exif;
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
    Files.writeString(trip.resolve(HOSTILE), "BM is how a bitmap begins", StandardCharsets.UTF_8);
    Files.writeString(trip.resolve("notes.png"), "not sent", StandardCharsets.UTF_8);
    try (Tab tab = node.tab().open("/add")) {
      choose(tab, 41);
      assertThat(tab.page().getByText("; 1 other files")).isVisible();
      assertThat(tab.page().locator(".warning")).containsText("knows emoji and nothing else");
      Locator requests = tab.page().locator("pre");
      assertThat(requests).containsText("PUT _ingest/pipeline/" + NEW);
      assertThat(requests).containsText("\"sightline.model_id\": \"emoji-clip\"");
      tab.button("Add them").click();
      assertThat(progress(tab)).containsText("40 of 41 added, 0 there already, 1 failed");
      assertThat(progress(tab).locator(".failures")).containsText(HOSTILE);
      tab.screenshot("add");
      JsonNode document = client.ok("GET", "/" + NEW + "/_doc/picture_1.png", null).get("_source");
      assertEquals("picture 1", document.required("name").asText());
      assertEquals("picture_1.png", document.required("path").asText());
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

  /** What only the command reads: EXIF in old forms, and TIFFs that may have more than 4 GB. */
  private static final Set<String> READ_BY_THE_COMMAND =
      Set.of("big.tif", "raw-profile-packed-6.png", "raw-profile-plain-6.png", "xmp-packed-8.png");

  /**
   * A folder with pictures of every format, as cameras and programs write them.
   *
   * @return how many
   */
  private int fillWithEveryFormat(PageNode node) throws IOException {
    Path trip = Files.createDirectories(folder.resolve("trip"));
    Path formats =
        Installation.checkout().resolve("model-runtime/src/test/fixtures/images-formats");
    int pictures = 0;
    try (Stream<Path> files = Files.list(formats)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.matches(".*\\.(json|bin)") == false
            && READ_BY_THE_COMMAND.contains(name) == false) {
          Files.copy(file, trip.resolve(name));
          pictures++;
        }
      }
    }
    byte[] jpeg = Files.readAllBytes(formats.resolve("baseline-420.jpg"));
    String[] taken = {"2019:05:01 12:30:15", "0000:00:00 00:00:00", "1904:13:01 00:00:00"};
    for (int i = 0; i < taken.length; i++) {
      Exif exif = new Exif("Canon", i == 0 ? "Canon EOS 5D" : "5D", taken[i], -33.25, 18.5, 6);
      Files.write(trip.resolve("\u00DCber_see" + i + ".jpg"), exif.in(jpeg));
    }
    Exif nowhere = new Exif("", "", "2019:05:01 12:30", 0, 0, 1);
    Files.write(trip.resolve("nowhere.jpg"), nowhere.in(jpeg));
    byte[] png = node.gallery().named("red heart").png();
    Path deep = trip.resolve("a".repeat(200) + "/" + "b".repeat(200) + "/" + "c".repeat(200));
    Files.write(Files.createDirectories(deep).resolve("long.v2.png"), png);
    Files.write(Files.createDirectories(trip.resolve(".hidden")).resolve("0.png"), png);
    Files.write(
        trip.resolve("phone.heic"), "\0\0\0\u0018ftypheic".getBytes(StandardCharsets.ISO_8859_1));
    return pictures + taken.length + 2;
  }

  private JsonNode made(String index) {
    ObjectNode made = new ObjectMapper().createObjectNode();
    made.set("mapping", client.ok("GET", "/" + index + "/_mapping", null).findPath("properties"));
    made.set(
        "pipeline",
        client.ok("GET", "/_ingest/pipeline/" + index, null).required(index).get("processors"));
    JsonNode hits =
        client
            .ok(
                "POST",
                "/" + index + "/_search",
                "{ \"size\": 1000, \"sort\": \"path\", \"_source\":"
                    + " { \"excludes\": [\"photo_vector\"] } }")
            .at("/hits/hits");
    for (JsonNode hit : hits) {
      made.set(hit.required("_id").asText(), hit.required("_source"));
    }
    return made;
  }

  /** Mapping, pipeline, ids and fields are those of {@code sightline-models index}. */
  @Test
  void theCommandGoesOnWhereThePageEnded(PageNode node) throws IOException {
    client = node.client();
    int pictures = fillWithEveryFormat(node);
    String trip = folder.resolve("trip").toString();
    try (Tab tab = node.tab().open("/add")) {
      choose(tab, pictures);
      assertThat(tab.page().getByText("(HEIC 1)")).isVisible();
      tab.button("Add them").click();
      assertThat(progress(tab))
          .containsText(pictures + " of " + pictures + " added, 0 there already, 0 failed");
    }
    String url = client.node().toString();
    String said = node.command("index", trip, "--url", url, "--index", NEW);
    assertTrue(said.contains("0 indexed, " + pictures + " unchanged, 0 removed, 0 failed"), said);
    try {
      node.command("index", trip, "--url", url, "--index", "by-command");
      assertEquals(made("by-command").toPrettyString(), made(NEW).toPrettyString());
    } finally {
      client.send("DELETE", "/by-command", null);
      client.send("DELETE", "/_ingest/pipeline/by-command", null);
    }
  }

  @Test
  void aPipelineOfSomebodyElseStays(PageNode node) throws IOException {
    fill(node, 2);
    String own = "{\"processors\":[{\"image_text_embedding\":{\"model_id\":\"emoji-blip\",";
    client.ok(
        "PUT",
        "/_ingest/pipeline/" + NEW,
        own
            + "\"input_output\":[{\"input_field\":\"p\",\"input_type\":\"image\","
            + "\"output_field\":\"v\"}]}}]}");
    try (Tab tab = node.tab().open("/add")) {
      choose(tab, 2);
      tab.button("Add them").click();
      assertThat(tab.page().locator(".said"))
          .containsText("There is a pipeline [" + NEW + "] already that does something else");
      assertEquals(404, client.send("GET", "/" + NEW, null).status());
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
      client.ok("POST", "/" + NEW + "/_refresh", null);
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
  void whoLeavesTheViewIsToldThatAddingStopped(PageNode node) throws IOException {
    fill(node, 40);
    try (Tab tab = node.tab().open("/add")) {
      choose(tab, 40);
      List<Route> held = new CopyOnWriteArrayList<>();
      tab.page().route("**/_bulk", held::add);
      tab.button("Add them").click();
      tab.page().waitForCondition(() -> held.isEmpty() == false);
      tab.page().getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Models")).click();
      assertThat(tab.page().locator(".said"))
          .hasText("Adding was stopped. Choose the same pictures again to go on.");
      held.forEach(Route::abort); // would make the index again after this test has removed it
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
                const { pictures: [first] } = await items([{ file, path: file.name }]);
                return { id: first.id, name: first.name, bytes: (await first.read()).size };
              })""");
      Picture expected =
          node.gallery().pictures().stream()
              .filter(picture -> picture.id().equals(first.required("id").asText()))
              .findFirst()
              .orElseThrow();
      assertEquals(expected.name(), first.required("name").asText());
      assertEquals(expected.png().length, first.required("bytes").asInt());
    }
  }
}
