package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.ingest.ImageTextEmbeddingProcessor;
import org.sightline.query.mapping.FieldMappings;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Role;

/**
 * A mapping, a pipeline and a search that go together, for a model. The fields are called {@code
 * photo} and {@code title}; users rename them.
 */
final class Suggestion {
  /**
   * Of a document's vectors together. From here on 8-bit vectors save more memory than their loss
   * of precision costs.
   */
  private static final int QUANTISED_DIMENSIONS = 384;

  /** Longest value that Elasticsearch accepts in the {@code meta} of a field. */
  private static final int MAX_META_VALUE = 50;

  private Suggestion() {}

  /** Writes {@code suggested_mapping} and {@code suggested_pipeline} where the model embeds. */
  static void write(XContentBuilder builder, ModelInfo model) throws IOException {
    boolean images = model.has(Role.IMAGE_EMBEDDING);
    boolean texts = model.has(Role.TEXT_EMBEDDING);
    if (images || texts) {
      builder.field("suggested_mapping", mapping(model, images, texts));
      builder.field("suggested_pipeline", pipeline(model, images, texts));
    }
  }

  private static Map<String, Object> mapping(ModelInfo model, boolean images, boolean texts) {
    Map<String, Object> properties = new LinkedHashMap<>();
    if (images) {
      properties.put("photo", Map.of("type", "binary"));
      properties.put("photo_digest", Map.of("type", "keyword"));
      properties.put(imageOutput(model), imageVectors(model));
    }
    if (texts) {
      properties.put("title", Map.of("type", "text"));
      properties.put("title_vector", vector(model, 1));
    }
    properties.put(ImageTextEmbeddingProcessor.FINGERPRINT_FIELD, unsearched());
    return Map.of("properties", properties);
  }

  /** A keyword that stands in {@code _source} and nowhere else. */
  private static Map<String, Object> unsearched() {
    Map<String, Object> keyword = new LinkedHashMap<>();
    keyword.put("type", "keyword");
    keyword.put("index", false);
    keyword.put("doc_values", false);
    return keyword;
  }

  private static String imageOutput(ModelInfo model) {
    return model.vectorsPerImage() == 1 ? "photo_vector" : "photo_vectors";
  }

  /** Several vectors stand in nested objects, which searches compare one by one. */
  private static Map<String, Object> imageVectors(ModelInfo model) {
    Map<String, Object> vector = vector(model, model.vectorsPerImage());
    if (model.vectorsPerImage() == 1) {
      return vector;
    }
    Map<String, Object> nested = new LinkedHashMap<>();
    nested.put("type", "nested");
    nested.put("properties", Map.of(ImageTextEmbeddingProcessor.NESTED_VECTOR, vector));
    return nested;
  }

  /**
   * The index type is named because Elasticsearch's default depends on version and licence.
   *
   * @param count vectors a document
   */
  private static Map<String, Object> vector(ModelInfo model, int count) {
    String index = model.dimensions() * count < QUANTISED_DIMENSIONS ? "hnsw" : "int8_hnsw";
    Map<String, Object> vector = new LinkedHashMap<>();
    vector.put("type", "dense_vector");
    vector.put("dims", model.dimensions());
    vector.put("index", true);
    vector.put("similarity", model.similarity());
    vector.put("index_options", Map.of("type", index));
    if (model.id().length() <= MAX_META_VALUE) {
      Map<String, Object> meta = new LinkedHashMap<>();
      meta.put(FieldMappings.MODEL_KEY, model.id());
      meta.put(FieldMappings.VERSION_KEY, model.shortVersion());
      vector.put("meta", meta);
    }
    return vector;
  }

  private static Map<String, Object> pipeline(ModelInfo model, boolean images, boolean texts) {
    List<Map<String, Object>> fields = new ArrayList<>();
    if (images) {
      fields.add(field("photo", "image", imageOutput(model)));
    }
    if (texts) {
      fields.add(field("title", "text", "title_vector"));
    }
    Map<String, Object> processor = new LinkedHashMap<>();
    processor.put("model_id", model.id());
    processor.put("input_output", fields);
    if (images) {
      processor.put("digest_field", "photo_digest");
    }
    processor.put("skip_existing", true);
    return Map.of("processors", List.of(Map.of(ImageTextEmbeddingProcessor.TYPE, processor)));
  }

  private static Map<String, Object> field(String name, String type, String output) {
    Map<String, Object> field = new LinkedHashMap<>();
    field.put("input_field", name);
    field.put("input_type", type);
    field.put("output_field", output);
    return field;
  }

  /**
   * Writes {@code suggested_search} where texts find images. It leaves the pictures out of the
   * answer, and leaves them in {@code _source}, where reranks and updates read them.
   */
  static void writeSearch(XContentBuilder builder, ModelInfo model) throws IOException {
    if (model.has(Role.IMAGE_EMBEDDING) == false || model.has(Role.TEXT_EMBEDDING) == false) {
      return;
    }
    Map<String, Object> query = new LinkedHashMap<>();
    String field = imageOutput(model);
    boolean nested = model.vectorsPerImage() > 1;
    query.put("field", nested ? field + "." + ImageTextEmbeddingProcessor.NESTED_VECTOR : field);
    if (model.id().length() > MAX_META_VALUE) {
      query.put("model_id", model.id());
    }
    query.put("input", "what a picture shows");
    Map<String, Object> search = new LinkedHashMap<>();
    search.put("query", Map.of("image_text", query));
    search.put("_source", Map.of("excludes", List.of("photo")));
    builder.field("suggested_search", search);
  }
}
