package org.sightline.plugin.action;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;

/** {@code POST _sightline/models/{id}/_embed}. */
public final class EmbedAction {
  /** Embeds texts and images. */
  public static final ActionType<ApiResponse<EmbedResponse>> TYPE =
      new ActionType<>("cluster:admin/sightline/inference/embed");

  private EmbedAction() {}

  static ApiResponse<EmbedResponse> response(EmbedResponse answer) {
    return new ApiResponse<>(answer, EmbedAction::write);
  }

  private static void write(XContentBuilder builder, EmbedResponse answer) throws IOException {
    builder.field("model_id", answer.modelId());
    builder.field("dimensions", answer.dimensions());
    builder.startArray("embeddings");
    OutcomeContent.write(builder, answer.results(), EmbedAction::write);
    builder.endArray();
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
