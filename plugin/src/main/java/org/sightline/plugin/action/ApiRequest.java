package org.sightline.plugin.action;

import java.util.Objects;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.UntypedActionRequest;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.io.stream.StreamOutput;

/** Inputs for a model. Stays on the node that got it. */
public class ApiRequest extends UntypedActionRequest {
  private final String modelId;
  private final ApiInputs inputs;

  public ApiRequest(String modelId, ApiInputs inputs) {
    this.modelId = Objects.requireNonNull(modelId, "modelId");
    this.inputs = Objects.requireNonNull(inputs, "inputs");
  }

  public final String modelId() {
    return modelId;
  }

  public final ApiInputs inputs() {
    return inputs;
  }

  @Override
  public ActionRequestValidationException validate() {
    return null;
  }

  @Override
  public final void writeTo(StreamOutput out) {
    TransportAction.localOnly();
  }
}
