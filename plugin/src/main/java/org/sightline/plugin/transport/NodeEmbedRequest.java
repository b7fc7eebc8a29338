package org.sightline.plugin.transport;

import java.io.IOException;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.UntypedActionRequest;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.inference.EmbedRequest;
import org.sightline.inference.Purpose;

/** Asks an inference node for embeddings. */
public final class NodeEmbedRequest extends UntypedActionRequest {
  private final EmbedRequest request;

  public NodeEmbedRequest(EmbedRequest request) {
    this.request = request;
  }

  public NodeEmbedRequest(StreamInput in) throws IOException {
    super(in);
    InferenceWire.readFormat(in);
    request =
        new EmbedRequest(
            in.readString(),
            in.readCollectionAsList(InferenceWire::readInput),
            in.readEnum(Purpose.class),
            InferenceWire.readDeadline(in));
  }

  /** What is asked for; its deadline is in the time of this process. */
  public EmbedRequest request() {
    return request;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    InferenceWire.writeFormat(out);
    out.writeString(request.modelId());
    out.writeCollection(request.inputs(), InferenceWire::writeInput);
    out.writeEnum(request.purpose());
    InferenceWire.writeDeadline(out, request.deadline());
  }

  @Override
  public ActionRequestValidationException validate() {
    return null;
  }
}
