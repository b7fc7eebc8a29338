package org.sightline.plugin.transport;

import java.io.IOException;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.UntypedActionRequest;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.inference.MatchRequest;
import org.sightline.inference.Purpose;

/** Asks an inference node for match scores. */
public final class NodeMatchRequest extends UntypedActionRequest {
  private final MatchRequest request;

  public NodeMatchRequest(MatchRequest request) {
    this.request = request;
  }

  public NodeMatchRequest(StreamInput in) throws IOException {
    super(in);
    InferenceWire.readFormat(in);
    request =
        new MatchRequest(
            in.readString(),
            InferenceWire.readInput(in),
            in.readCollectionAsList(InferenceWire::readInput),
            in.readEnum(Purpose.class),
            InferenceWire.readDeadline(in));
  }

  /** What is asked for; its deadline is in the time of this process. */
  public MatchRequest request() {
    return request;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    InferenceWire.writeFormat(out);
    out.writeString(request.modelId());
    InferenceWire.writeInput(out, request.query());
    out.writeCollection(request.inputs(), InferenceWire::writeInput);
    out.writeEnum(request.purpose());
    InferenceWire.writeDeadline(out, request.deadline());
  }

  @Override
  public ActionRequestValidationException validate() {
    return null;
  }
}
