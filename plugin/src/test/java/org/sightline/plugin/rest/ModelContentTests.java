package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.Set;
import org.elasticsearch.common.Strings;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Role;

public class ModelContentTests extends ESTestCase {

  private static String suggestion(ModelInfo model) throws IOException {
    XContentBuilder builder = JsonXContent.contentBuilder().startObject();
    Suggestion.write(builder, model);
    return Strings.toString(builder.endObject());
  }

  private static final String FINGERPRINTS =
      ",\"embedding_fingerprints\":{\"type\":\"keyword\",\"index\":false,\"doc_values\":false}";

  private static ModelInfo model(String id, int dimensions, int vectors, Role... roles) {
    return new ModelInfo(
        id,
        "0123456789abcdef".repeat(4),
        "f",
        "d",
        "l",
        dimensions,
        vectors,
        "cosine",
        1f,
        0f,
        Set.of(roles));
  }

  public void testSmallVectorsStayExact() throws IOException {
    assertEquals(
        "{\"suggested_mapping\":{\"properties\":{\"title\":{\"type\":\"text\"},\"title_vector\":"
            + "{\"type\":\"dense_vector\",\"dims\":383,\"index\":true,\"similarity\":\"cosine\","
            + "\"index_options\":{\"type\":\"hnsw\"},\"meta\":{\"sightline.model_id\":\"m\","
            + "\"sightline.version\":\"0123456789abcdef\"}}"
            + FINGERPRINTS
            + "}},\"suggested_pipeline\":{\"processors\":[{\"image_text_embedding\":{\"model_id\":"
            + "\"m\",\"input_output\":[{\"input_field\":\"title\",\"input_type\":\"text\","
            + "\"output_field\":\"title_vector\"}],\"skip_existing\":true}}]}}",
        suggestion(model("m", 383, 32, Role.TEXT_EMBEDDING)));
  }

  public void testLargeVectorsAreQuantisedAndLongIdsAreLeftOut() throws IOException {
    String id = "m".repeat(51);
    assertEquals(
        "{\"suggested_mapping\":{\"properties\":{\"photo\":{\"type\":\"binary\"},\"photo_digest\":"
            + "{\"type\":\"keyword\"},\"photo_vector\":{\"type\":\"dense_vector\",\"dims\":512,"
            + "\"index\":true,\"similarity\":\"cosine\",\"index_options\":{\"type\":\"int8_hnsw\"}"
            + "}"
            + FINGERPRINTS
            + "}},\"suggested_pipeline\":{\"processors\":[{\"image_text_embedding\":{\"model_id\":\""
            + id
            + "\",\"input_output\":[{\"input_field\":\"photo\",\"input_type\":\"image\","
            + "\"output_field\":\"photo_vector\"}],\"digest_field\":\"photo_digest\","
            + "\"skip_existing\":true}}]}}",
        suggestion(model(id, 512, 1, Role.IMAGE_EMBEDDING)));
  }

  public void testSeveralVectorsAnImageAreNested() throws IOException {
    String vector =
        "{\"type\":\"dense_vector\",\"dims\":%d,\"index\":true,\"similarity\":\"cosine\","
            + "\"index_options\":{\"type\":\"%s\"},\"meta\":{\"sightline.model_id\":\"m\","
            + "\"sightline.version\":\"0123456789abcdef\"}}";
    assertEquals(
        "{\"suggested_mapping\":{\"properties\":{\"photo\":{\"type\":\"binary\"},\"photo_digest\":"
            + "{\"type\":\"keyword\"},\"photo_vectors\":{\"type\":\"nested\",\"properties\":"
            + "{\"vector\":"
            + Strings.format(vector, 256, "int8_hnsw")
            + "}},\"title\":{\"type\":\"text\"},\"title_vector\":"
            + Strings.format(vector, 256, "hnsw")
            + FINGERPRINTS
            + "}},\"suggested_pipeline\":{\"processors\":[{\"image_text_embedding\":{\"model_id\":"
            + "\"m\",\"input_output\":[{\"input_field\":\"photo\",\"input_type\":\"image\","
            + "\"output_field\":\"photo_vectors\"},{\"input_field\":\"title\",\"input_type\":"
            + "\"text\",\"output_field\":\"title_vector\"}],\"digest_field\":\"photo_digest\","
            + "\"skip_existing\":true}}]}}",
        suggestion(model("m", 256, 32, Role.IMAGE_EMBEDDING, Role.TEXT_EMBEDDING)));
    String few = suggestion(model("m", 16, 4, Role.IMAGE_EMBEDDING));
    assertTrue(few, few.contains(Strings.format(vector, 16, "hnsw")));
  }

  public void testAMatcherAloneHasNothingToStore() throws IOException {
    assertEquals("{}", suggestion(model("m", 64, 1, Role.MATCHING, Role.IMAGE_TOKENS)));
  }

  private static String search(ModelInfo model) throws IOException {
    XContentBuilder builder = JsonXContent.contentBuilder().startObject();
    Suggestion.writeSearch(builder, model);
    return Strings.toString(builder.endObject());
  }

  public void testSearchesLeavePicturesOut() throws IOException {
    String search =
        "{\"suggested_search\":{\"query\":{\"image_text\":{\"field\":\"%s\",%s\"input\":\"what a"
            + " picture shows\"}},\"_source\":{\"excludes\":[\"photo\"]}}}";
    Role[] both = {Role.IMAGE_EMBEDDING, Role.TEXT_EMBEDDING};
    assertEquals(Strings.format(search, "photo_vector", ""), search(model("m", 512, 1, both)));
    assertEquals(
        Strings.format(search, "photo_vectors.vector", ""), search(model("m", 256, 32, both)));
    String id = "m".repeat(51);
    assertEquals(
        Strings.format(search, "photo_vector", "\"model_id\":\"" + id + "\","),
        search(model(id, 512, 1, both)));
    assertEquals("{}", search(model("m", 512, 1, Role.IMAGE_EMBEDDING)));
  }
}
