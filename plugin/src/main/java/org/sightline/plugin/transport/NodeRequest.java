package org.sightline.plugin.transport;

import java.io.IOException;
import java.util.Map;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.UntypedActionRequest;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskId;
import org.sightline.query.WireFormat;

/** Asks an inference node for what a {@link NodeCall} names. */
public final class NodeRequest<Q> extends UntypedActionRequest {
  private final NodeCall<Q, ?> call;
  private final WireFormat format;
  private final Q body;

  /**
   * @param receiver the node that the request is sent to
   */
  public NodeRequest(NodeCall<Q, ?> call, DiscoveryNode receiver, Q body) {
    this.call = call;
    this.format = WireFormat.NEWEST.sharedWith(receiver);
    this.body = body;
  }

  private NodeRequest(NodeCall<Q, ?> call, StreamInput in) throws IOException {
    super(in);
    this.call = call;
    this.format = WireFormat.read(in, "a request for inference");
    this.body = call.request().reader().read(in);
  }

  /** Reads what {@link #writeTo} wrote. */
  public static <Q> Writeable.Reader<NodeRequest<Q>> reader(NodeCall<Q, ?> call) {
    return in -> new NodeRequest<>(call, in);
  }

  /** The format of this request and of its answer. */
  WireFormat format() {
    return format;
  }

  /** What is asked for; its deadline is in the time of this process. */
  public Q body() {
    return body;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    format.write(out);
    call.request().writer().write(out, body);
  }

  /** Cancelled with the search that it is for, wherever that runs: then its work is dropped. */
  @Override
  public Task createTask(
      long id, String type, String action, TaskId parentTaskId, Map<String, String> headers) {
    CancellableTask task =
        new CancellableTask(id, type, action, call.action().name(), parentTaskId, headers);
    task.addListener(call.deadline().apply(body)::abandon);
    return task;
  }

  @Override
  public ActionRequestValidationException validate() {
    return null;
  }
}
