package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** Captions over REST and in a pipeline, with the bundled model. */
@ExtendWith(ClusterExtension.class)
class CaptionIT {
  private static final Gallery GALLERY = Installation.gallery();
  private static final float SAME_MODEL = 1e-4f;

  private static JsonNode caption(HttpJson client, String input, String options) {
    String body = PhotoIndex.json("{ \"input\": %s %s }", input, options);
    return Requests.ask(client, PhotoIndex.MATCHING_MODEL, "_caption", body).required("captions");
  }

  private static List<String> texts(JsonNode captions) {
    List<String> texts = new ArrayList<>();
    captions.forEach(caption -> texts.add(caption.required("text").asText()));
    return texts;
  }

  @Test
  void captionsOverRestFromANodeWithoutModels(SharedCluster cluster) {
    HttpJson client = cluster.clientWithoutInference();
    String heart = PhotoIndex.imageInput(GALLERY.named("red heart"));
    String pizza = PhotoIndex.imageInput(GALLERY.named("pizza"));
    String input = PhotoIndex.json("[%s, \"a text\", %s]", heart, pizza);
    JsonNode captions = caption(client, input, ", \"num_captions\": 3");
    assertEquals(3, captions.size());
    assertTrue(texts(captions.get(0)).get(0).contains("heart"), captions::toString);
    assertEquals(
        "[input[1]] has the type [text], allowed is [image]",
        captions.at("/1/error/reason").asText());
    for (JsonNode image : List.of(captions.get(0), captions.get(2))) {
      assertEquals(3, image.size());
      double last = 0;
      for (JsonNode caption : image) {
        double score = caption.required("score").asDouble();
        assertTrue(score <= last, "the best first: " + image);
        last = score;
      }
    }
  }

  @Test
  void drawsTheSameForTheSameSeed(SharedCluster cluster) {
    HttpJson client = cluster.client();
    String input = PhotoIndex.imageInput(GALLERY.named("cat face"));
    String options = ", \"top_p\": 0.95, \"num_captions\": 5, \"seed\": %d";
    JsonNode once = caption(client, input, PhotoIndex.json(options, 7));
    assertEquals(5, once.get(0).size());
    assertEquals(
        texts(once.get(0)), texts(caption(client, input, PhotoIndex.json(options, 7)).get(0)));
  }

  @Test
  void refusesBadBodies(SharedCluster cluster) {
    String input = PhotoIndex.imageInput(GALLERY.named("pizza"));
    refused(
        cluster,
        "POST",
        "/_sightline/models/emoji-blip/_caption",
        PhotoIndex.json("{ \"input\": %s, \"max_length\": 4000 }", input),
        "[max_length] must be at most [");
    refused(
        cluster,
        "POST",
        "/_sightline/models/emoji-clip/_caption",
        PhotoIndex.json("{ \"input\": %s }", input),
        "model [emoji-clip] has no role [caption_decoder]");
  }

  private static void refused(
      SharedCluster cluster, String method, String path, String body, String begin) {
    HttpJson.Reply reply = Requests.expect(400, cluster.client(), method, path, body);
    assertTrue(reply.reason().startsWith(begin), reply::reason);
  }

  /** CapFilt: a title of another picture goes, the right one stays, and the scores are written. */
  @Test
  void filtersTextsInAPipeline(SharedCluster cluster) {
    HttpJson client = cluster.client();
    client.send("DELETE", "/caption-photos", null);
    client.ok(
        "PUT",
        "/_ingest/pipeline/caption-photos",
        """
        { "processors": [ { "image_caption": {
            "model_id": "emoji-blip", "input_field": "photo", "target_field": "photo_caption",
            "num_captions": 3, "min_match": 0.05, "filter_fields": [ "title", "tags" ] } } ] }""");
    Picture heart = GALLERY.named("red heart");
    client.ok(
        "PUT",
        "/caption-photos/_doc/1?refresh=true&pipeline=caption-photos",
        PhotoIndex.json(
            "{ \"photo\": \"%s\", \"title\": \"pizza\", \"tags\": [\"red heart\", \"pizza\"] }",
            heart.base64()));

    JsonNode source = client.ok("GET", "/caption-photos/_source/1", null);

    assertTrue(source.path("title").isMissingNode(), source.path("title")::toString);
    assertEquals("[\"red heart\"]", source.required("tags").toString());
    JsonNode report = source.required("photo_caption_filter");
    assertEquals(3, report.size());
    List<String> texts = List.of("\"pizza\"", "\"red heart\"");
    JsonNode scores =
        Requests.matches(client, PhotoIndex.MATCHING_MODEL, PhotoIndex.imageInput(heart), texts);
    for (int i = 0; i < 2; i++) {
      assertEquals(
          scores.get(i).required("probability").asDouble(),
          report.get(i).required("match_probability").asDouble(),
          SAME_MODEL);
    }
    for (JsonNode caption : source.required("photo_caption")) {
      assertTrue(caption.required("match_probability").asDouble() >= 0.05, caption::toString);
    }
  }

  @Test
  void aPipelineThatCannotWorkIsRefused(SharedCluster cluster) {
    refused(
        cluster,
        "PUT",
        "/_ingest/pipeline/caption-wrong",
        """
        { "processors": [ { "image_caption": { "model_id": "emoji-clip",
            "input_field": "photo", "target_field": "caption" } } ] }""",
        "[model_id] needs the role [caption_decoder]");
  }
}
