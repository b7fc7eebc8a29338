package org.sightline.plugin.action;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.xcontent.ToXContentObject;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.zeroshot.LabelProbability;

/**
 * Results in the order of the inputs; an input that failed has its error in the place of its
 * result. Stays on the node that asked.
 *
 * @param <T> the result of one input
 */
public final class ApiResponse<T> extends ActionResponse implements ToXContentObject {

  private interface Writer<T> {
    void write(XContentBuilder builder, T value) throws IOException;
  }

  private final String modelId;
  private final Integer dimensions;
  private final String field;
  private final List<Outcome<T>> results;
  private final Writer<T> writer;

  private ApiResponse(
      String modelId,
      Integer dimensions,
      String field,
      List<Outcome<T>> results,
      Writer<T> writer) {
    this.modelId = modelId;
    this.dimensions = dimensions;
    this.field = field;
    this.results = List.copyOf(results);
    this.writer = writer;
  }

  static ApiResponse<Embedding> embeddings(
      String modelId, int dimensions, List<Outcome<Embedding>> results) {
    return new ApiResponse<>(modelId, dimensions, "embeddings", results, ApiResponse::embedding);
  }

  static ApiResponse<MatchScore> scores(String modelId, List<Outcome<MatchScore>> results) {
    return new ApiResponse<>(modelId, null, "scores", results, ApiResponse::score);
  }

  static ApiResponse<List<Caption>> captions(String modelId, List<Outcome<List<Caption>>> results) {
    return new ApiResponse<>(modelId, null, "captions", results, ApiResponse::captions);
  }

  static ApiResponse<List<LabelProbability>> classifications(
      String modelId, List<Outcome<List<LabelProbability>>> results) {
    return new ApiResponse<>(modelId, null, "classifications", results, ApiResponse::labels);
  }

  /** The same response with other results. */
  ApiResponse<T> with(List<Outcome<T>> others) {
    return new ApiResponse<>(modelId, dimensions, field, others, writer);
  }

  public List<Outcome<T>> results() {
    return results;
  }

  @Override
  public void writeTo(StreamOutput out) {
    TransportAction.localOnly();
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject();
    builder.field("model_id", modelId);
    if (dimensions != null) {
      builder.field("dimensions", dimensions);
    }
    builder.startArray(field);
    for (Outcome<T> outcome : results) {
      switch (outcome) {
        case Outcome.Success<T> success -> writer.write(builder, success.value());
        case Outcome.Failure<T> failure -> {
          builder.startObject();
          error(builder, failure.error());
          builder.endObject();
        }
      }
    }
    return builder.endArray().endObject();
  }

  /** Writes the object {@code error} into an open object. */
  public static void error(XContentBuilder builder, InferenceException error) throws IOException {
    builder.startObject("error");
    builder.field("type", error.kind().name().toLowerCase(Locale.ROOT));
    builder.field("reason", error.getMessage());
    builder.endObject();
  }

  private static void embedding(XContentBuilder builder, Embedding embedding) throws IOException {
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

  private static void score(XContentBuilder builder, MatchScore score) throws IOException {
    builder.startObject();
    builder.field("probability", score.probability());
    builder.array("logits", new float[] {score.noMatchLogit(), score.matchLogit()});
    if (score.similarity() != null) {
      builder.field("similarity", score.similarity());
    }
    builder.endObject();
  }

  private static void captions(XContentBuilder builder, List<Caption> captions) throws IOException {
    builder.startArray();
    for (Caption caption : captions) {
      builder.startObject().field("text", caption.text()).field("score", caption.score());
      builder.endObject();
    }
    builder.endArray();
  }

  private static void labels(XContentBuilder builder, List<LabelProbability> labels)
      throws IOException {
    builder.startArray();
    for (LabelProbability label : labels) {
      builder.startObject().field("label", label.label());
      builder.field("probability", label.probability()).endObject();
    }
    builder.endArray();
  }
}
