package org.sightline.integration.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Requests;
import org.sightline.integration.models.PushedBundle;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** Security on: who may search an index may search it by pictures, and sees no more than before. */
class SecurityIT {
  private static final List<Picture> PICTURES = SecuredCluster.PICTURES;
  private static final String INFERENCE = "/_sightline/models/emoji-clip/";

  private static SecuredCluster cluster;
  private static HttpJson admin;

  @BeforeAll
  static void start() throws IOException {
    cluster = new SecuredCluster();
    admin = cluster.as("admin");
    cluster.createIndices();
    // from here on the matching model remembers every picture
    admin.ok("POST", "/secured/_search", rerank("", 60));
    assertEquals(60, matched());
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static final String SEARCH =
      """
      { "query": { "image_text": { "field": "photo_vector", "input": "smiling face", "k": 20 } },
        "size": 20, "_source": ["name", "group"] }""";

  private static final String FACE = "\"smiling face\"";

  private static String knn(int k) {
    return Requests.knn(FACE, k, 60, "");
  }

  private static String rerank(String options, int window) {
    return rerank(knn(window), options, window);
  }

  private static String rerank(String retriever, String options, int window) {
    String rerank = Requests.rerank(retriever, FACE, window, options);
    return Requests.search(Requests.retriever(rerank), window);
  }

  private static final String FIRST_BY_QUERY =
      """
      "standard": { "query": { "image_text": {
        "field": "photo_vector", "input": "smiling face", "k": 20 } } }""";

  private static long total(String path) {
    return admin.ok("GET", "/_sightline/stats", null).required("total").at(path).asLong();
  }

  /** Pairs of text and picture that the matching model has scored. */
  private static long matched() {
    return total("/roles/matching/inputs");
  }

  private static JsonNode search(String user, String index, String body) {
    return new PhotoIndex(cluster.as(user), index).search(body);
  }

  private static void assertForbidden(HttpJson.Reply reply, String user) {
    assertEquals(403, reply.status(), () -> reply.body().toString());
    String message = "is unauthorized for user [" + user + "]";
    assertTrue(reply.reason().contains(message), reply::reason);
  }

  @Test
  void aReaderSearchesAndReranks() {
    String nearest = "{ " + knn(20) + ", \"size\": 20, \"_source\": [\"name\"] }";
    for (String body : List.of(SEARCH, nearest, rerank("", 20))) {
      List<String> asReader = PhotoIndex.names(search("reader", "secured", body));
      assertEquals(20, asReader.size());
      assertEquals(PhotoIndex.names(search("admin", "secured", body)), asReader);
    }
  }

  @Test
  void aReaderSeesNoOtherIndex() {
    for (String body : List.of(SEARCH, "{ " + knn(2) + " }", rerank("", 2))) {
      assertForbidden(cluster.as("reader").send("POST", "/hidden/_search", body), "reader");
    }
    assertForbidden(cluster.as("caller").send("POST", "/secured/_search", SEARCH), "caller");
  }

  private static String like(String index, String id, String path) {
    return PhotoIndex.json(
        "{ \"query\": { \"image_text\": { \"field\": \"photo_vector\", \"input\": %s } } }",
        Requests.document(index, id, path));
  }

  @Test
  void aReaderCannotReadVectorsOfOtherIndicesThroughTheQuery() {
    String body = like("hidden", PICTURES.get(0).id(), "photo_vector");
    assertForbidden(cluster.as("reader").send("POST", "/secured/_search", body), "reader");
    admin.ok("POST", "/secured/_search", body);
  }

  @Test
  void modelsAnswerOnlyThoseWhoMayCallThem() {
    for (ModelCall call : ModelCall.INFERENCE) {
      for (String user : List.of("reader", "indexer", "operator")) {
        assertForbidden(call.send(cluster.as(user)), user);
      }
      Requests.expect(200, call.send(cluster.as("caller")));
    }
  }

  @Test
  void modelsAreRunByOperatorsAlone() {
    for (ModelCall call : ModelCall.OPERATIONS) {
      for (String user : List.of("reader", "indexer", "caller")) {
        assertForbidden(call.send(cluster.as(user)), user);
      }
      Requests.expect(200, call.send(cluster.as("operator")));
    }
  }

  @Test
  void modelsAreManagedByOperatorsAlone() {
    PushedBundle bundle = PushedBundle.of("pushed-clip", 4);
    for (String user : List.of("reader", "indexer", "caller")) {
      assertForbidden(bundle.post(cluster.as(user)), user);
      String part = bundle.path() + "/files/" + "0".repeat(64) + "/0";
      assertForbidden(
          cluster.as(user).send("PUT", part, "application/octet-stream", new byte[1]), user);
      assertForbidden(cluster.as(user).send("DELETE", bundle.path(), null), user);
    }
    bundle.push(cluster.as("operator"));
    cluster.as("operator").ok("DELETE", bundle.path(), null);
    HttpJson.Reply documents =
        cluster.as("operator").send("GET", "/.sightline-models/_search", null);
    assertForbidden(documents, "operator");
  }

  @Test
  void anIndexerNeedsNoPrivilegeForPipelines() {
    String document = PhotoIndex.document(PICTURES.get(0), 0).toString();
    cluster.as("indexer").ok("PUT", "/secured-loose/_doc/indexed?refresh=true", document);
    JsonNode source = admin.ok("GET", "/secured-loose/_doc/indexed", null).required("_source");
    assertTrue(source.has("photo_digest"), source::toString);
    admin.ok("DELETE", "/secured-loose/_doc/indexed?refresh=true", null);
  }

  @Test
  void nobodyGetsNothing() {
    try (HttpJson stranger = new HttpJson(cluster.node().http())) {
      assertEquals(401, stranger.send("POST", "/secured/_search", SEARCH).status());
      assertEquals(401, stranger.send("GET", "/_sightline/models", null).status());
    }
  }

  /** The same graph in batches of other sizes. */
  private static void assertSameScores(JsonNode expected, JsonNode actual) {
    List<Double> scores = PhotoIndex.scores(expected);
    assertEquals(scores.size(), PhotoIndex.scores(actual).size());
    for (int i = 0; i < scores.size(); i++) {
      assertEquals(scores.get(i), PhotoIndex.scores(actual).get(i), 1e-4);
    }
  }

  private static Set<String> groups(JsonNode reply) {
    Set<String> groups = new TreeSet<>();
    reply.at("/hits/hits").forEach(hit -> groups.add(hit.at("/_source/group").asText()));
    return groups;
  }

  /** Cached or fetched, a document that the user may not see is neither found nor scored. */
  @Test
  void hiddenDocumentsAreNotThere() {
    assertEquals(Set.of("even"), groups(search("even", "secured", SEARCH)));
    String fetched = ", \"digest_field\": \"name\"";
    String filtered = ", \"filter\": { \"term\": { \"group\": \"even\" } }";
    for (String options : List.of("", fetched)) {
      JsonNode expected = search("admin", "secured", rerank(options + filtered, 60));
      long before = matched();
      JsonNode reply = search("even", "secured", rerank(options, 60));
      assertEquals(30, PhotoIndex.names(reply).size());
      assertEquals(30, matched() - before, "scored");
      assertEquals(PhotoIndex.names(expected), PhotoIndex.names(reply));
      assertSameScores(expected, reply);
    }
    String nested =
        """
        { "query": { "image_text": { "field": "views.vector", "input": "smiling face", "k": 10 } },
          "_source": ["name", "group"] }""";
    assertEquals(Set.of("even", "odd"), groups(search("admin", "secured-nested", nested)));
    JsonNode visible = search("even", "secured-nested", nested);
    assertEquals(Set.of("even"), groups(visible));
    assertEquals(5, PhotoIndex.names(visible).size());
  }

  @Test
  void aHiddenDocumentIsNoInput() {
    String odd = PICTURES.get(1).id();
    String body = like("secured", odd, "photo_vector");
    HttpJson.Reply reply =
        Requests.expect(400, cluster.as("even"), "POST", "/secured/_search", body);
    assertEquals(
        PhotoIndex.json(
            "document [%s] of index [secured] does not exist, so [photo_vector] cannot be read",
            odd),
        reply.reason());
    admin.ok("POST", "/secured/_search", body);
  }

  /** The order, scores and warning of documents that have no picture; no picture is scored. */
  private static void assertUnmatched(String index, String body, int window) {
    long matchedBefore = matched();
    long hitsBefore = total("/cache/features/hits");
    HttpJson.Reply reply =
        Requests.expect(200, cluster.as("blind"), "POST", "/" + index + "/_search", body);
    List<Float> expected = new ArrayList<>();
    for (int i = window; i > 0; i--) {
      expected.add(i * Float.MIN_VALUE);
    }
    assertEquals(
        expected, PhotoIndex.scores(reply.body()).stream().map(Double::floatValue).toList());
    assertEquals(0, matched() - matchedBefore, "scored");
    assertEquals(0, total("/cache/features/hits") - hitsBefore, "looked up");
    String warnings = reply.headers().allValues("Warning").toString();
    assertTrue(
        warnings.contains("none of [" + window + "] documents has [photo] in its _source"),
        warnings);
  }

  /** What a search of that user is refused with; no picture is scored. */
  private static String refused(String user, String index, String body) {
    long matchedBefore = matched();
    HttpJson.Reply reply =
        Requests.expect(400, cluster.as(user), "POST", "/" + index + "/_search", body);
    assertEquals(0, matched() - matchedBefore, "scored");
    return reply.reason();
  }

  /** Refused as a field that does not exist, or, where fields need not be mapped, not there. */
  @Test
  void aHiddenPictureIsAsGoodAsNone() {
    String missing = "[field] [photo] does not exist in [secured], did you mean [photo_digest]?";
    // the rules stay those of the search when another retriever or a multi-search is around
    String nested = Requests.rerank(knn(20), "\"cat\"", 20, "");
    for (String body :
        List.of(
            rerank("", 20),
            rerank(", \"digest_field\": \"photo_digest\"", 20),
            rerank(nested, "", 20),
            rerank(FIRST_BY_QUERY, "", 20))) {
      assertEquals(missing, refused("blind", "secured", body));
    }
    String byTitle = "\"standard\": { \"query\": { \"match_all\": {} } }";
    assertUnmatched("secured-loose", rerank(byTitle, "", 10), 10);
    // one of these indices hides it and the other has none
    assertUnmatched("secured-loose,secured-nested", rerank(byTitle, "", 20), 20);
    String dropped = rerank(byTitle, ", \"min_score\": 0.00001", 10);
    assertEquals(List.of(), PhotoIndex.names(search("blind", "secured-loose", dropped)));
  }

  @Test
  void aMultiSearchHidesWhatASearchHides() {
    long before = matched();
    String line = rerank("", 20).replaceAll("\\s+", " ");
    JsonNode reply =
        cluster.as("blind").ok("POST", "/_msearch", "{ \"index\": \"secured\" }\n" + line + "\n");
    assertEquals(400, reply.at("/responses/0/status").asInt(), reply::toString);
    assertEquals(0, matched() - before);
  }

  @Test
  void aHiddenTextIsNotMatchedWithAPicture() {
    String picture = PhotoIndex.imageInput(PICTURES.get(0));
    String rerank = Requests.rerank(knn(20), picture, 20, "").replace("\"photo\"", "\"title\"");
    String body = Requests.search(Requests.retriever(rerank), 20);
    assertEquals(
        "[field] [title] does not exist in [secured], did you mean [title_vector]?",
        refused("unpriced", "secured", body));
    long before = matched();
    search("reader", "secured", body);
    assertEquals(20, matched() - before);
  }

  /** {@code profile} counts what was done, and nothing was. */
  @Test
  void aProfileTellsNothingOfHiddenPictures() {
    String byTitle = "\"standard\": { \"query\": { \"match_all\": {} } }";
    String loose = rerank(byTitle, "", 10).replaceFirst("\\{", "{ \"profile\": true, ");
    JsonNode blind =
        Requests.profilePart(search("blind", "secured-loose", loose), "image_text_match");
    assertEquals(10, blind.at("/debug/window").asInt(), blind::toString);
    for (String count : List.of("matched", "sent", "tokens_from_memory", "tokens_encoded")) {
      assertEquals(0, blind.at("/debug").required(count).asInt(), blind::toString);
    }
    String body = rerank("", 20).replaceFirst("\\{", "{ \"profile\": true, ");
    JsonNode reader = Requests.profilePart(search("reader", "secured", body), "image_text_match");
    assertEquals(20, reader.at("/debug/tokens_from_memory").asInt(), reader::toString);
    assertEquals(0, reader.at("/debug/fetched").asInt(), reader::toString);
  }

  /** The digest is readable and cached, and the field that is asked for is another one. */
  @Test
  void aDigestDoesNotLendItselfToAnotherField() {
    long before = matched();
    String body =
        rerank(", \"digest_field\": \"photo_digest\"", 20)
            .replace("\"field\": \"photo\"", "\"field\": \"name\"");
    search("blind", "secured", body);
    assertEquals(0, matched() - before);
    search("reader", "secured", body);
    assertEquals(20, matched() - before, "where nothing is hidden it does");
  }

  @Test
  void otherHiddenFieldsCostNothing() {
    JsonNode expected = search("admin", "secured", rerank("", 20));
    for (String user : List.of("unpriced", "undigested")) {
      long hitsBefore = total("/cache/features/hits");
      JsonNode reply = search(user, "secured", rerank("", 20));
      assertEquals(PhotoIndex.names(expected), PhotoIndex.names(reply));
      assertSameScores(expected, reply);
      assertEquals(20, total("/cache/features/hits") - hitsBefore);
    }
  }

  @Test
  void aHiddenVectorFindsNothing() {
    String named = SEARCH.replace("\"k\"", "\"model_id\": \"emoji-clip\", \"k\"");
    String nested = named.replace("photo_vector", "views.vector");
    String plain =
        PhotoIndex.json(
            "{ \"query\": { \"knn\": { \"field\": \"photo_vector\", \"query_vector\": %s } } }",
            admin.ok("POST", INFERENCE + "_embed", "{ \"input\": \"a\" }").at("/embeddings/0"));
    for (String body : List.of(plain, "{ " + knn(20) + " }", rerank("", 20))) {
      assertNotEquals(List.of(), scores("reader", "secured", body));
      assertEquals(List.of(), scores("unembedded", "secured", body));
    }
    String missing =
        "[field] [photo_vector] does not exist in [secured], did you mean [title_vector]?";
    for (String body : List.of(SEARCH, named)) {
      assertNotEquals(List.of(), scores("reader", "secured", body));
      assertEquals(missing, refused("unembedded", "secured", body));
    }
    assertNotEquals(List.of(), scores("reader", "secured-nested", nested));
    assertEquals(
        "[field] [views.vector] does not exist in [secured-nested], there is no dense_vector field",
        refused("unembedded", "secured-nested", nested));
    String id = PICTURES.get(0).id();
    String document = like("secured", id, "photo_vector").replaceFirst("photo_", "title_");
    assertEquals(
        PhotoIndex.json(
            "document [%s] of index [secured] has no vector in [photo_vector], which does not"
                + " exist, did you mean [title_vector]?",
            id),
        refused("unembedded", "secured", document));
  }

  private static List<Double> scores(String user, String index, String body) {
    return PhotoIndex.scores(search(user, index, body));
  }
}
