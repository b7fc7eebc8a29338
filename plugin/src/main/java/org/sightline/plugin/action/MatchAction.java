package org.sightline.plugin.action;

import java.io.IOException;
import java.util.Objects;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.UntypedActionRequest;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.xcontent.ToXContentObject;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.inference.MatchResponse;
import org.sightline.inference.MatchScore;
import org.sightline.query.input.InputSource;

/** {@code POST _sightline/models/{id}/_match}. */
public final class MatchAction {
  /** Matches a text against images, or an image against texts. */
  public static final ActionType<Response> TYPE =
      new ActionType<>("cluster:admin/sightline/inference/match");

  private MatchAction() {}

  /** What to match. Stays on the node that got it. */
  public static final class Request extends UntypedActionRequest {
    private final String modelId;
    private final InputSource query;
    private final ApiInputs inputs;

    public Request(String modelId, InputSource query, ApiInputs inputs) {
      this.modelId = Objects.requireNonNull(modelId, "modelId");
      this.query = Objects.requireNonNull(query, "query");
      this.inputs = inputs;
    }

    public String modelId() {
      return modelId;
    }

    public InputSource query() {
      return query;
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

  /** Scores in the order of the inputs. */
  public static final class Response extends ActionResponse implements ToXContentObject {
    private final MatchResponse response;

    public Response(MatchResponse response) {
      this.response = response;
    }

    public MatchResponse response() {
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
      builder.startArray("scores");
      OutcomeContent.write(builder, response.results(), Response::write);
      return builder.endArray().endObject();
    }

    private static void write(XContentBuilder builder, MatchScore score) throws IOException {
      builder.startObject();
      builder.field("probability", score.probability());
      builder.array("logits", new float[] {score.noMatchLogit(), score.matchLogit()});
      if (score.similarity() != null) {
        builder.field("similarity", score.similarity());
      }
      builder.endObject();
    }
  }
}
