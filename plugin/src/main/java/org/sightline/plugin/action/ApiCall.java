package org.sightline.plugin.action;

import java.util.Objects;
import org.sightline.query.input.InputSource;

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

  /** Length of all texts and of the base64 of all images. */
  long characters() {
    long ofOptions = options instanceof InputSource source ? characters(source) : 0;
    return ofOptions + inputs.sources().stream().mapToLong(ApiCall::characters).sum();
  }

  private static long characters(InputSource source) {
    return switch (source) {
      case InputSource.Text text -> text.value().length();
      case InputSource.Image image -> image.value().length();
      case InputSource.Document document -> 0;
    };
  }
}
