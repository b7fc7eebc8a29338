package org.sightline.plugin.transport;

import java.io.IOException;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.inference.EmbedResponse;
import org.sightline.inference.Embedding;
import org.sightline.inference.InferenceException;

/** What an inference node answers: embeddings, or why it could not serve the request. */
public final class NodeEmbedResponse extends ActionResponse {
  private final EmbedResponse response;
  private final InferenceException failure;

  private NodeEmbedResponse(EmbedResponse response, InferenceException failure) {
    this.response = response;
    this.failure = failure;
  }

  public static NodeEmbedResponse success(EmbedResponse response) {
    return new NodeEmbedResponse(response, null);
  }

  public static NodeEmbedResponse failure(InferenceException failure) {
    return new NodeEmbedResponse(null, failure);
  }

  /** Reads what {@link #writeTo} wrote. */
  public static NodeEmbedResponse read(StreamInput in) throws IOException {
    InferenceWire.readFormat(in);
    if (in.readBoolean() == false) {
      return failure(InferenceWire.readFailure(in));
    }
    return success(
        new EmbedResponse(
            in.readString(),
            in.readVInt(),
            InferenceWire.readOutcomes(
                in,
                stream ->
                    new Embedding(stream.readCollectionAsList(StreamInput::readFloatArray)))));
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
    out.writeVInt(response.dimensions());
    InferenceWire.writeOutcomes(
        out,
        response.results(),
        (stream, embedding) ->
            stream.writeCollection(embedding.vectors(), StreamOutput::writeFloatArray));
  }

  /** The embeddings. */
  public EmbedResponse orThrow() {
    if (failure != null) {
      throw failure;
    }
    return response;
  }
}
