package org.sightline.integration.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Browser.NewContextOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.sightline.integration.Installation;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/**
 * One node without security, with an index of pictures to look at, a model that is broken, and a
 * browser. All classes of this package share it.
 */
final class PageNode implements AutoCloseable {
  static final String INDEX = "pictures";
  static final int PICTURES = 150;

  /** So small that a folder of pictures takes several bulks. */
  private static final String LARGEST_REQUEST = "2mb";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Gallery gallery = Installation.gallery();
  private final ElasticsearchCluster cluster;
  private final HttpJson client;
  private Browser browser;

  PageNode(Distribution distribution) {
    cluster =
        ElasticsearchCluster.of(
            distribution,
            "page",
            NodeSpec.small("page-node").with("http.max_content_length", LARGEST_REQUEST));
    addBrokenBundle(cluster.node(0).configuration().resolve("sightline/models/broken"));
    cluster.start();
    client = new HttpJson(cluster.http());
    createPictures();
  }

  private static void addBrokenBundle(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("model.json"), "{ \"format_version\": 99 }");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A red heart, all other hearts, and pictures of other kinds. */
  List<Picture> pictures() {
    List<Picture> all = gallery.pictures();
    return Stream.of(
            Stream.of(gallery.named("red heart")),
            all.stream().filter(picture -> picture.name().matches(".*heart(?! suit).*")),
            all.stream()
                .filter(
                    picture ->
                        picture.skinTone() == false && !picture.name().endsWith("heart suit")))
        .flatMap(Function.identity())
        .distinct()
        .limit(PICTURES)
        .toList();
  }

  private void createPictures() {
    client.ok("PUT", "/_ingest/pipeline/" + INDEX, PhotoIndex.pipeline("\"ignore_missing\": true"));
    createIndex(INDEX, "\"default_pipeline\": \"" + INDEX + "\"");
    StringBuilder lines = new StringBuilder();
    List<Picture> pictures = pictures();
    for (int i = 0; i < pictures.size(); i++) {
      lines.append(PhotoIndex.action(pictures.get(i).id()));
      lines.append(document(pictures.get(i), i)).append('\n');
    }
    new PhotoIndex(client, INDEX).bulk(lines.toString());
  }

  /** A document with a value of every kind that can be filtered by. */
  static ObjectNode document(Picture picture, int place) {
    ObjectNode document = MAPPER.createObjectNode();
    document.put("title", picture.name());
    document.put("group", place % 3 == 0 ? "animals" : "people");
    document.put("taken", 2000 + place % 20 + "-06-15");
    document.put("rating", place % 5);
    document.putObject("place").put("lat", 48.1).put("lon", place % 2 == 0 ? 11.6 : 2.35);
    document.put("photo", picture.base64());
    return document;
  }

  /** An index with the fields of {@link #document}. */
  void createIndex(String name, String settings) {
    createIndex(name, settings, "hnsw");
  }

  /**
   * @param structure how vectors are indexed
   */
  void createIndex(String name, String settings, String structure) {
    JsonNode vector =
        client
            .ok("GET", "/_sightline/models/emoji-clip", null)
            .at("/suggested_mapping/properties/photo_vector");
    ((ObjectNode) vector).putObject("index_options").put("type", structure);
    client.ok(
        "PUT",
        "/" + name,
        PhotoIndex.json(
            """
            { "settings": { "number_of_replicas": 0, %s },
              "mappings": { "properties": {
                "title": { "type": "text" },
                "group": { "type": "keyword" },
                "taken": { "type": "date" },
                "rating": { "type": "integer" },
                "place": { "type": "geo_point" },
                "photo": { "type": "binary" },
                "photo_digest": { "type": "keyword" },
                "photo_vector": %s } } }""",
            settings, vector));
  }

  Gallery gallery() {
    return gallery;
  }

  HttpJson client() {
    return client;
  }

  /** What {@code sightline-models} prints on the node. */
  String command(String... words) {
    return cluster.node(0).run("sightline/sightline-models", words);
  }

  /** The browser; skips the test where there is none. */
  Browser browser() {
    if (browser == null) {
      browser = Browser.start();
    }
    return browser;
  }

  /** A new tab, without anything that others have left. */
  Tab tab(NewContextOptions options) {
    return new Tab(browser().context(options), cluster.http());
  }

  Tab tab() {
    return tab(Browser.desktop());
  }

  /** The page at the search in an index. */
  Tab searching(String more) {
    return tab().open("/search?index=" + INDEX + more);
  }

  @Override
  public void close() {
    if (browser != null) {
      browser.close();
    }
    client.close();
    cluster.close();
  }
}
