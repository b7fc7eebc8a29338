package org.sightline.query.knn;

import java.io.IOException;
import java.util.Objects;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.search.vectors.QueryVectorBuilder;
import org.elasticsearch.xcontent.ObjectParser;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;
import org.sightline.query.QueryServices;
import org.sightline.query.WireFormat;
import org.sightline.query.input.InputResolver;
import org.sightline.query.input.QueryInput;

/**
 * The query vector builder {@code image_text_embedding}: the embedding of texts, images, stored
 * vectors or a weighted mix of them. Serves every form of {@code knn}.
 */
public final class ImageTextEmbeddingVectorBuilder implements QueryVectorBuilder {
  /** The name under {@code query_vector_builder}. */
  public static final String NAME = "image_text_embedding";

  static final ParseField MODEL_ID = new ParseField("model_id");
  static final ParseField INPUT = new ParseField("input");

  private static final class Draft {
    private String modelId;
    private QueryInput input;
  }

  private static final ObjectParser<Draft, Void> PARSER = new ObjectParser<>(NAME, Draft::new);

  static {
    PARSER.declareString((draft, value) -> draft.modelId = value, MODEL_ID);
    PARSER.declareField(
        (parser, draft, context) -> draft.input = QueryInput.parse(parser),
        INPUT,
        ObjectParser.ValueType.VALUE_OBJECT_ARRAY);
  }

  private final String modelId;
  private final QueryInput input;
  private final QueryServices services;

  /**
   * @param modelId may be null when all inputs are documents
   * @param input what the vector is made of
   * @param services asked when the vector is built
   */
  public ImageTextEmbeddingVectorBuilder(String modelId, QueryInput input, QueryServices services) {
    if (input == null) {
      throw new IllegalArgumentException("[" + NAME + "] needs [input]");
    }
    this.modelId = modelId;
    this.input = input;
    this.services = services;
  }

  /** Reads what {@link #writeTo} wrote. */
  public static ImageTextEmbeddingVectorBuilder read(StreamInput in, QueryServices services)
      throws IOException {
    WireFormat.read(in, "query vector builder [" + NAME + "]");
    return new ImageTextEmbeddingVectorBuilder(
        in.readOptionalString(), QueryInput.read(in), services);
  }

  /** Parses the object under the name. */
  public static ImageTextEmbeddingVectorBuilder parse(
      XContentParser parser, QueryServices services) {
    Draft draft = PARSER.apply(parser, null);
    return new ImageTextEmbeddingVectorBuilder(draft.modelId, draft.input, services);
  }

  @Override
  public void buildVector(Client client, ActionListener<float[]> listener) {
    if (modelId == null && input.needsModel()) {
      // said here and not when it is parsed, where it would be wrapped into another message
      listener.onFailure(
          new IllegalArgumentException(
              "[model_id] is required in [query_vector_builder.image_text_embedding] unless every"
                  + " [input] is a document: Elasticsearch does not say which field is searched; the"
                  + " query [image_text] takes the model from the field's mapping"));
      return;
    }
    new InputResolver(services, modelId, input, client).resolve(listener);
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public TransportVersion getMinimalSupportedVersion() {
    return TransportVersion.minimumCompatible();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    WireFormat.FIRST.write(out);
    out.writeOptionalString(modelId);
    input.writeTo(out);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject();
    if (modelId != null) {
      builder.field(MODEL_ID.getPreferredName(), modelId);
    }
    builder.field(INPUT.getPreferredName(), input);
    return builder.endObject();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ImageTextEmbeddingVectorBuilder that
        && Objects.equals(modelId, that.modelId)
        && input.equals(that.input);
  }

  @Override
  public int hashCode() {
    return Objects.hash(modelId, input);
  }

  @Override
  public String toString() {
    // the images of an input may be megabytes of text
    return NAME + "{model_id=" + modelId + ", inputs=" + input.inputs().size() + "}";
  }
}
