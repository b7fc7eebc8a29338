package org.sightline.query.knn;

import java.io.IOException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.action.support.PlainActionFuture;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.test.AbstractXContentSerializingTestCase;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.sightline.query.input.InputSource;
import org.sightline.query.input.QueryInput;
import org.sightline.query.input.QueryInputTests;
import org.sightline.query.testing.Json;
import org.sightline.query.testing.TestServices;

/** Parsing, wire and checks of the query vector builder. */
public class ImageTextEmbeddingVectorBuilderTests
    extends AbstractXContentSerializingTestCase<ImageTextEmbeddingVectorBuilder> {
  private final TestServices services = TestServices.create();

  @Override
  protected Writeable.Reader<ImageTextEmbeddingVectorBuilder> instanceReader() {
    return in -> ImageTextEmbeddingVectorBuilder.read(in, services);
  }

  @Override
  protected ImageTextEmbeddingVectorBuilder createTestInstance() {
    QueryInput input = QueryInputTests.randomInput();
    String modelId = input.needsModel() || randomBoolean() ? randomAlphaOfLength(6) : null;
    return new ImageTextEmbeddingVectorBuilder(modelId, input, services);
  }

  @Override
  protected ImageTextEmbeddingVectorBuilder mutateInstance(
      ImageTextEmbeddingVectorBuilder instance) {
    return randomValueOtherThan(instance, this::createTestInstance);
  }

  @Override
  protected ImageTextEmbeddingVectorBuilder doParseInstance(XContentParser parser) {
    return ImageTextEmbeddingVectorBuilder.parse(parser, services);
  }

  private ImageTextEmbeddingVectorBuilder parse(String json) throws IOException {
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, Json.of(json))) {
      return ImageTextEmbeddingVectorBuilder.parse(parser, services);
    }
  }

  private void assertRefused(String json, String message) {
    Exception e = expectThrows(Exception.class, () -> parse(json));
    assertEquals(message, e.getMessage());
    assertEquals(400, ExceptionsHelper.status(e).getStatus());
  }

  public void testModelMayBeLeftOutForDocumentsOnly() throws IOException {
    assertEquals(
        new ImageTextEmbeddingVectorBuilder(
            null, QueryInput.of(new InputSource.Document("i", "1", "v", null)), services),
        parse("{'input':[{'type':'document','index':'i','id':'1','path':'v'}]}"));
    PlainActionFuture<float[]> vector = new PlainActionFuture<>();
    parse("{'input':'a cat'}").buildVector(null, vector);
    Exception e = expectThrows(IllegalArgumentException.class, vector::actionGet);
    assertEquals(
        "[model_id] is required in [query_vector_builder.image_text_embedding] unless every"
            + " [input] is a document: Elasticsearch does not say which field is searched; the"
            + " query [image_text] takes the model from the field's mapping",
        e.getMessage());
  }

  public void testInputIsRequired() {
    assertRefused("{'model_id':'emoji-clip'}", "[image_text_embedding] needs [input]");
  }

  public void testUnknownOption() {
    assertRefused(
        "{'modle_id':'emoji-clip','input':'a cat'}",
        "[1:2] [image_text_embedding] unknown field [modle_id] did you mean [model_id]?");
  }

  public void testInnerMessageIsTheRootCause() {
    Exception e =
        expectThrows(
            Exception.class, () -> parse("{'model_id':'m','input':{'type':'text','valeu':'x'}}"));
    Throwable root = org.elasticsearch.ElasticsearchException.guessRootCauses(e)[0];
    assertEquals(
        "unknown key [valeu] in an [input] of type [text], allowed are [type, value, weight]",
        root.getMessage());
  }

  public void testRunsInAMixedCluster() {
    TransportVersion needed = createTestInstance().getMinimalSupportedVersion();
    assertTrue(TransportVersion.minimumCompatible().supports(needed));
  }

  public void testEqualityIsThatOfModelAndInput() {
    ImageTextEmbeddingVectorBuilder cat =
        new ImageTextEmbeddingVectorBuilder("m", QueryInput.text("a cat"), services);
    assertNotEquals(
        cat, new ImageTextEmbeddingVectorBuilder("m", QueryInput.text("a dog"), services));
    assertNotEquals(
        cat, new ImageTextEmbeddingVectorBuilder("n", QueryInput.text("a cat"), services));
    assertNotEquals(
        cat, new ImageTextEmbeddingVectorBuilder("m", QueryInput.image("a cat"), services));
  }

  public void testEqualityIgnoresServices() {
    QueryInput input = QueryInput.text("a cat");
    assertEquals(
        new ImageTextEmbeddingVectorBuilder("m", input, services),
        new ImageTextEmbeddingVectorBuilder("m", input, TestServices.create()));
    assertEquals(
        "image_text_embedding{model_id=m, inputs=1}",
        new ImageTextEmbeddingVectorBuilder("m", input, services).toString());
  }
}
