package org.sightline.plugin.action;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.zeroshot.LabelProbability;
import org.sightline.runtime.zeroshot.LabelSet;

/** {@code POST _sightline/models/{id}/_classify}. */
public final class ClassifyAction {
  /** Classifies images without training. */
  public static final ActionType<ApiResponse<Answer>> TYPE =
      new ActionType<>("cluster:admin/sightline/inference/classify");

  private ClassifyAction() {}

  /** What to classify, and what as. */
  public static final class Request extends ApiRequest {
    private final LabelSet labels;
    private final int numTopClasses;

    /**
     * @param numTopClasses how many labels of an image are answered, at least 1
     */
    public Request(String modelId, ApiInputs inputs, LabelSet labels, int numTopClasses) {
      super(modelId, inputs);
      this.labels = Objects.requireNonNull(labels, "labels");
      this.numTopClasses = numTopClasses;
    }

    public LabelSet labels() {
      return labels;
    }

    public int numTopClasses() {
      return numTopClasses;
    }
  }

  /**
   * Labels of images.
   *
   * @param results for each image its labels, the likeliest first
   */
  public record Answer(String modelId, List<Outcome<List<LabelProbability>>> results) {
    public Answer {
      results = List.copyOf(results);
    }
  }

  static ApiResponse<Answer> response(Answer answer) {
    return new ApiResponse<>(answer, ClassifyAction::write);
  }

  private static void write(XContentBuilder builder, Answer answer) throws IOException {
    builder.field("model_id", answer.modelId());
    builder.startArray("classifications");
    OutcomeContent.write(builder, answer.results(), ClassifyAction::write);
    builder.endArray();
  }

  private static void write(XContentBuilder builder, List<LabelProbability> labels)
      throws IOException {
    builder.startArray();
    for (LabelProbability label : labels) {
      builder.startObject();
      builder.field("label", label.label());
      builder.field("probability", label.probability());
      builder.endObject();
    }
    builder.endArray();
  }
}
