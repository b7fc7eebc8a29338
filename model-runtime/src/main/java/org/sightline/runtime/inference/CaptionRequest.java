package org.sightline.runtime.inference;

import java.util.List;
import java.util.Objects;

/**
 * Asks what some images show.
 *
 * @param modelId a model with the role {@code caption_decoder}
 * @param images what is captioned, at least one
 * @param options how captions are decoded
 * @param purpose what the request serves
 * @param deadline when the caller stops waiting
 */
public record CaptionRequest(
    String modelId,
    List<InferenceInput.Image> images,
    CaptionOptions options,
    Purpose purpose,
    Deadline deadline)
    implements Inference.Request {
  public CaptionRequest {
    Objects.requireNonNull(modelId, "modelId");
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(purpose, "purpose");
    Objects.requireNonNull(deadline, "deadline");
    images = List.copyOf(images);
  }
}
