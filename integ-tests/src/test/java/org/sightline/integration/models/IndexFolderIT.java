package org.sightline.integration.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.integration.Installation;
import org.sightline.testsupport.cluster.ClusterException;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Exif;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.web.HubServer;

/** A folder of mixed files that becomes an index, changes, and is taken up again. */
class IndexFolderIT {
  private static final String SEARCH =
      "{\"query\":{\"image_text\":{\"field\":\"photo_vector\",\"input\":\"red heart\"}}}";
  private static final String COMMAND = "sightline/sightline-models";
  private static final int PNGS = 80;
  private static final int JPEGS = 20;
  private static final Gallery GALLERY = Installation.gallery();

  /** As the demo reads it. */
  private static final Pattern COUNTS =
      Pattern.compile(
          "(\\d+ indexed, \\d+ unchanged, \\d+ removed, \\d+ failed, .*); model (\\S+), [0-9.]+ s");

  private static Distribution distribution;
  private static ElasticsearchCluster cluster;
  private static HttpJson client;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    distribution = Installation.unpack("index-folder");
    NodeSpec small = NodeSpec.small("pictures").with("http.max_content_length", "1mb");
    cluster = ElasticsearchCluster.of(distribution, "index-folder", small).start();
    client = new HttpJson(cluster.http());
  }

  @AfterAll
  static void stop() {
    client.close();
    cluster.close();
    distribution.delete();
  }

  private void write(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  /** 100 pictures that are whole, one that is not, and six other files. */
  private void fill() throws IOException {
    for (int i = 0; i < PNGS; i++) {
      write((i % 2 == 0 ? "holidays 2026/" : "") + i + ".png", GALLERY.get(i * 7).png());
    }
    write("holidays 2026/red_heart.png", GALLERY.named("red heart").png());
    Exif camera = new Exif("Canon", "Canon EOS 5D", "2019:05:01 12:30:15", 52.52, 13.405, 1);
    for (int i = 0; i < JPEGS - 1; i++) {
      write("\u00DCbersee/Stra\u00DFe/" + i + ".jpg", camera.in(jpeg(GALLERY.get(i * 11 + 1))));
    }
    byte[] whole = GALLERY.get(5).png();
    write("holidays 2026/cut.png", Arrays.copyOf(whole, whole.length / 2));
    for (int i = 0; i < 5; i++) {
      write("notes/" + i + ".txt", "words".getBytes(StandardCharsets.US_ASCII));
    }
    write("phone.heic", "\0\0\0\u0018ftypheic".getBytes(StandardCharsets.ISO_8859_1));
    write(".thumbnails/0.png", whole);
  }

  private static byte[] jpeg(Picture picture) throws IOException {
    BufferedImage image =
        ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(picture.png())));
    BufferedImage opaque =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = opaque.createGraphics();
    graphics.drawImage(image, 0, 0, Color.WHITE, null);
    graphics.dispose();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(opaque, "jpg", bytes);
    return bytes.toByteArray();
  }

  private String index(String... more) {
    List<String> words = new ArrayList<>(List.of("index", folder.toString()));
    words.addAll(List.of("--url", cluster.http().toString(), "--index", "photos"));
    words.addAll(Arrays.asList(more));
    return run(words);
  }

  private static String run(List<String> words) {
    return cluster.node(0).run(COMMAND, words.toArray(String[]::new));
  }

  private static String counts(String said) {
    Matcher counts = COUNTS.matcher(said);
    assertTrue(counts.find(), said);
    assertEquals("emoji-clip", counts.group(2));
    return counts.group(1);
  }

  private static JsonNode search(String body) {
    return client.ok("POST", "/photos/_search", body).at("/hits/hits");
  }

  private static long count() {
    return client.ok("GET", "/photos/_count", null).required("count").asLong();
  }

  /** The lines of a page that run the command. */
  private static List<String> commands(String page) throws IOException {
    try (Stream<String> lines = Files.lines(Installation.checkout().resolve(page))) {
      return lines.filter(line -> line.startsWith("bin/" + COMMAND + " ")).toList();
    }
  }

  /** With a hub that has the model of the catalogue in its layout, and weights that say nothing. */
  @Test
  void theCommandsOfTheReadmeLeadToASearch() throws IOException {
    List<String> commands = commands("README.md");
    assertEquals(commands, commands("docs/own-pictures.md"));
    fill();
    Files.delete(folder.resolve("holidays 2026/cut.png"));
    StringBuilder said = new StringBuilder();
    try (HubServer hub = new HubServer("onnx-community/siglip2-base-patch16-224-ONNX")) {
      hub.with(Installation.checkout().resolve("model-runtime/src/test/fixtures/hub-siglip2"));
      Matcher pinned =
          Pattern.compile("@([0-9a-f]{40})").matcher(run(List.of("catalog", "siglip2-base")));
      assertTrue(pinned.find());
      hub.revisions.add(pinned.group(1));
      for (String command : commands) {
        List<String> words =
            Arrays.stream(command.split(" "))
                .skip(1)
                .map(word -> word.replace("http://localhost:9200", cluster.http().toString()))
                .map(word -> word.replace("path/to/pictures", folder.toString()))
                .map(word -> word.equals("photos") ? "readme" : word)
                .collect(Collectors.toCollection(ArrayList::new));
        if (words.get(0).equals("install")) {
          words.addAll(List.of("--hub", hub.address()));
        }
        said.append(command).append('\n').append(run(words));
      }
    }
    try {
      assertTrue(said.toString().contains("100 indexed, "), said::toString);
      assertTrue(said.toString().contains("; model siglip2-base, "), said::toString);
      assertFalse(said.toString().contains("WARNING"), said::toString);
      JsonNode hits = client.ok("POST", "/readme/_search", SEARCH).at("/hits/hits");
      assertEquals(10, hits.size(), said::toString);
    } finally {
      client.ok("DELETE", "/readme", null);
      client.ok("DELETE", "/_ingest/pipeline/readme", null);
      client.ok("DELETE", "/_sightline/models/siglip2-base", null);
    }
  }

  @Test
  void aFolderIsIndexedSearchedAndTakenUpAgain() throws IOException {
    fill();
    String said =
        assertThrows(ClusterException.class, () -> index("--rerank", "emoji-blip")).getMessage();
    assertTrue(said.contains(" ended with 1:"), said);
    assertTrue(said.contains("holidays 2026/cut.png  [photo] is a damaged"), said);
    assertTrue(said.contains("WARNING: the model [emoji-clip] knows emoji"), said);
    assertEquals(
        "100 indexed, 0 unchanged, 0 removed, 1 failed, 6 other files (HEIC 1)", counts(said));
    assertEquals(100, count());
    searches(said);

    Files.delete(folder.resolve("holidays 2026/cut.png"));
    write("1.png", GALLERY.named("green apple").png());
    assertEquals(
        "1 indexed, 99 unchanged, 0 removed, 0 failed, 6 other files (HEIC 1)", counts(index()));
    JsonNode changed = client.ok("GET", "/photos/_doc/1.png", null).required("_source");
    assertEquals(GALLERY.named("green apple").base64(), changed.required("photo").asText());

    Files.delete(folder.resolve("\u00DCbersee/Stra\u00DFe/0.jpg"));
    Files.move(folder.resolve("3.png"), folder.resolve("moved.png"));
    assertEquals(
        "1 indexed, 98 unchanged, 2 removed, 0 failed, 6 other files (HEIC 1)",
        counts(index("--prune")));
    assertEquals(99, count());

    String other =
        assertThrows(ClusterException.class, () -> index("--model", "emoji-blip")).getMessage();
    assertTrue(other.contains("the vectors of [photos] are of the model [emoji-clip]"), other);
    assertEquals(99, count());
    withoutPictures();
  }

  /** The searches that the command shows, and its fields. */
  private void searches(String said) {
    Matcher shown =
        Pattern.compile("POST photos/_search\n(\\{.*?\n\\})", Pattern.DOTALL).matcher(said);
    for (int i = 0; i < 2; i++) {
      assertTrue(shown.find(), said);
      JsonNode hits = search(shown.group(1));
      assertEquals("holidays 2026/red_heart.png", hits.at("/0/_source/path").asText());
      assertFalse(hits.at("/0/_source").has("photo"), hits::toString);
    }
    JsonNode taken =
        search(
            """
            { "size": 50, "query": { "bool": { "filter": [
              { "term": { "camera": "Canon EOS 5D" } },
              { "term": { "folder": "\u00DCbersee/Stra\u00DFe" } },
              { "range": { "taken": { "gte": "2019-05-01", "lt": "2019-05-02" } } },
              { "geo_distance": { "distance": "1km", "place": { "lat": 52.52, "lon": 13.405 } } }
            ] } }, "_source": { "excludes": [ "photo" ] } }""");
    assertEquals(JPEGS - 1, taken.size());
    JsonNode named = search("{ \"query\": { \"match\": { \"name\": \"heart\" } } }");
    assertEquals("holidays 2026/red_heart.png", named.at("/0/_id").asText());
    assertEquals(64, named.at("/0/_source/width").asInt());
  }

  private void withoutPictures() {
    client.ok("DELETE", "/photos", null);
    client.ok("DELETE", "/_ingest/pipeline/photos", null);
    String said = index("--without-pictures", "--shrink", "48");
    assertEquals(
        "99 indexed, 0 unchanged, 0 removed, 0 failed, 6 other files (HEIC 1)", counts(said));
    JsonNode hits = search(SEARCH);
    assertEquals("holidays 2026/red_heart.png", hits.at("/0/_id").asText());
    assertFalse(hits.at("/0/_source").has("photo"), hits::toString);
    assertEquals(64, hits.at("/0/_source/width").asInt());
  }
}
