package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.inference.ModelInfo;
import org.sightline.inference.Role;
import org.sightline.ingest.ImageTextEmbeddingProcessor;
import org.sightline.query.mapping.FieldModel;

/**
 * A mapping and a pipeline that go together, for a model. The fields are called {@code photo} and
 * {@code title}; users rename them.
 */
final class Suggestion {
  /** From here on 8-bit vectors save more memory than their loss of precision costs. */
  private static final int QUANTISED_DIMENSIONS = 384;

  /** Longest value that Elasticsearch accepts in the {@code meta} of a field. */
  private static final int MAX_META_VALUE = 50;

  private Suggestion() {}

  /** Writes {@code suggested_mapping} and {@code suggested_pipeline} where the model embeds. */
  static void write(XContentBuilder builder, ModelInfo model) throws IOException {
    boolean images = model.has(Role.IMAGE_EMBEDDING) && model.vectorsPerImage() == 1;
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
      properties.put("photo_vector", vector(model));
    }
    if (texts) {
      properties.put("title", Map.of("type", "text"));
      properties.put("title_vector", vector(model));
    }
    return Map.of("properties", properties);
  }

  /** The index type is named because Elasticsearch's default depends on version and licence. */
  private static Map<String, Object> vector(ModelInfo model) {
    String index = model.dimensions() < QUANTISED_DIMENSIONS ? "hnsw" : "int8_hnsw";
    Map<String, Object> vector = new LinkedHashMap<>();
    vector.put("type", "dense_vector");
    vector.put("dims", model.dimensions());
    vector.put("index", true);
    vector.put("similarity", model.similarity());
    vector.put("index_options", Map.of("type", index));
    if (model.id().length() <= MAX_META_VALUE) {
      vector.put("meta", Map.of(FieldModel.META_KEY, model.id()));
    }
    return vector;
  }

  private static Map<String, Object> pipeline(ModelInfo model, boolean images, boolean texts) {
    List<Map<String, Object>> fields = new ArrayList<>();
    if (images) {
      fields.add(field("photo", "image"));
    }
    if (texts) {
      fields.add(field("title", "text"));
    }
    Map<String, Object> processor = new LinkedHashMap<>();
    processor.put("model_id", model.id());
    processor.put("input_output", fields);
    if (images) {
      processor.put("digest_field", "photo_digest");
    }
    return Map.of("processors", List.of(Map.of(ImageTextEmbeddingProcessor.TYPE, processor)));
  }

  private static Map<String, Object> field(String name, String type) {
    Map<String, Object> field = new LinkedHashMap<>();
    field.put("input_field", name);
    field.put("input_type", type);
    field.put("output_field", name + "_vector");
    return field;
  }
}
