package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** Documents with lists of pictures, and with pictures in lists of objects. */
@ExtendWith(ClusterExtension.class)
class SeveralPicturesIT {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String INDEX = "products";
  private static final double SAME = 0.9999;

  private final Picture heart = Installation.gallery().named("red heart");
  private final Picture cat = Installation.gallery().named("cat face");
  private final Picture pizza = Installation.gallery().named("pizza");
  private HttpJson client;

  @BeforeEach
  void create(SharedCluster cluster) {
    client = cluster.client();
    client.send("DELETE", "/" + INDEX, null);
    client.ok(
        "PUT",
        "/_ingest/pipeline/" + INDEX,
        """
        { "processors": [ { "image_text_embedding": {
            "model_id": "emoji-clip",
            "input_output": [
              { "input_field": "photos", "input_type": "image", "output_field": "photo_vectors" },
              { "input_field": "gallery.photo", "input_type": "image",
                "output_field": "gallery.photo_vector" } ],
            "digest_field": "photos_digest", "skip_existing": true, "ignore_missing": true
        } } ] }""");
    client.ok(
        "PUT",
        "/" + INDEX,
        """
        { "settings": { "number_of_shards": 1, "number_of_replicas": 0,
            "default_pipeline": "products" },
          "mappings": { "properties": {
            "photos": { "type": "binary" },
            "photos_digest": { "type": "keyword" },
            "embedding_fingerprints": {
              "type": "keyword", "index": false, "doc_values": false },
            "photo_vectors": { "type": "nested", "properties": {
              "offset": { "type": "integer" }, "vector": VECTOR } },
            "gallery": { "type": "nested", "properties": {
              "photo": { "type": "binary" }, "alt": { "type": "keyword" },
              "photo_vector": VECTOR } } } } }"""
            .replace(
                "VECTOR",
                """
                { "type": "dense_vector", "dims": 128, "similarity": "cosine",
                  "index_options": { "type": "hnsw" },
                  "meta": { "sightline.model_id": "emoji-clip" } }"""));
  }

  private static ArrayNode photos(Picture... pictures) {
    ArrayNode photos = MAPPER.createArrayNode();
    for (Picture picture : pictures) {
      photos.add(picture == null ? null : picture.base64());
    }
    return photos;
  }

  private static ArrayNode gallery(Picture... pictures) {
    ArrayNode gallery = MAPPER.createArrayNode();
    for (Picture picture : pictures) {
      ObjectNode object = gallery.addObject().put("alt", picture.name());
      object.put("photo", picture.base64());
    }
    return gallery;
  }

  private static ObjectNode with(String name, JsonNode value) {
    ObjectNode document = MAPPER.createObjectNode();
    document.set(name, value);
    return document;
  }

  private void put(String id, ObjectNode document) {
    client.ok("PUT", "/" + INDEX + "/_doc/" + id + "?refresh=true", document.toString());
  }

  private void update(String id, ObjectNode part) {
    String path = "/" + INDEX + "/_update/" + id + "?refresh=true";
    client.ok("POST", path, with("doc", part).toString());
  }

  /** The nearest documents, with the object that is nearest in each. */
  private JsonNode nearest(String field, Picture picture) {
    return client
        .ok(
            "POST",
            "/" + INDEX + "/_search",
            PhotoIndex.json(
                """
                { "knn": { "field": "%s", "k": 5, "num_candidates": 50,
                    "query_vector_builder": { "image_text_embedding": {
                      "model_id": "emoji-clip", "input": %s } },
                    "inner_hits": { "size": 1 } },
                  "_source": false }""",
                field, PhotoIndex.imageInput(picture)))
        .required("hits")
        .required("hits");
  }

  private long inputs() {
    return client.ok("GET", "/_sightline/stats", null).at("/total/inputs").asLong();
  }

  @Test
  void aDocumentIsFoundByItsNearestPicture() {
    put("both", with("photos", photos(heart, null, cat)));
    put("pizza", with("photos", photos(pizza)));
    for (Picture picture : List.of(heart, cat)) {
      JsonNode hits = nearest("photo_vectors.vector", picture);
      assertEquals("both", hits.at("/0/_id").asText());
      assertTrue(hits.at("/0/_score").asDouble() > SAME, hits::toString);
      JsonNode inner = hits.at("/0/inner_hits/photo_vectors/hits/hits/0/_source/offset");
      assertEquals(picture == heart ? 0 : 2, inner.asInt(-1), hits::toString);
      assertEquals("pizza", hits.at("/1/_id").asText());
    }
    JsonNode source = client.ok("GET", "/" + INDEX + "/_source/both", null);
    assertEquals(2, source.required("photos_digest").size());
    JsonNode pizzas = client.ok("GET", "/" + INDEX + "/_source/pizza", null);
    JsonNode vectors = pizzas.required("photo_vectors");
    assertEquals(1, vectors.size());
    assertEquals(0, vectors.get(0).required("offset").asInt());
    assertEquals(Installation.isSince(9, 2), vectors.get(0).path("vector").isMissingNode());
  }

  @Test
  void eachObjectHasTheVectorOfItsPicture() {
    put("both", with("gallery", gallery(heart, cat)));
    put("pizza", with("gallery", gallery(pizza)));
    for (Picture picture : List.of(heart, cat)) {
      JsonNode hits = nearest("gallery.photo_vector", picture);
      assertEquals("both", hits.at("/0/_id").asText());
      assertTrue(hits.at("/0/_score").asDouble() > SAME, hits::toString);
      JsonNode inner = hits.at("/0/inner_hits/gallery/hits/hits/0/_source/alt");
      assertEquals(picture.name(), inner.asText(), hits::toString);
    }
  }

  @Test
  void updatesEmbedOnlyListsThatChanged() {
    ObjectNode document = with("photos", photos(heart, cat));
    document.set("gallery", gallery(heart, pizza));
    put("1", document);
    long inputs = inputs();
    update("1", MAPPER.createObjectNode().put("comment", "nothing new to see"));
    assertEquals(inputs, inputs());
    assertTrue(nearest("photo_vectors.vector", cat).at("/0/_score").asDouble() > SAME);
    assertTrue(nearest("gallery.photo_vector", pizza).at("/0/_score").asDouble() > SAME);

    inputs = inputs();
    update("1", with("photos", photos(cat)));
    assertEquals(inputs + 1, inputs());
    assertTrue(nearest("photo_vectors.vector", cat).at("/0/_score").asDouble() > SAME);
    assertTrue(nearest("photo_vectors.vector", heart).at("/0/_score").asDouble() < 0.99);
    update("1", with("gallery", gallery(cat)));
    assertTrue(nearest("gallery.photo_vector", pizza).at("/0/_score").asDouble() < 0.99);

    ObjectNode gone = with("photos", photos());
    gone.putNull("gallery");
    update("1", gone);
    assertTrue(nearest("photo_vectors.vector", cat).isEmpty());
    assertTrue(nearest("gallery.photo_vector", cat).isEmpty());
    JsonNode source = client.ok("GET", "/" + INDEX + "/_source/1", null);
    assertFalse(source.has("photos_digest"), source.toString());
    assertFalse(source.has("embedding_fingerprints"), source.toString());
  }

  @Test
  void aBadPictureIsNamedByItsPlace() {
    ArrayNode photos = photos(heart);
    photos.add("AAECAw==");
    String path = "/" + INDEX + "/_doc/bad";
    HttpJson.Reply reply =
        Requests.expect(400, client, "PUT", path, with("photos", photos).toString());
    assertEquals(
        "[photos[1]] is not an image: 4 bytes, expected one of JPEG, PNG, GIF, BMP, WebP, TIFF",
        reply.reason());
  }

  private JsonNode hits(String sections) {
    String body = "{ " + sections + ", \"_source\": false }";
    return client.ok("POST", "/" + INDEX + "/_search", body).required("hits").required("hits");
  }

  private static String imageText(String field, Picture picture, String more) {
    return PhotoIndex.json(
        "{ \"image_text\": { \"field\": \"%s\", \"input\": %s %s } }",
        field, PhotoIndex.imageInput(picture), more);
  }

  @Test
  void imageTextShowsTheNearestPicture() {
    put("both", with("photos", photos(heart, null, cat)));
    put("pizza", with("photos", photos(pizza)));
    put("objects", with("gallery", gallery(pizza, cat)));
    String shown = ", \"inner_hits\": { \"size\": 1 }";
    for (Picture picture : List.of(heart, cat)) {
      JsonNode found =
          hits("\"query\": " + imageText("photo_vectors.vector", picture, shown)).required(0);
      assertEquals("both", found.required("_id").asText());
      JsonNode inner = found.at("/inner_hits/photo_vectors/hits/hits/0/_source/offset");
      assertEquals(picture == heart ? 0 : 2, inner.asInt(-1), found::toString);
    }
    String nested =
        PhotoIndex.json(
            "\"query\": { \"nested\": { \"path\": \"gallery\", \"query\": %s %s } }",
            imageText("gallery.photo_vector", cat, ""), shown);
    JsonNode found = hits(nested).required(0);
    assertEquals("objects", found.required("_id").asText());
    assertTrue(found.required("_score").asDouble() > SAME, found::toString);
    JsonNode inner = found.at("/inner_hits/gallery/hits/hits/0/_source/alt");
    assertEquals(cat.name(), inner.asText(), found::toString);
  }

  @Test
  void aRerankCountsTheBestPicture() {
    put("both", with("photos", photos(heart, cat)));
    put("pizza", with("photos", photos(pizza)));
    put("objects", with("gallery", gallery(pizza, cat)));
    List<Picture> pictures = List.of(heart, cat, pizza);
    List<String> inputs = pictures.stream().map(PhotoIndex::imageInput).toList();
    JsonNode matches = Requests.matches(client, PhotoIndex.MATCHING_MODEL, "\"cat face\"", inputs);
    double best =
        Math.max(matches.at("/0/probability").asDouble(), matches.at("/1/probability").asDouble());
    double bestInObjects =
        Math.max(matches.at("/1/probability").asDouble(), matches.at("/2/probability").asDouble());
    String exists = "\"standard\": { \"query\": { \"ids\": { \"values\": [%s] } } }";
    String rerank = Requests.rerank(exists, "\"cat face\"", 10, "");
    String photos =
        PhotoIndex.json(rerank, "\"both\", \"pizza\"").replace("\"photo\"", "\"photos\"");
    for (int i = 0; i < 2; i++) { // by fetched pictures, then by their digests
      JsonNode found = hits(Requests.retriever(photos));
      assertEquals("both", found.at("/0/_id").asText());
      assertEquals(best, found.at("/0/_score").asDouble(), 1e-4);
      double other = matches.at("/2/probability").asDouble();
      assertEquals(other, found.at("/1/_score").asDouble(), 1e-4);
    }
    String objects =
        PhotoIndex.json(rerank, "\"objects\"").replace("\"photo\"", "\"gallery.photo\"");
    JsonNode found = hits(Requests.retriever(objects));
    assertEquals(bestInObjects, found.at("/0/_score").asDouble(), 1e-4);
  }
}
