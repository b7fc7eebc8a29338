package org.sightline.query.knn;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.test.ESIntegTestCase;
import org.sightline.query.testing.QueryIntegTestCase;
import org.sightline.query.testing.ScriptedInference;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Purpose;

/** All forms of {@code knn} with the vector builder, and {@code image_text}, on three shards. */
@ESIntegTestCase.SuiteScopeTestCase
public class FirstStageIT extends QueryIntegTestCase {
  private static final String AT_40 =
      "\"image_text_embedding\":{\"model_id\":\"emoji-clip\",\"input\":\"angle 40\"}";

  @Override
  protected void setupSuiteScopeCluster() {
    createPhotos(INDEX);
    List<Map<String, Object>> photos = new ArrayList<>();
    for (int i = 0; i < 60; i += 2) {
      photos.add(photo(i, 0, false));
    }
    index(INDEX, photos);
  }

  public void testKnnSearch() throws IOException {
    Answer answer =
        search(
            "{\"knn\":{\"field\":\"photo_vector\",\"k\":3,\"num_candidates\":30,"
                + "\"query_vector_builder\":{"
                + AT_40.replace("40", "40.5")
                + "}}}");
    assertEquals(ids(40, 42, 38), answer.ids());
    EmbedRequest request = inference().embedRequests.get(0);
    assertEquals("emoji-clip", request.modelId());
    assertEquals(Purpose.SEARCH, request.purpose());
    assertEquals(List.of(new InferenceInput.Text("angle 40.5")), request.inputs());
    assertFalse(request.deadline().expired());
  }

  public void testKnnQuery() throws IOException {
    Answer answer =
        search(
            "{\"size\":2,\"query\":{\"bool\":{\"must\":{\"knn\":{\"field\":\"photo_vector\","
                + "\"k\":30,\"query_vector_builder\":{"
                + AT_40
                + "}}},\"filter\":{\"term\":{\"album\":\"2026\"}}}}}");
    assertEquals(ids(42, 36), answer.ids());
  }

  public void testKnnRetriever() throws IOException {
    Answer answer =
        search(
            "{\"retriever\":{\"knn\":{\"field\":\"photo_vector\",\"k\":3,\"num_candidates\":30,"
                + "\"query_vector_builder\":{"
                + AT_40.replace("40", "40.5")
                + "}}}}");
    assertEquals(ids(40, 42, 38), answer.ids());
  }

  public void testImageTextFindsItsModelInTheMapping() throws IOException {
    Answer answer =
        search(
            "{\"size\":2,\"query\":{\"image_text\":{\"field\":\"photo_vector\",\"k\":3,"
                + "\"input\":\"angle 40.5\"}}}");
    assertEquals(ids(40, 42), answer.ids());
    assertEquals("emoji-clip", inference().embedRequests.get(0).modelId());
  }

  public void testImageTextFilterAndSimilarity() throws IOException {
    Answer answer =
        search(
            "{\"query\":{\"image_text\":{\"field\":\"photo_vector\",\"k\":30,"
                + "\"input\":\"angle 40\",\"similarity\":0.99,"
                + "\"filter\":[{\"term\":{\"album\":\"2026\"}}]}}}");
    // cos 8° is 0.9903
    assertEquals(ids(42, 36, 48), answer.ids());
  }

  public void testImageTextInAStandardRetriever() throws IOException {
    Answer answer =
        search(
            "{\"retriever\":{\"standard\":{\"query\":{\"image_text\":{\"field\":\"photo_vector\","
                + "\"input\":\"angle 0\",\"k\":1}},\"filter\":{\"term\":{\"album\":\"2026\"}}}}}");
    assertEquals("0", answer.ids().get(0));
  }

  public void testImageInput() throws IOException {
    Answer answer =
        search(
            "{\"size\":1,\"query\":{\"image_text\":{\"field\":\"photo_vector\",\"input\":"
                + "{\"type\":\"image\",\"value\":\""
                + ScriptedInference.image("angle 20")
                + "\"}}}}");
    assertEquals(ids(20), answer.ids());
  }

  private static String several(String options) {
    return "{\"image_text\":{\"field\":\"photo_vector\","
        + options
        + "\"input\":{\"type\":\"image\",\"value\":\""
        + ScriptedInference.image("several angle 10.4, angle 50.7")
        + "\"}}}";
  }

  public void testAnImageWithSeveralVectorsIsAsNearAsItsNearest() throws IOException {
    Answer answer = search("{\"size\":6,\"query\":" + several("\"k\":6,\"boost\":2,") + "}");
    assertEquals(ids(10, 50, 52, 12, 8, 48), answer.ids());
    double[] distances = {0.4, 0.7, 1.3, 1.6, 2.4, 2.7};
    for (int i = 0; i < distances.length; i++) {
      double cosine = Math.cos(Math.toRadians(distances[i]));
      assertEquals(1 + cosine, answer.scores().get(i), 1e-5);
    }
    String filtered = several("\"k\":3,\"filter\":{\"term\":{\"album\":\"2026\"}},");
    assertEquals(ids(12, 48, 54, 6), search("{\"size\":4,\"query\":" + filtered + "}").ids());
  }

  public void testEqualImagesAreEmbeddedOnce() throws IOException {
    String both = several("\"_name\":\"a\",") + "," + several("\"k\":5,");
    search("{\"query\":{\"bool\":{\"should\":[" + both + "]}}}");
    assertEquals(1, inference().embedRequests.size());
  }

  public void testDocumentInputNeedsNoModel() throws IOException {
    Answer answer =
        search(
            "{\"size\":3,\"knn\":{\"field\":\"photo_vector\",\"k\":3,\"num_candidates\":30,"
                + "\"query_vector_builder\":{\"image_text_embedding\":{\"input\":"
                + "{\"type\":\"document\",\"index\":\"photos\",\"id\":\"58\","
                + "\"path\":\"photo_vector\"}}}}}");
    assertEquals(ids(58, 56, 54), answer.ids());
    assertEquals(List.of(), inference().embedRequests);
  }

  public void testWeightedMixOfTextImageAndDocument() throws IOException {
    // 10° and 50° weigh the same and meet at 30°, whatever the document adds in that direction
    Answer answer =
        search(
            "{\"size\":1,\"query\":{\"image_text\":{\"field\":\"photo_vector\",\"input\":["
                + "{\"type\":\"text\",\"value\":\"angle 10\",\"weight\":2},"
                + "{\"type\":\"document\",\"index\":\"photos\",\"id\":\"30\","
                + "\"path\":\"photo_vector\",\"weight\":0.5},"
                + "{\"type\":\"image\",\"value\":\""
                + ScriptedInference.image("angle 50")
                + "\",\"weight\":2}]}}}");
    assertEquals(ids(30), answer.ids());
    assertEquals(1, inference().embedRequests.size());
    assertEquals(2, inference().embedRequests.get(0).inputs().size());
  }

  public void testNegativeWeightMovesAway() throws IOException {
    // 40° minus half of 0° lies beyond 40°: atan2(sin 40°, cos 40° - 0.5) = 67.5°
    Answer answer =
        search(
            "{\"size\":1,\"query\":{\"image_text\":{\"field\":\"photo_vector\",\"input\":["
                + "\"angle 40\",{\"type\":\"text\",\"value\":\"angle 0\",\"weight\":-0.5}]}}}");
    assertEquals(ids(58), answer.ids());
  }

  private static String vectorField(String name, int dimensions, String options) {
    return "{\"properties\":{\""
        + name
        + "\":{\"type\":\"dense_vector\",\"dims\":"
        + dimensions
        + options
        + "}}}";
  }

  private void assertFails(int status, String message, String query) {
    Throwable failure = searchFailure(query);
    ElasticsearchException[] roots = ElasticsearchException.guessRootCauses(failure);
    assertEquals(message, roots[0].getMessage());
    assertEquals(status, ExceptionsHelper.status(failure).getStatus());
  }

  private static String imageText(String options) {
    return "{\"query\":{\"image_text\":{\"field\":\"photo_vector\"," + options + "}}}";
  }

  private static String document(String index, String id, String path) {
    return imageText(
        "\"input\":{\"type\":\"document\",\"index\":\""
            + index
            + "\",\"id\":\""
            + id
            + "\",\"path\":\""
            + path
            + "\"}");
  }

  public void testUnknownModelNamesThoseThatExist() {
    assertFails(
        400,
        "model [emoji] does not exist, expected one of [emoji-blip, emoji-clip]",
        imageText("\"model_id\":\"emoji\",\"input\":\"a cat\""));
  }

  public void testFailuresOfInferenceHaveTheirStatus() {
    inference().embedFailure =
        new InferenceException(InferenceException.Kind.OVERLOADED, "queue of [64] inputs is full");
    assertFails(429, "queue of [64] inputs is full", imageText("\"input\":\"a cat\""));
    inference().embedFailure =
        new InferenceException(InferenceException.Kind.MODEL_UNAVAILABLE, "bundle is broken");
    assertFails(503, "bundle is broken", imageText("\"input\":\"a cat\""));
    inference().embedFailure =
        new InferenceException(InferenceException.Kind.DEADLINE_EXCEEDED, "took too long");
    assertFails(504, "took too long", imageText("\"input\":\"a cat\""));
  }

  public void testBadImages() {
    String image = "\"input\":{\"type\":\"image\",\"value\":\"%s\"}";
    assertFails(
        400,
        "[input] is not base64: Illegal base64 character 20, expected base64 or"
            + " data:image/…;base64,…",
        imageText(image.replace("%s", "not base64")));
    assertFails(
        400, "[input] is empty, expected a base64 image", imageText(image.replace("%s", "")));
    assertFails(
        400,
        "[input] has 1001 bytes, allowed are at most 1000",
        imageText(image.replace("%s", ScriptedInference.image("x".repeat(1001)))));
    assertFails(
        400,
        "[input[1]] is not an image: expected one of JPEG, PNG",
        imageText(
            "\"input\":[\"a cat\",{\"type\":\"image\",\"value\":\""
                + ScriptedInference.image("broken")
                + "\"}]"));
  }

  public void testMissingDocumentsAndPaths() {
    assertFails(
        400,
        "document [7] of index [photos] does not exist, so [photo_vector] cannot be read",
        document("photos", "7", "photo_vector"));
    assertFails(
        400,
        "document [8] of index [photos] has no vector in [vector], expected a dense_vector field"
            + " outside nested objects",
        document("photos", "8", "vector"));
    assertFails(
        400,
        "document [8] of index [photos] has something else than one vector in [album]",
        document("photos", "8", "album"));
    assertFails(404, "no such index [pictures]", document("pictures", "8", "photo_vector"));
  }

  public void testDocumentThatExistsMoreThanOnce() {
    for (String index : List.of("twin-a", "twin-b")) {
      prepareCreate(index).setMapping(vectorField("photo_vector", 8, "")).get();
      node()
          .prepareIndex(index)
          .setId("1")
          .setSource("photo_vector", ScriptedInference.embedding("angle 1"))
          .setRefreshPolicy("true")
          .get();
    }
    assertFails(
        400,
        "document [1] of index [twin-*] exists more than once, name one index and the [routing]",
        document("twin-*", "1", "photo_vector"));
  }

  public void testDocumentWithRouting() throws IOException {
    prepareCreate("routed")
        .setSettings(
            Settings.builder().put("index.number_of_shards", 3).put("index.number_of_replicas", 0))
        .setMapping(vectorField("photo_vector", 8, ""))
        .get();
    node()
        .prepareIndex("routed")
        .setId("1")
        .setRouting("7")
        .setSource("photo_vector", ScriptedInference.embedding("angle 24"))
        .setRefreshPolicy("true")
        .get();
    assertEquals("24", search(routedDocument("7")).ids().get(0));
    int missing = 0;
    for (int routing = 0; routing < 20; routing++) {
      try {
        search(routedDocument("" + routing));
      } catch (Exception e) {
        assertEquals(
            "document [1] of index [routed] does not exist, so [photo_vector] cannot be read",
            e.getMessage());
        missing++;
      }
    }
    assertTrue("routing leads to one shard only", missing > 0 && missing < 20);
  }

  private static String routedDocument(String routing) {
    return document("routed", "1", "photo_vector\",\"routing\":\"" + routing);
  }

  public void testInputsThatCannotBeCombined() {
    assertFails(
        400,
        "the weighted embeddings of [input] cancel each other out, so nothing is left to search for",
        imageText("\"input\":[\"a cat\",{\"type\":\"text\",\"value\":\"a cat\",\"weight\":-1}]"));
    prepareCreate("other").setMapping(vectorField("v", 2, "")).get();
    node()
        .prepareIndex("other")
        .setId("1")
        .setSource("v", new float[] {1, 2})
        .setRefreshPolicy("true")
        .get();
    assertFails(
        400,
        "[input[0]] with [8] dimensions (model [emoji-clip]) and [input[1]] with [2] dimensions"
            + " (document [1] of index [other], [v]) cannot be combined",
        imageText(
            "\"input\":[\"a cat\",{\"type\":\"document\",\"index\":\"other\",\"id\":\"1\","
                + "\"path\":\"v\"}]"));
    assertFails(
        400,
        "[input] has [2] embeddings by model [emoji-clip], a query vector can be made of one only",
        imageText("\"input\":\"several angle 1, angle 2\""));
    String several = ScriptedInference.image("several angle 1, angle 2");
    assertFails(
        400,
        "[input[1]] has [2] embeddings by model [emoji-clip], a query vector can be made of one"
            + " only",
        imageText("\"input\":[\"a cat\",{\"type\":\"image\",\"value\":\"" + several + "\"}]"));
    assertFails(
        400,
        "[input] has [2] embeddings by model [emoji-clip], a query vector can be made of one only",
        imageText("\"input\":{\"type\":\"image\",\"weight\":-1,\"value\":\"" + several + "\"}"));
  }

  public void testCountOfEmbeddingsIsChecked() {
    inference().missingEmbeddings = 1;
    assertFails(
        500,
        "model [emoji-clip] answered [1] embeddings for [2] inputs",
        imageText("\"input\":[\"a cat\",\"a dog\"]"));
  }

  public void testWrongDimensionOfTheField() {
    prepareCreate("small").setMapping(vectorField("photo_vector", 2, "")).get();
    node()
        .prepareIndex("small")
        .setSource("photo_vector", new float[] {1, 2})
        .setRefreshPolicy("true")
        .get();
    Exception failure =
        expectThrows(
            Exception.class,
            () -> search("small", imageText("\"model_id\":\"emoji-clip\",\"input\":\"a cat\"")));
    assertEquals(400, ExceptionsHelper.status(failure).getStatus());
    assertEquals(
        "The query vector has a different number of dimensions [8] than the document vectors [2].",
        ExceptionsHelper.unwrapCausesAndSuppressed(
                failure, e -> e instanceof IllegalArgumentException)
            .orElseThrow()
            .getMessage());
  }

  public void testStoredVectorIsNormalised() throws IOException {
    prepareCreate("long").setMapping(vectorField("v", 8, ",\"element_type\":\"byte\"")).get();
    node()
        .prepareIndex("long")
        .setId("1")
        .setSource("v", new int[] {0, 100, 0, 0, 0, 0, 0, 0})
        .setRefreshPolicy("true")
        .get();
    Answer answer =
        search(
            "{\"size\":1,\"knn\":{\"field\":\"photo_vector\",\"k\":3,\"num_candidates\":30,"
                + "\"query_vector_builder\":{\"image_text_embedding\":{\"model_id\":\"emoji-clip\","
                + "\"input\":[\"angle 0\",{\"type\":\"document\",\"index\":\"long\",\"id\":\"1\","
                + "\"path\":\"v\"}]}}}}");
    // 0° and 90° count alike although one vector was stored a hundred times as long
    assertEquals("44", answer.ids().get(0));
  }

  public void testIndicesThatNameDifferentModels() {
    prepareCreate("photos2")
        .setSettings(Settings.builder().put("index.number_of_shards", 1))
        .setMapping(
            vectorField("photo_vector", 8, ",\"meta\":{\"sightline.model_id\":\"emoji-blip\"}"))
        .get();
    Exception failure =
        expectThrows(Exception.class, () -> search("photos*", imageText("\"input\":\"a cat\"")));
    assertEquals(
        "[model_id] is required: the mappings of [photo_vector] name different models, by index"
            + " {photos=emoji-clip, photos2=emoji-blip}",
        failure.getMessage());
    assertEquals(400, ExceptionsHelper.status(failure).getStatus());
  }
}
