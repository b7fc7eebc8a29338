package org.sightline.plugin.action;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.CaptionResponse;

/** {@code POST _sightline/models/{id}/_caption}. */
public final class CaptionAction {
  /** Says what images show. */
  public static final ActionType<ApiResponse<CaptionResponse>> TYPE =
      new ActionType<>("cluster:admin/sightline/inference/caption");

  private CaptionAction() {}

  /** What to caption, and how. */
  public static final class Request extends ApiRequest {
    private final CaptionOptions options;

    public Request(String modelId, ApiInputs inputs, CaptionOptions options) {
      super(modelId, inputs);
      this.options = Objects.requireNonNull(options, "options");
    }

    public CaptionOptions options() {
      return options;
    }
  }

  static ApiResponse<CaptionResponse> response(CaptionResponse answer) {
    return new ApiResponse<>(answer, CaptionAction::write);
  }

  private static void write(XContentBuilder builder, CaptionResponse answer) throws IOException {
    builder.field("model_id", answer.modelId());
    builder.startArray("captions");
    OutcomeContent.write(builder, answer.results(), CaptionAction::write);
    builder.endArray();
  }

  private static void write(XContentBuilder builder, List<Caption> captions) throws IOException {
    builder.startArray();
    for (Caption caption : captions) {
      builder.startObject();
      builder.field("text", caption.text());
      builder.field("score", caption.score());
      builder.endObject();
    }
    builder.endArray();
  }
}
