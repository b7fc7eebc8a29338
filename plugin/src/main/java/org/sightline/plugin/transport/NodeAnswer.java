package org.sightline.plugin.transport;

import java.io.IOException;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;
import org.sightline.query.WireFormat;
import org.sightline.runtime.inference.InferenceException;

/** What an inference node answers: the result, or why it could not serve the request. */
public final class NodeAnswer<A> extends ActionResponse {
  private final NodeCall<?, A> call;
  private final WireFormat format;
  private final A result;
  private final InferenceException failure;
  private final long tookNanos;

  /**
   * @param format that of the request
   * @param result null where there is a failure
   * @param failure null where there is a result
   */
  NodeAnswer(
      NodeCall<?, A> call,
      WireFormat format,
      A result,
      InferenceException failure,
      long tookNanos) {
    this.call = call;
    this.format = format;
    this.result = result;
    this.failure = failure;
    this.tookNanos = tookNanos;
  }

  /** From the moment when the node had read the request until it had the answer. */
  public long tookNanos() {
    return tookNanos;
  }

  /** Reads what {@link #writeTo} wrote. */
  public static <A> Writeable.Reader<NodeAnswer<A>> reader(NodeCall<?, A> call) {
    return in -> read(call, in);
  }

  private static <A> NodeAnswer<A> read(NodeCall<?, A> call, StreamInput in) throws IOException {
    WireFormat format = WireFormat.read(in, "an answer of inference");
    long tookNanos = in.readVLong();
    return in.readBoolean()
        ? new NodeAnswer<>(call, format, call.answer().reader().read(in), null, tookNanos)
        : new NodeAnswer<>(call, format, null, InferenceFailures.read(in), tookNanos);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    format.write(out);
    out.writeVLong(tookNanos);
    out.writeBoolean(failure == null);
    if (failure == null) {
      call.answer().writer().write(out, result);
    } else {
      InferenceFailures.write(out, failure);
    }
  }

  /**
   * The result.
   *
   * @throws InferenceException why there is none
   */
  public A orThrow() {
    if (failure != null) {
      throw failure;
    }
    return result;
  }
}
