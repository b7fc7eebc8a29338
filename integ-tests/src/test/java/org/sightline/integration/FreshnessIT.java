package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** What a document says is what a search finds, also after updates of a part of it. */
@ExtendWith(ClusterExtension.class)
class FreshnessIT {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String INDEX = "fresh";

  private static final String EMBEDDING =
      """
      { "image_text_embedding": {
          "model_id": "emoji-clip",
          "input_output": [
            { "input_field": "photo", "input_type": "image", "output_field": "photo_vector" },
            { "input_field": "back", "input_type": "image", "output_field": "back_vector" },
            { "input_field": "title", "input_type": "text", "output_field": "title_vector" } ],
          "digest_field": "photo_digest", "skip_existing": true, "ignore_missing": true } }""";

  private static final String DERIVED =
      """
      , { "image_classification": {
          "model_id": "emoji-clip", "vector_field": "photo_vector", "target_field": "labels",
          "labels": ["red heart", "cat face"], "templates": ["{}"], "ignore_missing": true } },
      { "image_caption": {
          "model_id": "emoji-blip", "input_field": "photo", "target_field": "captions",
          "ignore_missing": true } }""";

  /** Of a vector with itself; scores are (1 + cosine) / 2. */
  private static final double SAME = 0.9999;

  private final Picture heart = Installation.gallery().named("red heart");
  private final Picture cat = Installation.gallery().named("cat face");
  private HttpJson client;

  /** Everything that can be derived from a picture, by the pipeline that documents go through. */
  @BeforeEach
  void create(SharedCluster cluster) {
    client = cluster.client();
    client.send("DELETE", "/" + INDEX, null);
    createPipeline(EMBEDDING + DERIVED);
    String vector =
        """
        { "type": "dense_vector", "dims": 128, "similarity": "cosine",
          "index_options": { "type": "hnsw" }, "meta": { "sightline.model_id": "emoji-clip" } }""";
    client.ok(
        "PUT",
        "/" + INDEX,
        """
        { "settings": { "number_of_shards": 1, "number_of_replicas": 0,
            "default_pipeline": "fresh" },
          "mappings": { "properties": {
            "photo": { "type": "binary" }, "back": { "type": "binary" },
            "photo_digest": { "type": "keyword" },
            "embedding_fingerprints": {
              "type": "keyword", "index": false, "doc_values": false },
            "photo_vector": VECTOR, "back_vector": VECTOR, "title_vector": VECTOR } } }"""
            .replace("VECTOR", vector));
  }

  private void createPipeline(String processors) {
    client.ok("PUT", "/_ingest/pipeline/" + INDEX, "{ \"processors\": [ " + processors + " ] }");
  }

  private void put(ObjectNode document) {
    client.ok("PUT", "/" + INDEX + "/_doc/1?refresh=true", document.toString());
  }

  private void update(ObjectNode part) {
    ObjectNode body = MAPPER.createObjectNode();
    body.set("doc", part);
    client.ok("POST", "/" + INDEX + "/_update/1?refresh=true", body.toString());
  }

  private static ObjectNode fields(String... names) {
    ObjectNode fields = MAPPER.createObjectNode();
    for (int i = 0; i < names.length; i += 2) {
      fields.put(names[i], names[i + 1]);
    }
    return fields;
  }

  private JsonNode source() {
    return client.ok("GET", "/" + INDEX + "/_source/1", null);
  }

  /** Score of the only document, 0 where it is not found. */
  private double score(String field, String input) {
    JsonNode reply =
        client.ok(
            "POST",
            "/" + INDEX + "/_search",
            PhotoIndex.json(
                """
                { "query": { "image_text": { "field": "%s", "input": %s } }, "_source": false }""",
                field, input));
    return reply.at("/hits/hits/0/_score").asDouble();
  }

  /** Inputs that any node was asked for. */
  private long inputs() {
    return client.ok("GET", "/_sightline/stats", null).at("/total/inputs").asLong();
  }

  @Test
  void aTextIsFoundByWhatItSaysNow() {
    put(fields("title", "red heart"));
    assertTrue(score("title_vector", "\"red heart\"") > SAME);
    update(fields("title", "blue car"));
    assertTrue(score("title_vector", "\"red heart\"") < 0.99);
    assertTrue(score("title_vector", "\"blue car\"") > SAME);
  }

  @Test
  void eachPictureIsFoundByWhatItShowsNow() {
    put(fields("photo", cat.base64(), "back", heart.base64()));
    assertTrue(score("back_vector", PhotoIndex.imageInput(heart)) > SAME);
    update(fields("back", cat.base64()));
    assertTrue(score("back_vector", PhotoIndex.imageInput(heart)) < 0.99);
    assertTrue(score("back_vector", PhotoIndex.imageInput(cat)) > SAME);
    update(fields("photo", heart.base64()));
    assertTrue(score("photo_vector", PhotoIndex.imageInput(heart)) > SAME);
    assertEquals("red heart", source().at("/labels/0/label").asText());
  }

  @Test
  void whatIsUnchangedCostsNoEmbedding() {
    createPipeline(EMBEDDING);
    put(fields("photo", cat.base64(), "title", "a cat"));
    JsonNode before = source();
    long inputs = inputs();
    update(fields("comment", "nothing new to see"));
    assertEquals(inputs, inputs());
    assertEquals(before.required("embedding_fingerprints"), source().get("embedding_fingerprints"));
    assertTrue(score("photo_vector", PhotoIndex.imageInput(cat)) > SAME);
    assertTrue(score("title_vector", "\"a cat\"") > SAME);
  }

  @Test
  void nothingIsLeftOfAPictureThatIsGone() {
    put(fields("photo", heart.base64(), "title", "a heart"));
    JsonNode before = source();
    for (String field : List.of("photo_digest", "labels", "captions")) {
      assertTrue(before.has(field), before.toString());
    }
    ObjectNode gone = MAPPER.createObjectNode();
    gone.putNull("photo");
    update(gone);
    JsonNode after = source();
    for (String field : List.of("photo_digest", "labels", "captions")) {
      assertFalse(after.has(field), after.toString());
    }
    assertEquals(0, score("photo_vector", PhotoIndex.imageInput(heart)));
    assertTrue(score("title_vector", "\"a heart\"") > SAME);
    assertEquals(1, after.required("embedding_fingerprints").size());
  }

  /** As docs/ingest.md says it of updates in bulk requests. */
  @Test
  void updatesInABulkRequestDoNotGoThroughThePipeline() {
    put(fields("title", "red heart", "photo", heart.base64()));
    String action = "{ \"update\": { \"_id\": \"1\" } }\n";
    bulk(action + "{ \"doc\": { \"title\": \"blue car\" } }\n");
    assertTrue(score("title_vector", "\"red heart\"") > SAME, "the vector is of the old title");
    bulk(action + "{ \"doc\": { \"title\": \"green tree\" }, \"doc_as_upsert\": true }\n");
    assertTrue(score("title_vector", "\"green tree\"") > SAME, "the part went through");
    assertTrue(score("photo_vector", PhotoIndex.imageInput(heart)) > SAME);
    // the same part through the update API
    bulk(action + "{ \"doc\": { \"title\": \"blue car\" } }\n");
    update(fields("comment", "x"));
    assertTrue(score("title_vector", "\"blue car\"") > SAME);
  }

  private void bulk(String lines) {
    JsonNode reply = client.ok("POST", "/" + INDEX + "/_bulk?refresh=true", lines);
    assertFalse(reply.required("errors").asBoolean(), reply::toString);
  }

  @Test
  void vectorsOfAnotherModelAreRefused() {
    client.ok(
        "PUT",
        "/_ingest/pipeline/fresh-other",
        """
        { "processors": [ { "image_text_embedding": {
            "model_id": "emoji-blip", "input_output": {
              "input_field": "photo", "input_type": "image",
              "output_field": "photo_vector" } } } ] }""");
    String document = fields("photo", heart.base64()).toString();
    String path = "/" + INDEX + "/_doc/2?pipeline=fresh-other";
    assertEquals(
        "[photo_vector] of index [fresh] has vectors of model [emoji-clip], the pipeline makes"
            + " those of model [emoji-blip]: name [emoji-clip] as [model_id], or another"
            + " [output_field]",
        Requests.expect(400, client, "PUT", path, document).reason());
    client.send("DELETE", "/fresh-new", null);
    client.ok("PUT", "/fresh-new/_doc/2?pipeline=fresh-other", document);
    client.ok("DELETE", "/fresh-new", null);
  }
}
