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
  private static PhotoIndex photos;

  @BeforeAll
  static void index(SharedCluster cluster) {
    photos = new PhotoIndex(cluster.client(), "search").create(3, 1).add(PICTURES);
  }

  /** {@code knn} as a top-level section. */
  private static String section(String input, String more) {
    return Requests.search(Requests.knn(input, 20, 300, more), 10);
  }

  private static String query(String input, String more) {
    return Requests.search(
        PhotoIndex.json(
            """
            "query": { "image_text": {
                "field": "photo_vector", "input": %s, "k": 20, "num_candidates": 300 %s } }""",
            input, more),
        10);
  }

  private static List<String> found(String body) {
    return PhotoIndex.names(photos.search(body));
  }

  private static List<String> foundByHand(float[] vector) {
    return found(
        Requests.search(
            PhotoIndex.json(
                """
                "knn": { "field": "photo_vector", "k": 20, "num_candidates": 300,
                  "query_vector": %s }""",
                Arrays.toString(vector)),
            10));
  }

  @Test
  void allFormsFindTheSame(SharedCluster cluster) {
    String input = "\"smiling face with hearts\"";
    JsonNode section = photos.search(section(input, ""));
    List<String> names = PhotoIndex.names(section);
    assertEquals(10, names.size());
    assertTrue(PhotoIndex.scores(section).get(0) > PhotoIndex.scores(section).get(9));
    String knn = Requests.knn(input, 20, 300, "");
    List<String> bodies =
        List.of(
            Requests.search("\"query\": {" + knn + "}", 10),
            Requests.search(Requests.retriever(knn), 10),
            query(input, ""),
            query(input, ", \"model_id\": \"emoji-clip\""));
    for (String body : bodies) {
      assertEquals(names, found(body), body);
    }
    // the vector of the model, given by hand
    assertEquals(
        names, foundByHand(PhotoIndex.embed(cluster.client(), PhotoIndex.EMBEDDING_MODEL, input)));
  }

  @Test
  void findsAsManyAsAreAskedFor(SharedCluster cluster) {
    String query =
        "\"query\": { \"image_text\": { \"field\": \"photo_vector\", \"input\": \"face\" } }";
    for (int size : List.of(1, 10, 70)) {
      assertEquals(size, found(Requests.search(query, size)).size());
    }
  }

  @Test
  void otherWordsFindOtherPictures(SharedCluster cluster) {
    assertNotEquals(found(query("\"angry face\"", "")), found(query("\"waving hand\"", "")));
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
    String document = Requests.document("search", picture.id(), "photo_vector");
    assertEquals(found(query(PhotoIndex.imageInput(picture), "")), found(query(document, "")));
    assertEquals(found(query(document, "")), found(section(document, "")));
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
    String list =
        """
        [ { "type": "text", "value": "face", "weight": 2 },
          { "type": "text", "value": "heart", "weight": -0.5 } ]""";
    List<String> expected = foundByHand(sum);
    assertEquals(expected, found(query(list, "")));
    assertEquals(expected, found(section(list, "")));
    assertNotEquals(expected, found(query("\"face\"", "")));
  }

  @Test
  void aTextAndAPictureTogether(SharedCluster cluster) {
    Picture picture = PICTURES.get(7);
    String list = "[ " + PhotoIndex.imageInput(picture) + ", \"cat\" ]";
    List<String> names = found(query(list, ""));
    assertEquals(10, names.size());
    assertNotEquals(names, found(query(PhotoIndex.imageInput(picture), "")));
    assertNotEquals(names, found(query("\"cat\"", "")));
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
    List<String> names = found(body);
    assertFalse(names.isEmpty());
    names.forEach(name -> assertTrue(name.contains("hand"), name));
  }

  @Test
  void theNodeWithoutInferenceFindsTheSame(SharedCluster cluster) {
    String body = query("\"winking face\"", "");
    JsonNode remote = photos.search(cluster.clientWithoutInference(), body);
    assertEquals(found(body), PhotoIndex.names(remote));
    assertEquals(found(body), PhotoIndex.names(photos.search(cluster.secondClient(), body)));
  }
}
