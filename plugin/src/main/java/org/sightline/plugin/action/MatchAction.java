package org.sightline.plugin.action;

import java.io.IOException;
import java.util.Objects;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.query.input.InputSource;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;

/** {@code POST _sightline/models/{id}/_match}. */
public final class MatchAction {
  /** Matches a text against images, or an image against texts. */
  public static final ActionType<ApiResponse<MatchResponse>> TYPE =
      new ActionType<>("cluster:admin/sightline/inference/match");

  private MatchAction() {}

  /** What to match. */
  public static final class Request extends ApiRequest {
    private final InputSource query;

    public Request(String modelId, InputSource query, ApiInputs inputs) {
      super(modelId, inputs);
      this.query = Objects.requireNonNull(query, "query");
    }

    public InputSource query() {
      return query;
    }
  }

  static ApiResponse<MatchResponse> response(MatchResponse answer) {
    return new ApiResponse<>(answer, MatchAction::write);
  }

  private static void write(XContentBuilder builder, MatchResponse answer) throws IOException {
    builder.field("model_id", answer.modelId());
    builder.startArray("scores");
    OutcomeContent.write(builder, answer.results(), MatchAction::write);
    builder.endArray();
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
