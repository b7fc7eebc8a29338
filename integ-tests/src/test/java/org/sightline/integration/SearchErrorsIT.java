package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** What users of searches do wrong, and the first line that their client shows. */
@ExtendWith(ClusterExtension.class)
class SearchErrorsIT {
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 12);
  private static final String INDEX = "search-errors";
  private static final String ALL = "\"standard\": { \"query\": { \"match_all\": {} } }";
  private static final String PICTURE_AS_TEXT =
      " is a picture in base64, not a text: give it as {\"type\": \"image\", \"value\": \"…\"}";

  private static PhotoIndex photos;

  @BeforeAll
  static void index(SharedCluster cluster) {
    photos = new PhotoIndex(cluster.client(), INDEX).create(2, 0).add(PICTURES);
  }

  private static void assertRefused(SharedCluster cluster, String reason, String body) {
    assertRefused(cluster, reason, "/" + INDEX + "/_search", body);
  }

  private static void assertRefused(
      SharedCluster cluster, String reason, String path, String body) {
    HttpJson.Reply reply = Requests.expect(400, cluster.client(), "POST", path, body);
    assertEquals(reason, reply.body().at("/error/reason").asText());
  }

  private static String imageText(String options) {
    return "{ \"query\": { \"image_text\": { " + options + " } } }";
  }

  private static String rerank(String input, String more) {
    return Requests.search(Requests.retriever(Requests.rerank(ALL, input, 10, more)), 10);
  }

  @Test
  void fields(SharedCluster cluster) {
    assertRefused(
        cluster,
        "[field] [photo_vectr] does not exist in [search-errors], did you mean [photo_vector]?",
        imageText("\"field\": \"photo_vectr\", \"input\": \"a\""));
    assertRefused(
        cluster,
        "[field] must be a dense_vector field, [title] is of type [text] in index [search-errors],"
            + " did you mean [title_vector]?",
        imageText("\"field\": \"title\", \"input\": \"a\""));
    assertRefused(
        cluster,
        "[model_id] is required: no mapping of [title_vector] names a model as"
            + " [meta][sightline.model_id]",
        imageText("\"field\": \"title_vector\", \"input\": \"a\""));
    assertRefused(
        cluster,
        "[image_text] unknown field [photo_vector], the name of a vector field stands in [field]:"
            + " {\"image_text\": {\"field\": \"photo_vector\", \"input\": …}}",
        imageText("\"photo_vector\": { \"input\": \"a\" }"));
    assertRefused(
        cluster,
        "[field] [foto] does not exist in [search-errors], did you mean [photo]?",
        rerank("\"a\"", "").replace("\"photo\"", "\"foto\""));
    String id = PICTURES.get(0).id();
    assertRefused(
        cluster,
        "document ["
            + id
            + "] of index [search-errors] has no vector in [title], which is of type [text], did"
            + " you mean [title_vector]?",
        imageText(
            "\"field\": \"photo_vector\", \"input\": " + Requests.document(INDEX, id, "title")));
  }

  @Test
  void modelsAndSimilarities(SharedCluster cluster) {
    assertRefused(
        cluster,
        "[model_id] is [emoji-blip], but the vectors of [photo_vector] in index [search-errors] are"
            + " of model [emoji-clip] by its [meta][sightline.model_id]: leave [model_id] out, or"
            + " search a field of model [emoji-blip]",
        imageText("\"field\": \"photo_vector\", \"input\": \"a\", \"model_id\": \"emoji-blip\""));
    assertRefused(
        cluster,
        "[similarity] must be in [-1, 1] where vectors are compared by [cosine], as [photo_vector]"
            + " in index [search-errors], got [30.0]",
        imageText("\"field\": \"photo_vector\", \"input\": \"a\", \"similarity\": 30"));
    String knn = Requests.knn("\"a\"", 3, 10, "").replace("\"model_id\": \"emoji-clip\",", "");
    for (String body :
        List.of(
            "{" + knn + "}", "{\"query\":{" + knn + "}}", "{" + Requests.retriever(knn) + "}")) {
      assertRefused(
          cluster,
          "[model_id] is required in [query_vector_builder.image_text_embedding] unless every"
              + " [input] is a document: Elasticsearch does not say which field is searched; the"
              + " query [image_text] takes the model from the field's mapping",
          body);
    }
  }

  @Test
  void picturesAsTexts(SharedCluster cluster) {
    String base64 = Base64.getEncoder().encodeToString(PICTURES.get(0).png());
    String text = "\"" + base64 + "\"";
    String options = "\"field\": \"photo_vector\", \"input\": ";
    assertRefused(cluster, "[input]" + PICTURE_AS_TEXT, imageText(options + text));
    assertRefused(
        cluster,
        "[input[1]]" + PICTURE_AS_TEXT,
        imageText(options + "[ \"a\", \"data:image/png;base64," + base64 + "\" ]"));
    assertRefused(cluster, "[input]" + PICTURE_AS_TEXT, rerank(text, ""));
    String model = "/_sightline/models/emoji-blip/";
    String input = "{ \"input\": " + text + " }";
    assertRefused(cluster, "[input]" + PICTURE_AS_TEXT, model + "_embed", input);
    assertRefused(cluster, "[input]" + PICTURE_AS_TEXT, model + "_caption", input);
    assertRefused(
        cluster,
        "[input]" + PICTURE_AS_TEXT,
        "/_sightline/models/emoji-clip/_classify",
        "{ \"input\": " + text + ", \"labels\": [\"a\"] }");
    assertRefused(
        cluster,
        "[query]" + PICTURE_AS_TEXT,
        model + "_match",
        "{ \"query\": " + text + ", \"input\": [\"a\"] }");
    JsonNode some =
        cluster.client().ok("POST", model + "_embed", "{ \"input\": [\"a\", " + text + "] }");
    assertEquals("[input[1]]" + PICTURE_AS_TEXT, some.at("/embeddings/1/error/reason").asText());
    assertTrue(some.at("/embeddings/0").size() > 1, some::toString);
  }

  @Test
  void picturesWithAPicture(SharedCluster cluster) {
    assertRefused(
        cluster,
        "[image_text_match] matches a picture with texts, [field] [photo] holds pictures: for"
            + " pictures like a picture use the query [image_text] or [knn], with the picture as"
            + " [input]; or give a text as [input]",
        rerank(PhotoIndex.imageInput(PICTURES.get(0)), ""));
  }

  @Test
  void labelsOfATextField(SharedCluster cluster) {
    HttpJson client = cluster.client();
    client.ok("PUT", "/error-labels/_doc/1?refresh=true", "{ \"category\": \"hat\" }");
    String pipeline =
        """
        { "processors": [ { "image_classification": {
            "model_id": "emoji-clip", "input_field": "photo", "target_field": "photo_labels",
            "labels": { "index": "error-labels", "field": "category" } } } ] }""";
    client.ok("PUT", "/_ingest/pipeline/error-labels", pipeline);
    assertRefused(
        cluster,
        "[labels] of index [error-labels] cannot be read from [category], which is of type [text],"
            + " did you mean [category.keyword]?",
        "/error-labelled/_doc?pipeline=error-labels",
        PhotoIndex.document(PICTURES.get(0), 0).toString());
  }
}
