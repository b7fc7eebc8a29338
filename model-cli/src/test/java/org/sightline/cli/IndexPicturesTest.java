package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The command {@code index} with a folder and a cluster; none waits for ever. */
@Timeout(120)
class IndexPicturesTest extends CommandTestCase {
  /** What every picture begins with; the server reads no further. */
  private static final String PNG = "\u0089PNG\r\n\u001A\n";

  private final IndexServer cluster = new IndexServer();
  private Path folder;

  @BeforeEach
  void prepare() throws IOException {
    folder = Files.createDirectories(temporary.resolve("pictures"));
    placeholders.put(cluster.address(), "CLUSTER");
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private void write(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content.getBytes(StandardCharsets.ISO_8859_1));
  }

  private Result index(String... more) {
    Stream<String> command =
        Stream.of("index", folder.toString(), "--url", cluster.address(), "--index", "photos");
    return run(Stream.concat(command, Stream.of(more)).toArray(String[]::new));
  }

  /** The line that counts. */
  private static String counts(Result result) {
    return result
        .out()
        .lines()
        .filter(line -> line.contains(" indexed, "))
        .map(line -> line.replaceFirst(", [0-9.]+ s$", ""))
        .collect(Collectors.joining());
  }

  @Test
  void aFolderBecomesAnIndexAndIsTakenUpAgain() throws IOException {
    write("a.png", PNG + "1");
    write("sub folder/b.png", PNG + "2");
    write("notes.txt", "words");
    Result result = index("--model", "emoji-clip");
    assertDone(result);
    assertEquals(
        "2 indexed, 0 unchanged, 0 removed, 0 failed, 1 other files; model emoji-clip",
        counts(result));
    assertContains("WARNING: the model [emoji-clip] knows emoji and nothing else", result.err());
    assertEquals(Set.of("a.png", "sub folder/b.png"), cluster.documents.keySet());
    assertEquals(
        "{\"settings\":{\"index.default_pipeline\":\"photos\"}}",
        without(cluster.index, "mappings").toString());
    JsonObject fields = cluster.index.getAsJsonObject("mappings").getAsJsonObject("properties");
    assertTrue(fields.has("photo_vector") && fields.has("place"), fields::toString);
    assertFalse(fields.has("title") || fields.has("title_vector"), fields::toString);
    String pipeline = cluster.pipelines.get("photos").toString();
    assertFalse(pipeline.contains("title") || pipeline.contains("remove_binary"), pipeline);
    assertContains("PUT _ingest/pipeline/photos\n{", result.out());
    assertContains("POST photos/_search\n{", result.out());

    int before = cluster.bulks.size();
    assertEquals(
        "0 indexed, 2 unchanged, 0 removed, 0 failed, 1 other files; model emoji-clip",
        counts(index()));
    assertEquals(before, cluster.bulks.size(), "nothing is sent");

    // the same size and another time, another size and the same time
    FileTime then = Files.getLastModifiedTime(folder.resolve("a.png"));
    write("a.png", PNG + "longer");
    Files.setLastModifiedTime(folder.resolve("a.png"), then);
    Files.setLastModifiedTime(folder.resolve("sub folder/b.png"), FileTime.from(Instant.EPOCH));
    write("c.png", PNG + "3");
    assertEquals(
        "3 indexed, 0 unchanged, 0 removed, 0 failed, 1 other files; model emoji-clip",
        counts(index()));
  }

  private static JsonObject without(JsonObject object, String name) {
    JsonObject copy = object.deepCopy();
    copy.remove(name);
    return copy;
  }

  @Test
  void pruneRemovesWhatIsGoneAndNotAnotherFolder() throws IOException {
    write("a.png", PNG);
    write("b.png", PNG);
    assertDone(index());
    cluster.documents.put("foreign", new JsonObject());
    cluster.documents.get("foreign").addProperty("path", "elsewhere.png");
    Files.delete(folder.resolve("b.png"));
    assertEquals(
        "0 indexed, 1 unchanged, 0 removed, 0 failed, 0 other files; model emoji-clip",
        counts(index()));
    assertEquals(3, cluster.documents.size());
    assertEquals(
        "0 indexed, 1 unchanged, 2 removed, 0 failed, 0 other files; model emoji-clip",
        counts(index("--prune")));
    assertEquals(Set.of("a.png"), cluster.documents.keySet());

    Files.delete(folder.resolve("a.png"));
    write("other.png", PNG);
    assertFailed(
        "--prune would remove all 1 documents of [photos], for none of their files is in"
            + " [TMP/pictures]: is it the folder that was indexed? If it is, delete the index",
        index("--prune"));
    assertEquals(Set.of("a.png"), cluster.documents.keySet());
  }

  @Test
  void whatFailsIsListedAndTriedAgain() throws IOException {
    write("a.png", PNG);
    for (int i = 0; i < 22; i++) {
      write("b/" + (10 + i) + ".png", PNG + "broken");
    }
    Result result = index();
    assertFailed(
        "files that are not in [photos]: 22, the first of them with their reasons above; the same"
            + " command tries them again and leaves out what is there",
        result);
    assertContains("b/29.png  [photo] is damaged\n… and 2 more\n", result.out());
    assertContains("1 indexed, 0 unchanged, 0 removed, 22 failed", result.out());
    write("b/10.png", PNG + "whole");
    assertContains("1 indexed, 1 unchanged, 0 removed, 21 failed", index().out());
  }

  @Test
  void requestsAreSmallAndRepeatedWhereTheClusterIsBusy() throws IOException {
    cluster.maxContentLength = 40_000;
    for (int i = 0; i < 10; i++) {
      write(i + ".png", PNG + "x".repeat(8000));
    }
    write("large.png", PNG + "x".repeat(30_000));
    String item = "{\"index\":{\"status\":429,\"error\":{\"reason\":\"queue is full\"}}}";
    cluster.next(
        "_bulk",
        (exchange, body) -> {
          long all = new String(body, StandardCharsets.UTF_8).lines().count() / 2;
          String items = Stream.generate(() -> item).limit(all).collect(Collectors.joining(","));
          ClusterServer.text(200, "{\"items\":[" + items + "]}").answer(exchange, body);
        });
    Result result = index();
    assertContains("10 indexed, 0 unchanged, 0 removed, 1 failed", result.out());
    assertContains(
        "large.png  it has 30008 bytes, and a request to this cluster ([http.max_content_length])"
            + " has room for 27000: --shrink makes it smaller",
        result.out());
    assertContains("photos: queue is full, next try in 1 s", result.err());
    assertTrue(cluster.bulks.stream().allMatch(bytes -> bytes <= 36_000), cluster.bulks::toString);
    assertTrue(cluster.bulks.size() >= 4, cluster.bulks::toString);
    assertEquals(10, cluster.documents.size());
  }

  @Test
  void theBestModelIsTakenUnlessTheIndexNamesOne() throws IOException {
    write("a.png", PNG);
    cluster.model("small", 64, "image_embedding", "text_embedding");
    cluster.model("wide-b", 512, "image_embedding", "text_embedding");
    cluster.model("wide-a", 512, "image_embedding", "text_embedding");
    cluster.model("images", 4096, "image_embedding");
    cluster.model("broken", 2048, "image_embedding", "text_embedding");
    JsonObject node = cluster.models.get("broken").getAsJsonArray("nodes").get(0).getAsJsonObject();
    node.addProperty("state", "failed");
    Result result = index();
    assertContains("; model wide-a, ", result.out());
    assertFalse(result.err().contains("WARNING"), result.err());
    cluster.model("widest", 1024, "image_embedding", "text_embedding");
    assertContains("; model wide-a, ", index().out());
    // where the sizes are the same, published figures decide
    cluster.index = null;
    cluster.pipelines.clear();
    for (String id : Set.of("a-model", "clip-vit-l-14", "siglip2-base", "siglip2-base-384")) {
      cluster.model(id, 2000, "image_embedding", "text_embedding");
    }
    assertContains("; model siglip2-base, ", index().out());
  }

  @Test
  void anIndexThatDoesNotFitIsRefused() throws IOException {
    write("a.png", PNG);
    assertDone(index("--model", "emoji-clip"));
    assertFailed(
        "the vectors of [photos] are of the model [emoji-clip], not of [emoji-blip]: name --model"
            + " emoji-clip or another --index, or move the index to the new model: sightline-models"
            + " reembed --index photos --model emoji-blip",
        index("--model", "emoji-blip"));
    assertFailedWith("keeps pictures, it lacks [remove_binary]", index("--without-pictures"));
    cluster.models.put(
        "emoji-clip", parse(cluster.models.get("emoji-clip").toString().replace("1111", "2222")));
    assertFailedWith("are of another version of the model [emoji-clip]", index());
    cluster.models.put(
        "emoji-clip", parse(cluster.models.get("emoji-clip").toString().replace("2222", "1111")));
    cluster.pipelines.clear();
    assertFailedWith("the pipeline [photos] of [photos] does not exist", index());
    cluster.index = parse(cluster.index.toString().replace("\"path\"", "\"paths\""));
    assertFailedWith("its field [path] must be of type [keyword], got [none]", index());
    cluster.index = null;
    cluster.pipelines.put("photos", parse("{\"processors\":[]}"));
    assertFailedWith("but a pipeline [photos] that differs", index());
    assertEquals(null, cluster.index);
  }

  private static JsonObject parse(String json) {
    return JsonParser.parseString(json).getAsJsonObject();
  }

  @Test
  void picturesMayBeLeftOutAndARerankIsShown() throws IOException {
    write("a.png", PNG);
    Result result = index("--model", "emoji-blip", "--rerank", "emoji-blip", "--without-pictures");
    assertDone(result);
    assertContains("\"image_text_match\": {", result.out());
    String pipeline = cluster.pipelines.get("photos").toString();
    assertContains("\"remove_binary\":true,\"ignore_missing\":true", pipeline);
    assertDone(index("--without-pictures"));
    assertFailedWith("removes pictures ([remove_binary]): add --without-pictures", index());
    assertFailedWith(
        "the model [emoji-clip] cannot rerank: it has the roles"
            + " [\"image_embedding\",\"text_embedding\"], not [matching]",
        index("--rerank", "emoji-clip"));
    assertFailedWith("there is no model [clip] in the cluster, it has", index("--model", "clip"));
    cluster.index = null;
    assertFailedWith(
        "[emoji-blip] cannot rerank without pictures that [emoji-clip] embedded",
        index("--model", "emoji-clip", "--rerank", "emoji-blip", "--without-pictures"));
  }

  @Test
  void manyPicturesAreSentInSeveralRequests() throws IOException {
    for (int i = 0; i < 130; i++) {
      write(i + ".png", PNG + i);
    }
    assertContains("130 indexed, ", index().out());
    assertTrue(cluster.bulks.size() >= 3, cluster.bulks::toString);
    assertEquals(130, cluster.documents.size());
    assertEquals(
        Map.of("bytes", "10", "name", "77"),
        Map.of(
            "bytes", cluster.documents.get("77.png").get("bytes").getAsString(),
            "name", cluster.documents.get("77.png").get("name").getAsString()));
  }
}
