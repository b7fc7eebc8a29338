package org.sightline.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Base64;
import java.util.List;
import org.sightline.testsupport.gallery.Picture;

/** Builds the search bodies, in the forms that a user would type. */
public final class Search {
  /** How many hits of the first stage are read again. */
  public static final int WINDOW = 32;

  private static final int CANDIDATES = 320; // ten times the window: HNSW recall is no issue here

  private final ObjectMapper mapper = new ObjectMapper();

  /** A text as input. */
  public JsonNode text(String value) {
    return TextNode.valueOf(value);
  }

  /** A text as input of a list. */
  public JsonNode text(String value, double weight) {
    return mapper.createObjectNode().put("type", "text").put("value", value).put("weight", weight);
  }

  /** A picture as input. */
  public JsonNode image(Picture picture) {
    String uri = "data:image/png;base64," + Base64.getEncoder().encodeToString(picture.png());
    return mapper.createObjectNode().put("type", "image").put("value", uri);
  }

  /** A picture as input of a list. */
  public JsonNode image(Picture picture, double weight) {
    return ((ObjectNode) image(picture)).put("weight", weight);
  }

  /** Several inputs whose embeddings are added. */
  public JsonNode sum(List<JsonNode> inputs) {
    ArrayNode list = mapper.createArrayNode();
    inputs.forEach(list::add);
    return list;
  }

  /** The first stage alone. */
  public ObjectNode firstStage(JsonNode input, int size, List<String> source) {
    ObjectNode body = mapper.createObjectNode();
    body.putObject("retriever").set("knn", knn(input));
    return finish(body, size, source);
  }

  /**
   * The first stage, its window read again.
   *
   * @param match what the hits are matched with: a text, or a picture where the field holds texts
   * @param field what of a hit is matched
   */
  public ObjectNode reranked(
      JsonNode input, JsonNode match, String field, int size, List<String> source) {
    ObjectNode body = mapper.createObjectNode();
    ObjectNode retriever = body.putObject("retriever").putObject("image_text_match");
    retriever.putObject("retriever").set("knn", knn(input));
    retriever.put("model_id", GalleryIndex.MATCHING_MODEL);
    retriever.set("input", match);
    retriever.put("field", field);
    retriever.put("rank_window_size", WINDOW);
    return finish(body, size, source);
  }

  private ObjectNode knn(JsonNode input) {
    ObjectNode knn = mapper.createObjectNode();
    knn.put("field", "photo_vector").put("k", WINDOW).put("num_candidates", CANDIDATES);
    knn.putObject("filter").putObject("term").put("skin_tone", false);
    ObjectNode builder = knn.putObject("query_vector_builder").putObject("image_text_embedding");
    builder.put("model_id", GalleryIndex.EMBEDDING_MODEL).set("input", input);
    return knn;
  }

  private ObjectNode finish(ObjectNode body, int size, List<String> source) {
    ArrayNode fields = body.put("size", size).putArray("_source");
    source.forEach(fields::add);
    return body;
  }
}
