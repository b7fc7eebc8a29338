package org.sightline.integration.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.integration.Requests;
import org.sightline.integration.Walkthrough;
import org.sightline.testsupport.cluster.ClusterException;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.Load;
import org.sightline.testsupport.load.PhotoIndex;

/** Indices that get the vectors of another model while they are in use. */
class ReembedIT {
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 60);

  /** Longer than the second version reads, so that the versions differ in it. */
  private static final String LONG = "the old man and the red heart by the sea, number ";

  private static Distribution distribution;
  private static ElasticsearchCluster cluster;
  private static ElasticsearchNode node;
  private static HttpJson client;

  @BeforeAll
  static void start() {
    distribution = Installation.unpack("reembed");
    cluster = ElasticsearchCluster.of(distribution, "reembed", NodeSpec.small("rebuilt")).start();
    node = cluster.node(0);
    client = new HttpJson(cluster.http());
  }

  @AfterAll
  static void stop() {
    client.close();
    cluster.close();
    distribution.delete();
  }

  private static String reembed(String... options) {
    List<String> words = new ArrayList<>(List.of("reembed", "--url", cluster.http().toString()));
    words.addAll(Arrays.asList(options));
    return node.run("sightline/sightline-models", words.toArray(String[]::new));
  }

  private static String refused(String... options) {
    return assertThrows(ClusterException.class, () -> reembed(options)).getMessage();
  }

  private static long count(String index) {
    return client.ok("GET", "/" + index + "/_count", null).required("count").asLong();
  }

  private static void refresh(String index) {
    client.ok("POST", "/" + index + "/_refresh", null);
  }

  private static float[] vector(String index, String id, String field) {
    return new PhotoIndex(client, index).vector(id, field);
  }

  /** The recipe in the documentation, for this node. */
  private static Walkthrough recipe() {
    return Walkthrough.of("docs/models.md", "Moving to another model")
        .where("http://localhost:9200", cluster.http().toString())
        .where(" bundles/", " " + node.folder().resolve("bundles") + "/");
  }

  /** Writers that know what the index must have in the end. */
  private static final class Writers {
    private final Map<String, String> titles = new ConcurrentSkipListMap<>();

    /** Writes, changes or removes one of thirty documents; waits while writes are refused. */
    void write(int number) {
      String id = "written-" + number % 30;
      boolean remove = number % 7 == 0;
      String path = "/photos/_doc/" + id + "?routing=" + number % 3 % 2;
      String title = LONG + number;
      String body = remove ? null : "{\"title\":\"" + title + "\"}";
      HttpJson.Reply reply;
      do {
        reply = client.send(remove ? "DELETE" : "PUT", path, body);
      } while (reply.status() == 403);
      assertTrue(reply.ok() || remove && reply.status() == 404, reply.body()::toString);
      if (remove) {
        titles.remove(id + number % 3 % 2);
      } else {
        titles.put(id + number % 3 % 2, title);
      }
    }
  }

  private static void createPhotos() {
    PushedBundle.of("photos-v1", 24).push(client);
    String pipeline =
        PhotoIndex.pipeline("\"ignore_missing\": true, \"skip_existing\": true")
            .replace("emoji-clip", "photos-v1");
    client.ok("PUT", "/_ingest/pipeline/photos", pipeline);
    String vector =
        client
            .ok("GET", "/_sightline/models/photos-v1", null)
            .at("/suggested_mapping/properties/photo_vector")
            .toString();
    client.ok(
        "PUT",
        "/photos-000001",
        PhotoIndex.json(
            """
            { "settings": { "number_of_shards": 2, "number_of_replicas": 0,
                "default_pipeline": "photos" },
              "aliases": { "photos": { "is_write_index": true } },
              "mappings": { "_meta": { "owner": "me" }, "properties": {
                "photo": { "type": "binary" }, "photo_digest": { "type": "keyword" },
                "title": { "type": "text" }, "name": { "type": "keyword" },
                "group": { "type": "keyword" },
                "photo_vector": %s, "title_vector": %s } } }""",
            vector, vector));
    new PhotoIndex(client, "photos").add(PICTURES);
  }

  @Test
  void theRecipeMovesAnIndexThatIsWrittenTo() throws IOException {
    createPhotos();
    PushedBundle next = PushedBundle.of("photos-v2", 4);
    next.write(node.folder().resolve("bundles"));
    Walkthrough recipe = recipe();
    String pushed = recipe.run(node);
    assertTrue(pushed.contains("photos-v2  created in ["), pushed);
    Writers writers = new Writers();
    try (Load load = new Load(writers::write)) {
      String said = recipe.run(node);
      assertTrue(said.contains("[photos] is [photos-000002] now."), said);
      int then = load.least();
      Requests.await("the writers go on", () -> load.least() > then + 30, () -> said);
      load.stop();
    }
    refresh("photos");
    JsonNode index = client.ok("GET", "/photos", null);
    assertEquals("[photos-000002]", fieldNames(index).toString());
    JsonNode made = index.required("photos-000002");
    assertEquals("photos-photos-v2", made.at("/settings/index/default_pipeline").asText());
    assertEquals("2", made.at("/settings/index/number_of_shards").asText());
    assertTrue(made.at("/aliases/photos/is_write_index").asBoolean(), made::toString);
    assertEquals("me", made.at("/mappings/_meta/owner").asText());
    String version = client.ok("GET", next.path(), null).required("version").asText();
    for (String field : List.of("photo_vector", "title_vector")) {
      JsonNode meta = made.at("/mappings/properties/" + field + "/meta");
      assertEquals("photos-v2", meta.required("sightline.model_id").asText());
      assertEquals(version.substring(0, 16), meta.required("sightline.version").asText());
    }
    assertEquals(PICTURES.size() + writers.titles.size(), count("photos"));
    assertEquals(writers.titles, titles());
    // the vectors are those of the new model, also where the old pipeline would have kept them
    for (Picture picture : PICTURES.subList(0, 3)) {
      float[] expected = embed("photos-v2", "\"" + picture.name() + "\"");
      assertArrayEquals(expected, vector("photos", picture.id(), "title_vector"), 1e-4f);
    }
    Requests.expect(403, client, "PUT", "/photos-000001/_doc/late", "{\"title\":\"late\"}");
    String search =
        "{\"query\":{\"image_text\":{\"field\":\"photo_vector\",\"input\":\"smiling face\"}}}";
    assertEquals(10, client.ok("POST", "/photos/_search", search).at("/hits/hits").size());

    for (String request : recipe.lines("json")) {
      String[] words = request.split(" ");
      client.ok(words[0], "/" + words[1], null);
    }
    Walkthrough twice = recipe();
    twice.script();
    String again = twice.run(node);
    assertTrue(again.contains("nothing to do"), again);
    client.ok("DELETE", "/photos-000002", null);
    client.ok("DELETE", "/_ingest/pipeline/photos-photos-v2", null);
    client.ok("DELETE", next.path(), null);
  }

  private static float[] embed(String model, String input) {
    return Requests.vectors(
            Requests.ask(client, model, "_embed", "{\"input\":" + input + "}")
                .required("embeddings")
                .get(0))
        .get(0);
  }

  private static List<String> fieldNames(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** Titles of what was written meanwhile; every one has the new model's vector. */
  private static Map<String, String> titles() {
    String search =
        "{\"size\":200,\"query\":{\"bool\":{\"must_not\":{\"exists\":{\"field\":\"name\"}}}},"
            + "\"fields\":[\"title_vector\"]}";
    Map<String, String> titles = new TreeMap<>();
    float[] expected = embed("photos-v2", "\"" + LONG + "\"");
    for (JsonNode hit : client.ok("POST", "/photos/_search", search).at("/hits/hits")) {
      JsonNode source = hit.required("_source");
      String id = hit.required("_id").asText() + hit.required("_routing").asText();
      titles.put(id, source.required("title").asText());
      // all begin with the same four tokens
      float[] vector = PhotoIndex.floats(hit.at("/fields/title_vector"));
      assertArrayEquals(expected, vector, 1e-4f, id);
    }
    return titles;
  }

  @Test
  void whatFailsIsListedAndTheSameCommandGoesOn() {
    PhotoIndex shop = new PhotoIndex(client, "shop").create(1, 0).add(PICTURES);
    client.ok(
        "PUT",
        "/shop/_doc/broken?pipeline=_none&refresh=true",
        "{\"photo\":\"AAECAw==\",\"title\":\"x\"}");
    String[] command = {"--index", "shop", "--model", "emoji-blip", "--docs-per-second", "1000"};
    String failed = refused(command);
    assertTrue(failed.contains("broken  [photo]"), failed);
    assertTrue(failed.contains("documents of [shop] that are not in [shop-000002]: 1"), failed);
    assertEquals(PICTURES.size(), count("shop-000002"));

    client.ok("DELETE", "/shop/_doc/broken", null);
    client.ok("DELETE", "/shop/_doc/" + PICTURES.get(0).id(), null);
    Picture changed = PICTURES.get(1);
    client.ok(
        "PUT",
        "/shop/_doc/" + changed.id() + "?refresh=true",
        PhotoIndex.document(PICTURES.get(2), 0).toString());
    long before = embedded();
    String done = reembed(command);
    assertTrue(done.contains("documents in [shop-000002]: " + (PICTURES.size() - 1)), done);
    assertTrue(embedded() <= before + 1, "pictures that were embedded already were embedded again");
    assertArrayEquals(
        vector("shop-000002", PICTURES.get(2).id(), "photo_vector"),
        vector("shop-000002", changed.id(), "photo_vector"),
        1e-4f);
    JsonNode mapping = client.ok("GET", "/shop-000002/_mapping", null);
    int dimensions = PhotoIndex.dimensions(client, "emoji-blip");
    for (String field : List.of("photo_vector", "title_vector")) {
      JsonNode vector = mapping.at("/shop-000002/mappings/properties/" + field);
      assertEquals(dimensions, vector.required("dims").asInt());
      assertEquals("emoji-blip", vector.at("/meta/sightline.model_id").asText());
    }
    // the old index took no harm
    client.ok("PUT", "/shop/_doc/new", PhotoIndex.document(changed, 0).toString());

    String alias = refused("--index", "shop", "--model", "emoji-blip", "--alias", "shop");
    assertTrue(alias.contains("[shop] is an index, and an alias cannot have its name"), alias);
    client.ok("PUT", "/shop-other", null);
    String other = refused("--index", "shop", "--model", "emoji-blip", "--target", "shop-other");
    assertTrue(other.contains("[shop-other] exists and is no rebuild of [shop]"), other);
    client.ok("DELETE", "/shop-other", null);
    client.ok("DELETE", "/shop", null);
    client.ok("DELETE", "/shop-000002", null);
  }

  /** Pictures that {@code emoji-blip} has encoded. */
  private static long embedded() {
    return client
        .ok("GET", "/_sightline/stats", null)
        .at("/total/roles/image_embedding/inputs")
        .asLong();
  }

  @Test
  void picturesThatWereRemovedAreCounted() {
    new PhotoIndex(client, "removed").createWithoutTitles(1, 0, true).add(PICTURES.subList(0, 5));
    client.ok(
        "PUT", "/removed/_doc/text?pipeline=_none&refresh=true", "{\"title\":\"only a text\"}");
    String[] command = {"--index", "removed", "--model", "emoji-blip"};
    String refused = refused(command);
    assertTrue(refused.contains("embedded again: 5; index them anew"), refused);
    assertEquals(404, client.send("GET", "/removed-000002", null).status());
    client.ok(
        "PUT",
        "/_ingest/pipeline/removed",
        PhotoIndex.pipeline("\"ignore_missing\": true, \"remove_binary\": true"));
    String done = reembed("--index", "removed", "--model", "emoji-blip", "--skip-without-picture");
    assertTrue(
        done.contains("documents in [removed-000002]: 1, left out without a picture: 5"), done);
    client.ok("DELETE", "/removed", null);
    client.ok("DELETE", "/removed-000002", null);
  }

  /** Several vectors a picture stand in nested objects; one search must find both forms. */
  @Test
  void removedPicturesAreCountedWithTheirNestedVectorsToo() {
    String vector =
        client
            .ok("GET", "/_sightline/models/emoji-clip", null)
            .at("/suggested_mapping/properties/photo_vector")
            .toString();
    String pipeline =
        PhotoIndex.pipeline("\"remove_binary\": true").replace("photo_vector", "photo_vectors");
    client.ok("PUT", "/_ingest/pipeline/views", pipeline);
    client.ok(
        "PUT",
        "/views",
        PhotoIndex.json(
            """
            { "settings": { "number_of_replicas": 0 },
              "mappings": { "properties": { "photo_vectors": { "type": "nested",
                "properties": { "vector": %s } } } } }""",
            vector));
    String values = Arrays.toString(embed("emoji-clip", "\"a cat\""));
    String document = "{\"photo_vectors\":[{\"vector\":" + values + "}]}";
    client.ok("PUT", "/views/_doc/1?refresh=true", document);
    client.ok("PUT", "/views/_doc/2?refresh=true", "{\"title\":\"only a text\"}");
    String none = refused("--index", "views", "--model", "emoji-blip");
    assertTrue(none.contains("no pipeline of [views] embeds with [emoji-clip]"), none);
    String counted = refused("--index", "views", "--model", "emoji-blip", "--pipeline", "views");
    assertTrue(counted.contains("embedded again: 1; index them anew"), counted);
    String template = "{\"index_patterns\":[\"views-*\"],\"template\":{\"aliases\":{\"seen\":{}}}}";
    client.ok("PUT", "/_index_template/views", template);
    String from = refused("--index", "views", "--model", "emoji-blip", "--from", "other");
    assertTrue(from.contains("vector fields of [views] name the models [emoji-clip]"), from);
    String[] skip = {
      "--index", "views", "--model", "emoji-blip", "--pipeline", "views", "--skip-without-picture"
    };
    String aliased = refused(skip);
    assertTrue(aliased.contains("gives [views-000002] the aliases [seen]"), aliased);
    assertEquals(404, client.send("GET", "/views-000002", null).status());
    client.ok("DELETE", "/_index_template/views", null);
    client.ok("DELETE", "/views", null);
  }
}
