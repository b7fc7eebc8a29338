package org.sightline.plugin.action;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.UntypedActionRequest;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.xcontent.ToXContentObject;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.inference.EmbedResponse;
import org.sightline.inference.Embedding;

/** {@code POST _sightline/models/{id}/_embed}. */
public final class EmbedAction {
  /** Embeds texts and images. */
  public static final ActionType<Response> TYPE =
      new ActionType<>("cluster:admin/sightline/inference/embed");

  private EmbedAction() {}

  /** What to embed. Stays on the node that got it. */
  public static final class Request extends UntypedActionRequest {
    private final String modelId;
    private final ApiInputs inputs;

    public Request(String modelId, ApiInputs inputs) {
      this.modelId = Objects.requireNonNull(modelId, "modelId");
      this.inputs = inputs;
    }

    public String modelId() {
      return modelId;
    }

    public ApiInputs inputs() {
      return inputs;
    }

    @Override
    public ActionRequestValidationException validate() {
      return null;
    }

    @Override
    public void writeTo(StreamOutput out) {
      TransportAction.localOnly();
    }
  }

  /** Embeddings in the order of the inputs. */
  public static final class Response extends ActionResponse implements ToXContentObject {
    private final EmbedResponse response;

    public Response(EmbedResponse response) {
      this.response = response;
    }

    public EmbedResponse response() {
      return response;
    }

    @Override
    public void writeTo(StreamOutput out) {
      TransportAction.localOnly();
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      builder.startObject();
      builder.field("model_id", response.modelId());
      builder.field("dimensions", response.dimensions());
      builder.startArray("embeddings");
      OutcomeContent.write(builder, response.results(), Response::write);
      return builder.endArray().endObject();
    }

    private static void write(XContentBuilder builder, Embedding embedding) throws IOException {
      List<float[]> vectors = embedding.vectors();
      if (vectors.size() == 1) {
        builder.value(vectors.get(0));
        return;
      }
      builder.startArray();
      for (float[] vector : vectors) {
        builder.value(vector);
      }
      builder.endArray();
    }
  }
}
