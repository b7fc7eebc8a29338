package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/**
 * A BLIP-2 with four vectors an image (real graphs, random weights) from the suggested mapping and
 * pipeline to the rerank. What searches must find is computed here from {@code _embed}: the largest
 * cosine of the text with one of a picture's vectors.
 */
class SeveralVectorsIT {
  private static final String MODEL = "tiny-blip2";
  private static final String INDEX = "several";
  private static final int VECTORS = 4;

  /** Spread over the gallery, so that they differ. */
  private static final List<Picture> PICTURES =
      IntStream.range(0, 48).mapToObj(i -> Installation.gallery().pictures().get(i * 37)).toList();

  private static final List<String> TEXTS =
      List.of("a red heart", "the old man and the sea", "two dogs on a sofa", "flag");

  /** The same graph in batches of other sizes. */
  private static final double SAME_MODEL = 1e-4;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static Distribution distribution;
  private static ElasticsearchCluster cluster;
  private static HttpJson client;
  private static PhotoIndex photos;

  /** Of each picture by id, {@code [4][dimensions]}. */
  private static final Map<String, List<float[]>> EMBEDDINGS = new HashMap<>();

  @BeforeAll
  static void start() throws IOException {
    distribution = Installation.unpack("several");
    cluster = ElasticsearchCluster.of(distribution, "several", NodeSpec.small("several"));
    cluster
        .node(0)
        .copyBundle(
            Installation.checkout().resolve("model-runtime/src/test/fixtures/families/" + MODEL));
    cluster.start();
    client = new HttpJson(cluster.http());
    photos = new PhotoIndex(client, INDEX);
    createAsSuggested();
    photos.add(PICTURES);
    embedAll();
  }

  @AfterAll
  static void stop() {
    client.close();
    cluster.close();
    distribution.delete();
  }

  /** With two shards, and fields for the names and groups that all documents of tests have. */
  private static void createAsSuggested() {
    JsonNode model = client.ok("GET", "/_sightline/models/" + MODEL, null);
    assertEquals(VECTORS, model.required("vectors_per_image").asInt());
    ObjectNode pipeline = model.required("suggested_pipeline").deepCopy();
    ((ObjectNode) pipeline.at("/processors/0/image_text_embedding")).put("skip_existing", true);
    client.ok("PUT", "/_ingest/pipeline/" + INDEX, pipeline.toString());
    ObjectNode body = MAPPER.createObjectNode();
    ObjectNode mapping = model.required("suggested_mapping").deepCopy();
    mapping.put("dynamic", "strict");
    ObjectNode properties = (ObjectNode) mapping.required("properties");
    properties.putObject("name").put("type", "keyword");
    properties.putObject("group").put("type", "keyword");
    body.putObject("settings")
        .put("number_of_shards", 2)
        .put("number_of_replicas", 0)
        .put("default_pipeline", INDEX);
    body.set("mappings", mapping);
    client.ok("PUT", "/" + INDEX, body.toString());
  }

  private static void embedAll() {
    List<String> inputs = PICTURES.stream().map(PhotoIndex::imageInput).toList();
    List<List<float[]>> embeddings = Requests.embeddings(client, MODEL, inputs);
    for (int i = 0; i < inputs.size(); i++) {
      assertEquals(VECTORS, embeddings.get(i).size());
      EMBEDDINGS.put(PICTURES.get(i).id(), embeddings.get(i));
    }
  }

  /** ITC similarity of a picture, exactly. */
  private static double similarity(String id, float[] text) {
    return EMBEDDINGS.get(id).stream()
        .mapToDouble(vector -> Requests.dot(vector, text))
        .max()
        .orElseThrow();
  }

  private static float[] embedded(String text) {
    return PhotoIndex.embed(client, MODEL, "\"" + text + "\"");
  }

  /** The best of all candidates, best first, where near ties may stand either way. */
  private static void assertBest(
      List<String> candidates, int size, JsonNode reply, ToDoubleFunction<String> score) {
    List<String> found = Requests.ids(reply);
    assertEquals(size, new TreeSet<>(found).size(), reply::toString);
    List<Double> best =
        candidates.stream()
            .map(score::applyAsDouble)
            .sorted((a, b) -> Double.compare(b, a))
            .toList();
    List<Double> scores = PhotoIndex.scores(reply);
    for (int i = 0; i < size; i++) {
      assertEquals(best.get(i), score.applyAsDouble(found.get(i)), 2 * SAME_MODEL, "rank " + i);
      assertEquals(score.applyAsDouble(found.get(i)), scores.get(i), SAME_MODEL, "rank " + i);
    }
  }

  private static List<String> allIds() {
    return PICTURES.stream().map(Picture::id).toList();
  }

  private static String imageText(String input, String more) {
    return PhotoIndex.json(
        """
        "query": { "image_text": {
            "field": "photo_vectors.vector", "input": %s %s } }""",
        input, more);
  }

  private static String knn(String text, int k) {
    return Requests.knn("\"" + text + "\"", k, 48, "")
        .replace("photo_vector", "photo_vectors.vector")
        .replace(PhotoIndex.EMBEDDING_MODEL, MODEL);
  }

  private static JsonNode search(String sections, int size) {
    return photos.search("{" + sections + ", \"size\": " + size + ", \"_source\": false }");
  }

  private static List<float[]> stored(String id) {
    String ids = PhotoIndex.json("\"query\": { \"ids\": { \"values\": [\"%s\"] } }", id);
    JsonNode reply = search(ids + ", \"fields\": [\"photo_vectors.vector\"]", 1);
    List<float[]> vectors = new ArrayList<>();
    reply
        .at("/hits/hits/0/fields/photo_vectors")
        .forEach(object -> vectors.add(PhotoIndex.floats(object.required("vector"))));
    return vectors;
  }

  private static void assertStored(List<float[]> expected, String id) {
    List<float[]> stored = stored(id);
    assertEquals(VECTORS, stored.size());
    for (int i = 0; i < VECTORS; i++) {
      assertArrayEquals(expected.get(i), stored.get(i), (float) SAME_MODEL, "vector " + i);
    }
  }

  @Test
  void storesAllVectorsInTheirOrder() {
    for (Picture picture : PICTURES.subList(0, 5)) {
      assertStored(EMBEDDINGS.get(picture.id()), picture.id());
    }
  }

  @Test
  void textsFindPicturesByTheirBestVector() {
    TreeSet<Integer> best = new TreeSet<>();
    for (String text : TEXTS) {
      float[] vector = embedded(text);
      ToDoubleFunction<String> score = id -> (1 + similarity(id, vector)) / 2;
      JsonNode all = search(imageText("\"" + text + "\"", ", \"k\": 48"), 48);
      assertBest(allIds(), 48, all, score);
      String few = ", \"k\": 10, \"num_candidates\": 48";
      JsonNode ten = search(imageText("\"" + text + "\"", few), 10);
      assertBest(allIds(), 10, ten, score);
      for (String id : allIds()) {
        List<float[]> vectors = EMBEDDINGS.get(id);
        IntStream.range(0, VECTORS)
            .filter(i -> Requests.dot(vectors.get(i), vector) == similarity(id, vector))
            .forEach(best::add);
      }
    }
    assertTrue(best.size() > 1, "one vector is always the best, so nothing was proven: " + best);
  }

  @Test
  void neighboursAreDocuments() {
    float[] vector = embedded(TEXTS.get(0));
    ToDoubleFunction<String> score = id -> (1 + similarity(id, vector)) / 2;
    String retriever = Requests.retriever(knn(TEXTS.get(0), 10));
    for (String knn : List.of(knn(TEXTS.get(0), 10), retriever)) {
      JsonNode reply = search(knn, 48);
      assertEquals(10, reply.at("/hits/total/value").asInt());
      assertBest(allIds(), 10, reply, score);
    }
  }

  @Test
  void filtersChooseDocumentsFirst() {
    float[] vector = embedded(TEXTS.get(1));
    List<String> even = IntStream.range(0, 24).mapToObj(i -> PICTURES.get(2 * i).id()).toList();
    String options = ", \"k\": 8, \"filter\": { \"term\": { \"group\": \"even\" } }";
    JsonNode reply = search(imageText("\"" + TEXTS.get(1) + "\"", options), 8);
    assertBest(even, 8, reply, id -> (1 + similarity(id, vector)) / 2);
  }

  @Test
  void weightedTextsAreOneVector() {
    float[] one = embedded(TEXTS.get(0));
    float[] other = embedded(TEXTS.get(2));
    float[] sum = new float[one.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = one[i] - 0.5f * other[i];
    }
    double norm = PhotoIndex.norm(sum);
    String inputs =
        PhotoIndex.json(
            """
            ["%s", { "type": "text", "value": "%s", "weight": -0.5 }]""",
            TEXTS.get(0), TEXTS.get(2));
    JsonNode reply = search(imageText(inputs, ", \"k\": 48"), 10);
    assertBest(allIds(), 10, reply, id -> (1 + similarity(id, sum) / norm) / 2);
  }

  @Test
  void rerankEqualsMatch() {
    String text = TEXTS.get(0);
    float[] vector = embedded(text);
    String standard = "\"standard\": {" + imageText("\"" + text + "\"", ", \"k\": 12") + "}";
    List<String> window = Requests.ids(search(knn(text, 12), 12));
    Map<String, JsonNode> matches = Requests.matches(client, MODEL, text, PICTURES, window);
    for (String id : window) {
      double given = matches.get(id).required("similarity").asDouble();
      assertEquals(similarity(id, vector), given, SAME_MODEL);
    }
    ToDoubleFunction<String> probability = id -> matches.get(id).required("probability").asDouble();
    ToDoubleFunction<String> sum =
        id -> {
          double evidence = matches.get(id).at("/logits/1").asDouble() + similarity(id, vector);
          return evidence < 0 ? 1 / (1 - evidence) : 1 + evidence;
        };
    for (String first : List.of(standard, knn(text, 12))) {
      assertBest(window, 12, reranked(text, first, "match_probability"), probability);
      assertBest(window, 12, reranked(text, first, "match_plus_similarity"), sum);
    }
  }

  private static JsonNode reranked(String text, String first, String scoreMode) {
    String rerank =
        Requests.rerank(first, "\"" + text + "\"", 12, ", \"score_mode\": \"" + scoreMode + "\"");
    return search(Requests.retriever(rerank.replace(PhotoIndex.MATCHING_MODEL, MODEL)), 12);
  }

  /** Updates bring vectors along; what a client reads has none, and sends none back. */
  @Test
  void vectorsOutliveUpdatesAndRoundTrips() {
    Picture picture = PICTURES.get(3);
    List<float[]> expected = EMBEDDINGS.get(picture.id());
    String path = "/" + INDEX + "/_doc/copy";
    ObjectNode document = PhotoIndex.document(picture, 3);
    document.put("group", "copy");
    client.ok("PUT", path + "?refresh=true", document.toString());
    client.ok(
        "POST",
        "/" + INDEX + "/_update/copy?refresh=true",
        "{ \"doc\": { \"title\": \"another title\" } }");
    assertStored(expected, "copy");
    JsonNode source = client.ok("GET", "/" + INDEX + "/_source/copy", null);
    assertEquals(VECTORS, source.required("photo_vectors").size());
    if (Installation.isSince(9, 2)) {
      assertEquals("[{},{},{},{}]", source.required("photo_vectors").toString());
    }
    client.ok("PUT", path + "?refresh=true", source.toString());
    assertStored(expected, "copy");
    client.ok("DELETE", path + "?refresh=true", null);
  }

  @Test
  void inputsWithSeveralVectorsAreRefused() {
    assertRefused(
        "[input] has [4] embeddings by model [tiny-blip2], a query vector can be made of one only",
        PhotoIndex.imageInput(PICTURES.get(0)));
    String id = PICTURES.get(0).id();
    assertRefused(
        PhotoIndex.json(
            "document [%s] of index [several] has no vector in [photo_vectors.vector], which is in"
                + " the nested objects of [photo_vectors], expected a dense_vector field outside"
                + " nested objects",
            id),
        Requests.document(INDEX, id, "photo_vectors.vector"));
  }

  /** Texts by a picture, as the paper compares them: the largest cosine of its vectors. */
  @Test
  void picturesFindTexts() {
    Map<String, float[]> titles = new HashMap<>();
    PICTURES.forEach(picture -> titles.put(picture.id(), embedded(picture.name())));
    for (Picture picture : PICTURES.subList(0, 3)) {
      String query = imageText(PhotoIndex.imageInput(picture), ", \"k\": 48");
      JsonNode reply = search(query.replace("photo_vectors.vector", "title_vector"), 10);
      ToDoubleFunction<String> score = id -> (1 + similarity(picture.id(), titles.get(id))) / 2;
      assertBest(allIds(), 10, reply, score);
    }
  }

  @Test
  void evaluationTakesTheNearestVector(@TempDir Path folder) throws Exception {
    assertEquals(1, EvaluationIT.measured(folder, client, MODEL, "none").size());
  }

  private static void assertRefused(String reason, String input) {
    String body = "{" + imageText(input, "") + "}";
    HttpJson.Reply reply = Requests.expect(400, client, "POST", "/" + INDEX + "/_search", body);
    assertEquals(reason, reply.body().at("/error/root_cause/0/reason").asText());
  }
}
