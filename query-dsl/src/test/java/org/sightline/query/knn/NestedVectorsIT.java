package org.sightline.query.knn;

import static org.elasticsearch.test.hamcrest.ElasticsearchAssertions.assertAcked;
import static org.elasticsearch.test.hamcrest.ElasticsearchAssertions.assertResponse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.SearchHits;
import org.elasticsearch.test.ESIntegTestCase;
import org.sightline.query.testing.QueryIntegTestCase;
import org.sightline.query.testing.ScriptedInference;

/**
 * Documents with several vectors, on three shards. Vectors lie in a plane, so that the best of a
 * document's is the one with the smallest angle to the query.
 */
@ESIntegTestCase.SuiteScopeTestCase
public class NestedVectorsIT extends QueryIntegTestCase {
  private static final int PHOTOS = 30;
  private static final String MAPPING =
      """
      {"properties": {
        "photo": {"type": "keyword", "index": false, "doc_values": false},
        "photo_digest": {"type": "keyword"},
        "photo_vectors": {"type": "nested", "properties": {
          "place": {"type": "keyword"},
          "vector": {"type": "dense_vector", "dims": 8, "similarity": "cosine",
            "index_options": {"type": "hnsw"}, "meta": {"sightline.model_id": "emoji-clip"}}}},
        "title": {"type": "text"},
        "album": {"type": "keyword"},
        "position": {"type": "integer"}}}
      """;

  @Override
  protected void setupSuiteScopeCluster() {
    create(INDEX, MAPPING);
    List<Map<String, Object>> photos = new ArrayList<>();
    for (int i = 0; i < PHOTOS; i++) {
      photos.add(nestedPhoto(i));
    }
    index(INDEX, photos);
    createPhotos("flat-photos");
  }

  /** Degrees at which the vectors of a document lie: two neighbours, one far away. */
  private static double[] angles(int position) {
    return new double[] {3 * position, 3 * position + 1, 3 * position + 100};
  }

  private static Map<String, Object> nestedPhoto(int position) {
    Map<String, Object> photo = photo(position, position * 7 % PHOTOS / 8f, false);
    photo.remove("photo_vector");
    List<Map<String, Object>> vectors = new ArrayList<>();
    for (double angle : angles(position)) {
      Map<String, Object> vector = new HashMap<>();
      vector.put("vector", ScriptedInference.embedding("angle " + angle));
      vector.put("place", "" + vectors.size());
      vectors.add(vector);
    }
    photo.put("photo_vectors", vectors);
    return photo;
  }

  /** The smallest angle between a document and a query. */
  private static double distance(int position, double query) {
    double smallest = 180;
    for (double angle : angles(position)) {
      smallest = Math.min(smallest, Math.abs(angle - query));
    }
    return smallest;
  }

  private static List<String> nearest(double query, int size, IntStream positions) {
    return positions
        .boxed()
        .sorted(Comparator.comparing((Integer i) -> distance(i, query)))
        .limit(size)
        .map(String::valueOf)
        .toList();
  }

  private static List<String> nearest(double query, int size) {
    return nearest(query, size, IntStream.range(0, PHOTOS));
  }

  @Override
  protected String vectorField() {
    return "photo_vectors.vector";
  }

  private static String at(double angle) {
    return "'angle " + angle + "'";
  }

  private List<String> found(String query, int size) throws IOException {
    return search(body(query, ",'size':" + size)).ids();
  }

  public void testOrderIsThatOfTheBestVector() throws IOException {
    // between the two groups of vectors, so that either may be a document's best
    Answer answer = search(body(imageText(at(94.25), ",'k':30"), ",'size':30"));
    assertEquals(nearest(94.25, PHOTOS), answer.ids());
    assertEquals(ids(0, 29, 1, 28), answer.ids().subList(0, 4));
    for (int i = 0; i < PHOTOS; i++) {
      double cosine =
          Math.cos(Math.toRadians(distance(Integer.parseInt(answer.ids().get(i)), 94.25)));
      assertEquals((1 + cosine) / 2, answer.scores().get(i), 1e-6);
    }
    assertEquals("emoji-clip", inference().embedRequests.get(0).modelId());
  }

  public void testNeighboursAreCountedAsDocuments() throws IOException {
    String two = imageText(at(0.4), ",'k':2,'num_candidates':10");
    assertEquals("two of each shard", 6, search(body(two, ",'size':30")).total());
    for (int size : new int[] {1, 2, 4}) {
      String query = body(imageText(at(0.4), ",'num_candidates':10"), ",'size':" + size);
      assertEquals("of each shard as many as the search returns", 3L * size, search(query).total());
    }
    String knn = knn(at(0.4), 3, "");
    assertEquals(ids(0, 1, 2), search(knn).ids());
    assertEquals(ids(0, 1, 2), search("{'retriever':" + knn + "}").ids());
  }

  public void testFiltersAreAboutDocumentsBeforeNeighboursAreTaken() throws IOException {
    List<String> expected = nearest(94.25, 4, IntStream.iterate(0, i -> i < PHOTOS, i -> i + 3));
    String filter = ",'filter':{'term':{'album':'2026'}}";
    assertEquals(expected, found(imageText(at(94.25), ",'k':4" + filter), 4));
    assertEquals(expected, search(knn(at(94.25), 4, filter)).ids());
    assertEquals(List.of(), found(imageText(at(94.25), ",'filter':{'match_none':{}}"), 10));
  }

  public void testFiltersMayBeAboutVectors() throws IOException {
    String filter = ",'filter':{'term':{'photo_vectors.place':'2'}}";
    assertEquals(ids(0, 1, 2, 3), found(imageText(at(0.4), ",'k':4" + filter), 4));
    assertEquals(
        "all three of a document count otherwise",
        nearest(60, 4),
        found(imageText(at(60), ",'k':4"), 4));
  }

  public void testNestedFiltersAreForTheKnnSection() throws IOException {
    String nested =
        "{'nested':{'path':'photo_vectors','query':{'term':{'photo_vectors.place':'2'}}}}";
    for (String filter : List.of(nested, "{'bool':{'must_not':" + nested + "}}")) {
      assertFails(
          400,
          "[filter] of [image_text] must not hold a [nested] query where [field] is nested, as"
              + " [photo_vectors.vector] is; use the [knn] section of the search",
          body(imageText(at(0.4), ",'filter':" + filter), ""));
    }
    assertEquals(ids(0, 1, 2), search(knn(at(0.4), 3, ",'filter':" + nested)).ids());
  }

  public void testSimilarityBoostAndName() throws Exception {
    // the smallest angle of documents 0 to 3 is at most 8.6 degrees
    String options = ",'k':30,'similarity':0.9885,'boost':3,'_name':'near'";
    String body = body(imageText(at(0.4), options), ",'size':30");
    Answer answer = search(body);
    assertEquals(ids(0, 1, 2, 3), answer.ids());
    assertEquals(3 * (1 + Math.cos(Math.toRadians(0.4))) / 2, answer.scores().get(0), 1e-5);
    assertResponse(
        node().search(request(INDEX, body)),
        response ->
            assertArrayEquals(
                new String[] {"near"}, response.getHits().getAt(0).getMatchedQueries()));
  }

  public void testWeightedInputs() throws IOException {
    // 20 and 24 degrees meet at 22
    String inputs = "['angle 20.2',{'type':'text','value':'angle 24.2'}]";
    assertEquals(nearest(22.2, 3), found(imageText(inputs, ",'k':3"), 3));
  }

  public void testKnnShowsWhichVectorsWereNear() throws Exception {
    String hits = ",'inner_hits':{'_source':false,'fields':['photo_vectors.place']}";
    assertResponse(
        node().search(request(INDEX, knn(at(103.2), 1, hits))),
        response -> {
          SearchHit hit = response.getHits().getAt(0);
          assertEquals("1", hit.getId());
          SearchHit best = hit.getInnerHits().get("photo_vectors").getAt(0);
          assertEquals(2, best.getNestedIdentity().getOffset());
        });
  }

  public void testBuilderInANestedQuery() throws IOException {
    String nested = body(knn(at(94.25), 30, ""), ",'path':'photo_vectors','score_mode':'max'");
    assertEquals(nearest(94.25, 10), found("{'nested':" + nested + "}", 10));
  }

  /** Offsets and scores of the nested hits of the first hit. */
  private void assertNearest(String query, String id, int size, int offset, double distance)
      throws Exception {
    assertResponse(
        node().search(request(INDEX, body(query, ""))),
        response -> {
          SearchHit hit = response.getHits().getAt(0);
          assertEquals(id, hit.getId());
          SearchHits inner = hit.getInnerHits().get("photo_vectors");
          assertEquals(size, inner.getHits().length);
          assertEquals(offset, inner.getAt(0).getNestedIdentity().getOffset());
          double cosine = Math.cos(Math.toRadians(distance));
          assertEquals((1 + cosine) / 2, inner.getAt(0).getScore(), 1e-6);
          assertEquals(hit.getScore(), inner.getAt(0).getScore(), 1e-6);
          if (size > 1) {
            assertTrue(inner.getAt(0).getScore() > inner.getAt(1).getScore());
          }
        });
  }

  public void testInnerHitsShowWhichVectorWasNearest() throws Exception {
    String options = ",'k':1,'inner_hits':{'_source':false,'size':%d}";
    assertNearest(imageText(at(103.2), String.format(Locale.ROOT, options, 1)), "1", 1, 2, 0.2);
    assertNearest(imageText(at(58.1), String.format(Locale.ROOT, options, 3)), "19", 3, 1, 0.1);
    assertFails(
        400,
        "[inner_hits] show which vector of a [field] in nested objects was nearest, [photo_vector]"
            + " is in none",
        "flat-photos",
        body(
            imageText(at(1), ",'inner_hits':{}").replace("photo_vectors.vector", "photo_vector"),
            ""));
  }

  private static String nestedQuery(String path, String query, String options) {
    return "{'nested':{'path':'" + path + "','query':" + query + options + "}}";
  }

  public void testInANestedQueryOfTheUser() throws Exception {
    String query = imageText(at(94.25), ",'k':30");
    for (String mode : List.of("max", "avg", "sum")) {
      String nested = nestedQuery("photo_vectors", query, ",'score_mode':'" + mode + "'");
      Answer answer = search(body(nested, ",'size':30"));
      assertEquals(nearest(94.25, PHOTOS), answer.ids());
      assertEquals(search(body(query, ",'size':30")).scores(), answer.scores());
    }
    String hits = ",'inner_hits':{'size':1}";
    assertNearest(
        nestedQuery("photo_vectors", imageText(at(103.2), ",'k':1"), hits), "1", 1, 2, 0.2);
    String beside =
        "{'bool':{'must':["
            + imageText(at(94.25), ",'k':30")
            + ",{'term':{'photo_vectors.place':'2'}}]}}";
    assertEquals(
        "other conditions are about the same object",
        List.of("0"),
        found(nestedQuery("photo_vectors", beside, ""), 30).subList(0, 1));
    assertFails(
        400,
        "failed to create query: [inner_hits] of [image_text] have no meaning inside of a [nested] query, which has its"
            + " own",
        body(nestedQuery("photo_vectors", imageText(at(1), hits), ""), ""));
  }

  public void testInOtherNestedQueries() throws Exception {
    create(
        "deep",
        """
        {"properties": {"a": {"type": "nested", "properties": {
          "name": {"type": "keyword"},
          "c": {"type": "nested", "properties": {"x": {"type": "keyword"}}},
          "b": {"type": "nested", "properties": {
            "v": {"type": "dense_vector", "dims": 8, "meta": {"sightline.model_id": "emoji-clip"}}
        }}}}}}
        """);
    indexOne(
        "deep",
        null,
        "a",
        List.of(
            Map.of("name", "one", "b", List.of(vectorAt("angle 10"), vectorAt("angle 50"))),
            Map.of("name", "two", "b", List.of(vectorAt("angle 30")))));
    String query = imageText("'angle 40'", "").replace("photo_vectors.vector", "a.b.v");
    for (String nested :
        List.of(
            query,
            nestedQuery("a", query, ",'score_mode':'max'"),
            nestedQuery("a.b", query, ",'score_mode':'max'"),
            nestedQuery("a", nestedQuery("a.b", query, ",'score_mode':'max'"), ""))) {
      Answer answer = search("deep", body(nested, ""));
      assertEquals(nested, List.of("1"), answer.ids());
      assertEquals((1 + Math.cos(Math.toRadians(10))) / 2, answer.scores().get(0), 1e-6);
    }
    assertFails(
        400,
        "failed to create query: [image_text] over vectors in [a.b] cannot stand in a [nested]"
            + " query whose [path] is [a.c], expected [a.b]",
        "deep",
        body(nestedQuery("a.c", query, ""), ""));
  }

  public void testAFieldOutsideOfTheNestedQueryFindsNothing() throws IOException {
    create(
        "mixed",
        MAPPING.replace(
            "\"title\"", "\"v\": {\"type\": \"dense_vector\", \"dims\": 8}, \"title\""));
    Map<String, Object> photo = nestedPhoto(0);
    photo.put("v", ScriptedInference.embedding("angle 1"));
    index("mixed", List.of(photo));
    for (String input : List.of(at(1), image("angle 1"), image("several angle 1, angle 2"))) {
      String query =
          imageText(input, ",'model_id':'emoji-clip'").replace("photo_vectors.vector", "v");
      assertEquals(List.of("0"), search("mixed", body(query, "")).ids());
      // as knn: the object has no such field
      assertEquals(
          List.of(), search("mixed", body(nestedQuery("photo_vectors", query, ""), "")).ids());
    }
  }

  private static Map<String, Object> vectorAt(String angle) {
    return Map.of("v", ScriptedInference.embedding(angle));
  }

  public void testInImageTextMatch() throws IOException {
    // the match logit of document i is 7 * i mod 30, in eighths
    List<String> expected =
        nearest(94.25, 9).stream()
            .map(Integer::valueOf)
            .sorted(Comparator.comparing((Integer i) -> i * 7 % PHOTOS).reversed())
            .map(String::valueOf)
            .toList();
    String first = "{'standard':" + body(imageText(at(94.25), ",'k':9"), "") + "}";
    for (String child : List.of(first, knn(at(94.25), 9, ""))) {
      Answer answer =
          search(
              "{'retriever':{'image_text_match':{'retriever':"
                  + child
                  + ",'model_id':'emoji-blip','input':'a red heart','field':'photo',"
                  + "'rank_window_size':9}},'aggs':{'n':{'value_count':{'field':'position'}}}}");
      assertEquals(expected, answer.ids());
    }
  }

  public void testSeveralIndices() throws IOException {
    create("more", MAPPING);
    Map<String, Object> nearer = nestedPhoto(0);
    nearer.put(
        "photo_vectors",
        Stream.of("angle 90", "angle 94.25")
            .map(angle -> Map.of("vector", ScriptedInference.embedding(angle)))
            .toList());
    nearer.put("position", 77);
    index("more", List.of(nearer));
    assertAcked(prepareCreate("unmapped"));
    assertEquals(
        ids(77, 0, 29),
        search(INDEX + ",more,unmapped", body(imageText(at(94.25), ",'k':3"), ",'size':3")).ids());
    createVectors("flat", "photo_vectors.vector", 8, "");
    assertFails(
        400,
        "[photo_vectors.vector] must be in the same nested object in all indices of a search, by"
            + " index it is in {flat=not nested, photos=photo_vectors}",
        INDEX + ",flat",
        body(imageText(at(1), ",'model_id':'emoji-clip'"), ""));
  }

  public void testSeveralVectorsMakeNoQuery() {
    assertFails(
        400,
        "[input] has [2] embeddings by model [emoji-clip], a query vector can be made of one only",
        body(imageText(image("several angle 1, angle 2"), ""), ""));
    assertFails(
        400,
        "document [1] of index [photos] has no vector in [photo_vectors.vector], which is in the"
            + " nested objects of [photo_vectors], expected a dense_vector field outside nested"
            + " objects",
        body(imageText(document("photos", "1", "photo_vectors.vector"), ""), ""));
  }

  public void testAnImageWithOneVector() throws IOException {
    assertEquals(nearest(94.25, 5), found(imageText(image("angle 94.25"), ",'k':5"), 5));
  }
}
