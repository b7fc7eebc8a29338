package org.sightline.runtime.zeroshot;

import java.util.List;
import java.util.Objects;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Purpose;

/**
 * Asks which labels fit some images.
 *
 * @param modelId a model with the roles {@code image_embedding} and {@code text_embedding}
 * @param images with bytes, at least one
 * @param labels what is asked for
 * @param purpose what the request serves
 * @param deadline when the caller stops waiting
 */
public record ClassifyRequest(
    String modelId,
    List<InferenceInput.Image> images,
    LabelSet labels,
    Purpose purpose,
    Deadline deadline) {
  public ClassifyRequest {
    Objects.requireNonNull(modelId, "modelId");
    Objects.requireNonNull(labels, "labels");
    Objects.requireNonNull(purpose, "purpose");
    Objects.requireNonNull(deadline, "deadline");
    images = List.copyOf(images);
  }
}
