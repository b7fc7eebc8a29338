package org.sightline.plugin.transport;

import java.io.IOException;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.UntypedActionRequest;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;

/** Asks an inference node for what a {@link NodeCall} names. */
public final class NodeRequest<Q> extends UntypedActionRequest {
  private final NodeCall<Q, ?> call;
  private final Q body;

  public NodeRequest(NodeCall<Q, ?> call, Q body) {
    this.call = call;
    this.body = body;
  }

  private NodeRequest(NodeCall<Q, ?> call, StreamInput in) throws IOException {
    super(in);
    this.call = call;
    InferenceWire.readFormat(in);
    this.body = call.request().reader().read(in);
  }

  /** Reads what {@link #writeTo} wrote. */
  public static <Q> Writeable.Reader<NodeRequest<Q>> reader(NodeCall<Q, ?> call) {
    return in -> new NodeRequest<>(call, in);
  }

  /** What is asked for; its deadline is in the time of this process. */
  public Q body() {
    return body;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    InferenceWire.writeFormat(out);
    call.request().writer().write(out, body);
  }

  @Override
  public ActionRequestValidationException validate() {
    return null;
  }
}
