package org.sightline.plugin.transport;

import java.util.Objects;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.io.stream.StreamOutput;

/** A request that is served by the node which received it and is never sent to another one. */
public final class LocalRequest<B> extends ActionRequest {
  private final B body;

  public LocalRequest(B body) {
    this.body = Objects.requireNonNull(body, "body");
  }

  public B body() {
    return body;
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
