package org.sightline.plugin.transport;

import java.util.Map;
import java.util.Objects;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskId;

/** A request that is served by the node which received it and is never sent to another one. */
public final class LocalRequest<B> extends ActionRequest {
  private final B body;

  public LocalRequest(B body) {
    this.body = Objects.requireNonNull(body, "body");
  }

  public B body() {
    return body;
  }

  /** Cancelled with the connection of who asked, where the call looks after that. */
  @Override
  public Task createTask(
      long id, String type, String action, TaskId parentTaskId, Map<String, String> headers) {
    return new CancellableTask(id, type, action, "", parentTaskId, headers);
  }

  @Override
  public ActionRequestValidationException validate() {
    return null;
  }

  @Override
  public void writeTo(StreamOutput out) {
    TransportAction.localOnly();
  }
}
