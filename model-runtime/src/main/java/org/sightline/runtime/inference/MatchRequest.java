package org.sightline.runtime.inference;

import java.util.List;
import java.util.Objects;

/**
 * Asks how well each input matches the query.
 *
 * @param modelId the model, never null; it must have the role {@code matching}
 * @param query a text (then the inputs are images) or an image (then the inputs are texts)
 * @param inputs what is scored, at least one, all of the kind that the query is not
 * @param purpose what the request serves
 * @param deadline when the caller stops waiting
 */
public record MatchRequest(
    String modelId,
    InferenceInput query,
    List<InferenceInput> inputs,
    Purpose purpose,
    Deadline deadline)
    implements Inference.Request {
  public MatchRequest {
    Objects.requireNonNull(modelId, "modelId");
    Objects.requireNonNull(query, "query");
    Objects.requireNonNull(purpose, "purpose");
    Objects.requireNonNull(deadline, "deadline");
    inputs = List.copyOf(inputs);
  }
}
