package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** The forms of a vector search: they say the same in different words, so they find the same. */
@ExtendWith(ClusterExtension.class)
class SearchIT {
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 300);
  private static final String BUILDER =
      """
      "query_vector_builder": { "image_text_embedding": { "model_id": "emoji-clip", "input": %s } }""";

  private static PhotoIndex photos;

  @BeforeAll
  static void index(SharedCluster cluster) {
    photos = new PhotoIndex(cluster.client(), "search").create(3, 1).add(PICTURES);
  }

  /** {@code knn} as a top-level section. */
  private static String section(String input, String more) {
    return PhotoIndex.json(
        """
        { "knn": { "field": "photo_vector", "k": 20, "num_candidates": 300, %s %s }, "size": 10,
          "_source": ["name", "group"] }""",
        PhotoIndex.json(BUILDER, input), more);
  }

  private static String query(String input, String more) {
    return PhotoIndex.json(
        """
        { "query": { "image_text": { "field": "photo_vector", "input": %s, "k": 20,
            "num_candidates": 300 %s } }, "size": 10, "_source": ["name", "group"] }""",
        input, more);
  }

  @Test
  void allFormsFindTheSame(SharedCluster cluster) {
    String input = "\"smiling face with hearts\"";
    JsonNode section = photos.search(section(input, ""));
    List<String> names = PhotoIndex.names(section);
    assertEquals(10, names.size());
    assertTrue(PhotoIndex.scores(section).get(0) > PhotoIndex.scores(section).get(9));
    String knn =
        PhotoIndex.json(
            """
        "knn": { "field": "photo_vector", "k": 20, "num_candidates": 300, %s }""",
            PhotoIndex.json(BUILDER, input));
    List<String> bodies =
        List.of(
            "{ \"query\": {" + knn + "}, \"size\": 10, \"_source\": [\"name\"] }",
            "{ \"retriever\": {" + knn + "}, \"size\": 10, \"_source\": [\"name\"] }",
            query(input, ""),
            query(input, ", \"model_id\": \"emoji-clip\""));
    for (String body : bodies) {
      assertEquals(names, PhotoIndex.names(photos.search(body)), body);
    }
    // the vector of the model, given by hand
    float[] vector = PhotoIndex.embed(cluster.client(), PhotoIndex.EMBEDDING_MODEL, input);
    String byHand =
        PhotoIndex.json(
            """
        { "knn": { "field": "photo_vector", "k": 20, "num_candidates": 300, "query_vector": %s },
          "size": 10, "_source": ["name"] }""",
            Arrays.toString(vector));
    assertEquals(names, PhotoIndex.names(photos.search(byHand)));
  }

  @Test
  void otherWordsFindOtherPictures(SharedCluster cluster) {
    assertNotEquals(
        PhotoIndex.names(photos.search(query("\"angry face\"", ""))),
        PhotoIndex.names(photos.search(query("\"waving hand\"", ""))));
  }

  @Test
  void aPictureFindsItselfFirst(SharedCluster cluster) {
    for (Picture picture : List.of(PICTURES.get(3), PICTURES.get(150))) {
      JsonNode reply = photos.search(query(PhotoIndex.imageInput(picture), ""));
      assertEquals(picture.id(), reply.at("/hits/hits/0/_id").asText());
      assertEquals(1.0, PhotoIndex.scores(reply).get(0), 1e-3);
    }
  }

  @Test
  void aStoredDocumentIsItsVector(SharedCluster cluster) {
    Picture picture = PICTURES.get(42);
    String document =
        PhotoIndex.json(
            """
        { "type": "document", "index": "search", "id": "%s", "path": "photo_vector" }""",
            picture.id());
    assertEquals(
        PhotoIndex.names(photos.search(query(PhotoIndex.imageInput(picture), ""))),
        PhotoIndex.names(photos.search(query(document, ""))));
    assertEquals(
        PhotoIndex.names(photos.search(query(document, ""))),
        PhotoIndex.names(photos.search(section(document, ""))));
  }

  @Test
  void weightsMoveTheQuery(SharedCluster cluster) {
    HttpJson client = cluster.client();
    float[] face = PhotoIndex.embed(client, PhotoIndex.EMBEDDING_MODEL, "\"face\"");
    float[] heart = PhotoIndex.embed(client, PhotoIndex.EMBEDDING_MODEL, "\"heart\"");
    float[] sum = new float[face.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = 2 * face[i] - 0.5f * heart[i];
    }
    String byHand =
        PhotoIndex.json(
            """
        { "knn": { "field": "photo_vector", "k": 20, "num_candidates": 300, "query_vector": %s },
          "size": 10, "_source": ["name"] }""",
            Arrays.toString(sum));
    String list =
        """
        [ { "type": "text", "value": "face", "weight": 2 },
          { "type": "text", "value": "heart", "weight": -0.5 } ]""";
    List<String> expected = PhotoIndex.names(photos.search(byHand));
    assertEquals(expected, PhotoIndex.names(photos.search(query(list, ""))));
    assertEquals(expected, PhotoIndex.names(photos.search(section(list, ""))));
    assertNotEquals(expected, PhotoIndex.names(photos.search(query("\"face\"", ""))));
  }

  @Test
  void aTextAndAPictureTogether(SharedCluster cluster) {
    Picture picture = PICTURES.get(7);
    String list = "[ " + PhotoIndex.imageInput(picture) + ", \"cat\" ]";
    List<String> names = PhotoIndex.names(photos.search(query(list, "")));
    assertEquals(10, names.size());
    assertNotEquals(
        names, PhotoIndex.names(photos.search(query(PhotoIndex.imageInput(picture), ""))));
    assertNotEquals(names, PhotoIndex.names(photos.search(query("\"cat\"", ""))));
  }

  @Test
  void filtersAreAppliedBeforeTheNeighboursAreCounted(SharedCluster cluster) {
    for (String body :
        List.of(
            query("\"hand\"", ", \"filter\": { \"term\": { \"group\": \"odd\" } }"),
            section("\"hand\"", ", \"filter\": { \"term\": { \"group\": \"odd\" } }"))) {
      JsonNode hits = photos.search(body).at("/hits/hits");
      assertEquals(10, hits.size());
      hits.forEach(hit -> assertEquals("odd", hit.at("/_source/group").asText()));
    }
  }

  @Test
  void combinesInABoolQuery(SharedCluster cluster) {
    String body =
        """
        { "query": { "bool": {
            "must": { "image_text": { "field": "photo_vector", "input": "hand", "k": 50 } },
            "filter": { "match": { "title": "hand" } } } }, "size": 50, "_source": ["name"] }""";
    List<String> names = PhotoIndex.names(photos.search(body));
    assertFalse(names.isEmpty());
    names.forEach(name -> assertTrue(name.contains("hand"), name));
  }

  @Test
  void theNodeWithoutInferenceFindsTheSame(SharedCluster cluster) {
    String body = query("\"winking face\"", "");
    JsonNode remote = photos.search(cluster.clientWithoutInference(), body);
    assertEquals(PhotoIndex.names(photos.search(body)), PhotoIndex.names(remote));
    assertEquals(
        PhotoIndex.names(photos.search(body)),
        PhotoIndex.names(photos.search(cluster.secondClient(), body)));
  }
}
