package org.sightline.plugin.transport;

import java.io.IOException;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;
import org.sightline.runtime.inference.InferenceException;

/** What an inference node answers: the result, or why it could not serve the request. */
public final class NodeAnswer<A> extends ActionResponse {
  private final NodeCall<?, A> call;
  private final A result;
  private final InferenceException failure;
  private final long tookNanos;

  private NodeAnswer(NodeCall<?, A> call, A result, InferenceException failure, long tookNanos) {
    this.tookNanos = tookNanos;
    this.call = call;
    this.result = result;
    this.failure = failure;
  }

  public static <A> NodeAnswer<A> success(NodeCall<?, A> call, A result) {
    return new NodeAnswer<>(call, result, null, 0);
  }

  public static <A> NodeAnswer<A> failure(NodeCall<?, A> call, InferenceException failure) {
    return new NodeAnswer<>(call, null, failure, 0);
  }

  /** The same, with the time that the node took for it. */
  public NodeAnswer<A> took(long nanos) {
    return new NodeAnswer<>(call, result, failure, nanos);
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
    InferenceWire.FORMAT.check(in);
    long tookNanos = in.readVLong();
    NodeAnswer<A> answer =
        in.readBoolean()
            ? success(call, call.answer().reader().read(in))
            : failure(call, InferenceWire.readFailure(in));
    return answer.took(tookNanos);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    InferenceWire.FORMAT.write(out);
    out.writeVLong(tookNanos);
    out.writeBoolean(failure == null);
    if (failure == null) {
      call.answer().writer().write(out, result);
    } else {
      InferenceWire.writeFailure(out, failure);
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
