package org.sightline.plugin.transport;

import java.io.IOException;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.inference.InferenceException;
import org.sightline.inference.MatchResponse;
import org.sightline.inference.MatchScore;

/** What an inference node answers: scores, or why it could not serve the request. */
public final class NodeMatchResponse extends ActionResponse {
  private final MatchResponse response;
  private final InferenceException failure;

  private NodeMatchResponse(MatchResponse response, InferenceException failure) {
    this.response = response;
    this.failure = failure;
  }

  public static NodeMatchResponse success(MatchResponse response) {
    return new NodeMatchResponse(response, null);
  }

  public static NodeMatchResponse failure(InferenceException failure) {
    return new NodeMatchResponse(null, failure);
  }

  /** Reads what {@link #writeTo} wrote. */
  public static NodeMatchResponse read(StreamInput in) throws IOException {
    InferenceWire.readFormat(in);
    if (in.readBoolean() == false) {
      return failure(InferenceWire.readFailure(in));
    }
    return success(
        new MatchResponse(
            in.readString(),
            InferenceWire.readOutcomes(
                in,
                stream ->
                    new MatchScore(
                        stream.readFloat(), stream.readFloat(), stream.readOptionalFloat()))));
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    InferenceWire.writeFormat(out);
    out.writeBoolean(failure == null);
    if (failure != null) {
      InferenceWire.writeFailure(out, failure);
      return;
    }
    out.writeString(response.modelId());
    InferenceWire.writeOutcomes(
        out,
        response.results(),
        (stream, score) -> {
          stream.writeFloat(score.noMatchLogit());
          stream.writeFloat(score.matchLogit());
          stream.writeOptionalFloat(score.similarity());
        });
  }

  /** The scores. */
  public MatchResponse orThrow() {
    if (failure != null) {
      throw failure;
    }
    return response;
  }
}
