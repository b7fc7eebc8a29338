package org.sightline.query.knn;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.core.Strings;
import org.elasticsearch.test.ESIntegTestCase;
import org.sightline.query.testing.QueryIntegTestCase;
import org.sightline.query.testing.ScriptedInference;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Purpose;

/** All forms of {@code knn} with the vector builder, and {@code image_text}, on three shards. */
@ESIntegTestCase.SuiteScopeTestCase
public class FirstStageIT extends QueryIntegTestCase {
  private static final String SEVERAL = image("several angle 10.4, angle 50.7");
  private static final String ALBUM_2026 = "{'term':{'album':'2026'}}";

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
    assertEquals(ids(40, 42, 38), search(knn("'angle 40.5'", 3, "")).ids());
    EmbedRequest request = inference().embedRequests.get(0);
    assertEquals("emoji-clip", request.modelId());
    assertEquals(Purpose.SEARCH, request.purpose());
    assertEquals(List.of(new InferenceInput.Text("angle 40.5")), request.inputs());
    assertFalse(request.deadline().expired());
  }

  public void testKnnQuery() throws IOException {
    String bool = "{'bool':{'must':" + knn("'angle 40'", 30, "") + ",'filter':" + ALBUM_2026 + "}}";
    assertEquals(ids(42, 36), search(body(bool, ",'size':2")).ids());
  }

  public void testKnnRetriever() throws IOException {
    Answer answer = search("{'retriever':" + knn("'angle 40.5'", 3, "") + "}");
    assertEquals(ids(40, 42, 38), answer.ids());
  }

  public void testImageTextFindsItsModelInTheMapping() throws IOException {
    Answer answer = search(body(imageText("'angle 40.5'", ",'k':3"), ",'size':2"));
    assertEquals(ids(40, 42), answer.ids());
    assertEquals("emoji-clip", inference().embedRequests.get(0).modelId());
  }

  public void testImageTextFilterAndSimilarity() throws IOException {
    String options = ",'k':30,'similarity':0.99,'filter':[" + ALBUM_2026 + "]";
    // cos 8° is 0.9903
    assertEquals(ids(42, 36, 48), search(body(imageText("'angle 40'", options), "")).ids());
  }

  public void testImageTextInAStandardRetriever() throws IOException {
    String standard = body(imageText("'angle 0'", ",'k':1"), ",'filter':" + ALBUM_2026);
    assertEquals("0", search("{'retriever':{'standard':" + standard + "}}").ids().get(0));
  }

  public void testImageInput() throws IOException {
    assertEquals(ids(20), search(body(imageText(image("angle 20"), ""), ",'size':1")).ids());
  }

  public void testAnImageWithSeveralVectorsIsAsNearAsItsNearest() throws IOException {
    Answer answer = search(body(imageText(SEVERAL, ",'k':6,'boost':2"), ",'size':6"));
    assertEquals(ids(10, 50, 52, 12, 8, 48), answer.ids());
    double[] distances = {0.4, 0.7, 1.3, 1.6, 2.4, 2.7};
    for (int i = 0; i < distances.length; i++) {
      double cosine = Math.cos(Math.toRadians(distances[i]));
      assertEquals(1 + cosine, answer.scores().get(i), 1e-5);
    }
    String filtered = imageText(SEVERAL, ",'k':3,'filter':" + ALBUM_2026);
    assertEquals(ids(12, 48, 54, 6), search(body(filtered, ",'size':4")).ids());
  }

  public void testEqualImagesAreEmbeddedOnce() throws IOException {
    String both = imageText(SEVERAL, ",'_name':'a'") + "," + imageText(SEVERAL, ",'k':5");
    search(body("{'bool':{'should':[" + both + "]}}", ""));
    assertEquals(1, inference().embedRequests.size());
  }

  public void testDocumentInputNeedsNoModel() throws IOException {
    String input = document("photos", "58", "photo_vector");
    String knn = knn(input, 3, "").replace("'model_id':'emoji-clip',", "");
    assertEquals(ids(58, 56, 54), search(knn).ids());
    assertEquals(List.of(), inference().embedRequests);
  }

  private static String weighted(String input, double weight) {
    return input.replaceFirst("}$", ",'weight':" + weight + "}");
  }

  private static String text(String text, double weight) {
    return weighted("{'type':'text','value':'" + text + "'}", weight);
  }

  private static String list(String... inputs) {
    return "[" + String.join(",", inputs) + "]";
  }

  public void testWeightedMixOfTextImageAndDocument() throws IOException {
    // 10° and 50° weigh the same and meet at 30°, whatever the document adds in that direction
    String document = weighted(document("photos", "30", "photo_vector"), 0.5);
    String mix = list(text("angle 10", 2), document, weighted(image("angle 50"), 2));
    assertEquals(ids(30), search(body(imageText(mix, ""), ",'size':1")).ids());
    assertEquals(1, inference().embedRequests.size());
    assertEquals(2, inference().embedRequests.get(0).inputs().size());
  }

  public void testNegativeWeightMovesAway() throws IOException {
    // 40° minus half of 0° lies beyond 40°: atan2(sin 40°, cos 40° - 0.5) = 67.5°
    String away = list("'angle 40'", text("angle 0", -0.5));
    assertEquals(ids(58), search(body(imageText(away, ""), ",'size':1")).ids());
  }

  private void assertInputFails(int status, String message, String input) {
    assertFails(status, message, body(imageText(input, ""), ""));
  }

  public void testFieldThatDoesNotExist() {
    String query = body(imageText("'a cat'", ",'model_id':'emoji-clip'"), "");
    assertFails(
        400,
        "[field] [photo_vectr] does not exist in [photos], did you mean [photo_vector]?",
        query.replace("photo_vector", "photo_vectr"));
    assertFails(
        400,
        "[field] must be a dense_vector field, [photo] is of type [keyword] in index [photos], did"
            + " you mean [photo_vector]?",
        query.replace("photo_vector", "photo"));
  }

  public void testModelOfTheFieldIsAnother() {
    assertFails(
        400,
        "[model_id] is [emoji-blip], but the vectors of [photo_vector] in index [photos] are of"
            + " model [emoji-clip] by its [meta][sightline.model_id]: leave [model_id] out, or"
            + " search a field of model [emoji-blip]",
        body(imageText("'a cat'", ",'model_id':'emoji-blip'"), ""));
  }

  public void testSimilarityOutsideOfItsRange() {
    assertFails(
        400,
        "[similarity] must be in [-1, 1] where vectors are compared by [cosine], as [photo_vector]"
            + " in index [photos], got [1.5]",
        body(imageText("'a cat'", ",'similarity':1.5"), ""));
  }

  public void testBuilderNeedsAModel() {
    for (String form : List.of("%s", "{'query':%s}", "{'retriever':%s}")) {
      String knn = knn("'a cat'", 3, "").replace("'model_id':'emoji-clip',", "");
      assertFails(
          400,
          "[model_id] is required in [query_vector_builder.image_text_embedding] unless every"
              + " [input] is a document: Elasticsearch does not say which field is searched; the"
              + " query [image_text] takes the model from the field's mapping",
          Strings.format(form, knn));
    }
  }

  public void testPatternWithoutAnIndex() throws IOException {
    assertEquals(List.of(), search("none-*", body(imageText("'a cat'", ""), "")).ids());
  }

  public void testUnknownModelNamesThoseThatExist() {
    assertFails(
        400,
        "model [emoji] does not exist, expected one of [emoji-blip, emoji-clip]",
        body(imageText("'a cat'", ",'model_id':'emoji'"), ""));
  }

  public void testFailuresOfInferenceHaveTheirStatus() {
    Map.of(Kind.OVERLOADED, 429, Kind.MODEL_UNAVAILABLE, 503, Kind.DEADLINE_EXCEEDED, 504)
        .forEach(
            (kind, status) -> {
              inference().embedFailure = new InferenceException(kind, "said so");
              assertInputFails(status, "said so", "'a cat'");
            });
  }

  public void testBadImages() {
    String image = "{'type':'image','value':'%s'}";
    assertInputFails(
        400,
        "[input] is not base64: [ ] at character 4 of [not base64], expected base64 or"
            + " data:image/…;base64,…",
        image.replace("%s", "not base64"));
    assertInputFails(400, "[input] is empty, expected a base64 image", image.replace("%s", ""));
    assertInputFails(
        400, "[input] has 1001 bytes, allowed are at most 1000", image("x".repeat(1001)));
    assertInputFails(
        400,
        "[input[1]] is not an image: expected one of JPEG, PNG",
        list("'a cat'", image("broken")));
  }

  public void testMissingDocumentsAndPaths() {
    assertInputFails(
        400,
        "document [7] of index [photos] does not exist, so [photo_vector] cannot be read",
        document("photos", "7", "photo_vector"));
    String start = "document [8] of index [photos] has no vector in ";
    assertInputFails(
        400,
        start + "[photo_vectr], which does not exist, did you mean [photo_vector]?",
        document("photos", "8", "photo_vectr"));
    assertInputFails(
        400,
        start
            + "[album], which is of type [keyword], the dense_vector fields there are"
            + " [photo_vector]",
        document("photos", "8", "album"));
    assertInputFails(
        400,
        start
            + "[title], which is of type [text], the dense_vector fields there are"
            + " [photo_vector]",
        document("photos", "8", "title"));
    createVectors("empty", "v", 8, "");
    indexOne("empty", null, "title", "none");
    assertInputFails(
        400, "document [1] of index [empty] has no vector in [v]", document("empty", "1", "v"));
    assertInputFails(404, "no such index [pictures]", document("pictures", "8", "photo_vector"));
  }

  public void testDocumentThatExistsMoreThanOnce() {
    for (String index : List.of("twin-a", "twin-b")) {
      createVectors(index, "photo_vector", 8, "");
      indexOne(index, null, "photo_vector", ScriptedInference.embedding("angle 1"));
    }
    assertInputFails(
        400,
        "document [1] of index [twin-*] exists more than once, name one index and the [routing]",
        document("twin-*", "1", "photo_vector"));
  }

  public void testDocumentWithRouting() throws IOException {
    createVectors("routed", "photo_vector", 8, "");
    indexOne("routed", "7", "photo_vector", ScriptedInference.embedding("angle 24"));
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

  private String routedDocument(String routing) {
    return body(imageText(document("routed", "1", "photo_vector','routing':'" + routing), ""), "");
  }

  public void testInputsThatCannotBeCombined() {
    assertInputFails(
        400,
        "the weighted embeddings of [input] cancel each other out, so nothing is left to search for",
        list("'a cat'", text("a cat", -1)));
    createVectors("other", "v", 2, "");
    indexOne("other", null, "v", new float[] {1, 2});
    assertInputFails(
        400,
        "[input[0]] with [8] dimensions (model [emoji-clip]) and [input[1]] with [2] dimensions"
            + " (document [1] of index [other], [v]) cannot be combined",
        list("'a cat'", document("other", "1", "v")));
    String rest =
        "] has [2] embeddings by model [emoji-clip], a query vector can be made of one only";
    assertInputFails(400, "[input" + rest, "'several angle 1, angle 2'");
    assertInputFails(400, "[input[1]" + rest, list("'a cat'", SEVERAL));
    assertInputFails(400, "[input" + rest, weighted(SEVERAL, -1));
  }

  public void testCountOfEmbeddingsIsChecked() {
    inference().missingEmbeddings = 1;
    assertInputFails(
        500,
        "model [emoji-clip] answered [1] embeddings for [2] inputs",
        list("'a cat'", "'a dog'"));
  }

  public void testWrongDimensionOfTheField() {
    createVectors("small", "photo_vector", 2, "");
    indexOne("small", null, "photo_vector", new float[] {1, 2});
    String cat = body(imageText("'a cat'", ",'model_id':'emoji-clip'"), "");
    Exception failure = expectThrows(Exception.class, () -> search("small", cat));
    assertEquals(400, ExceptionsHelper.status(failure).getStatus());
    assertEquals(
        "The query vector has a different number of dimensions [8] than the document vectors [2].",
        ExceptionsHelper.unwrapCausesAndSuppressed(
                failure, e -> e instanceof IllegalArgumentException)
            .orElseThrow()
            .getMessage());
  }

  public void testStoredVectorIsNormalised() throws IOException {
    createVectors("long", "v", 8, ",'element_type':'byte'");
    indexOne("long", null, "v", new int[] {0, 100, 0, 0, 0, 0, 0, 0});
    Answer answer = search(knn(list("'angle 0'", document("long", "1", "v")), 3, ""));
    // 0° and 90° count alike although one vector was stored a hundred times as long
    assertEquals("44", answer.ids().get(0));
  }

  public void testIndicesThatNameDifferentModels() {
    createVectors("photos2", "photo_vector", 8, ",'meta':{'sightline.model_id':'emoji-blip'}");
    assertFails(
        400,
        "[field] [photo_vector] has vectors of different models, by index {photos=emoji-clip,"
            + " photos2=emoji-blip}: search indices of one model",
        "photos*",
        body(imageText("'a cat'", ""), ""));
  }
}
