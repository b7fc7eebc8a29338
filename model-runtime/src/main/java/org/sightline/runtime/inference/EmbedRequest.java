package org.sightline.runtime.inference;

import java.util.List;
import java.util.Objects;

/**
 * Asks for the embeddings of some inputs.
 *
 * @param modelId the model, never null
 * @param inputs texts and images with bytes, at least one
 * @param purpose what the request serves
 * @param deadline when the caller stops waiting
 */
public record EmbedRequest(
    String modelId, List<InferenceInput> inputs, Purpose purpose, Deadline deadline)
    implements Inference.Request {
  public EmbedRequest {
    Objects.requireNonNull(modelId, "modelId");
    Objects.requireNonNull(purpose, "purpose");
    Objects.requireNonNull(deadline, "deadline");
    inputs = List.copyOf(inputs);
  }
}
