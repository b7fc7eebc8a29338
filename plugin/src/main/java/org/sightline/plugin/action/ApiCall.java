package org.sightline.plugin.action;

import java.util.Objects;

/**
 * A call of an inference operation.
 *
 * @param inputs inputs of the model
 * @param options what the operation needs besides the inputs; null where it needs nothing
 */
public record ApiCall<O>(String modelId, ApiInputs inputs, O options) {
  public ApiCall {
    Objects.requireNonNull(modelId, "modelId");
    Objects.requireNonNull(inputs, "inputs");
  }
}
