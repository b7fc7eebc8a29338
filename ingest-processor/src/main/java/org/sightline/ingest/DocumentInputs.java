package org.sightline.ingest;

import java.util.Optional;
import org.elasticsearch.ingest.IngestDocument;
import org.sightline.runtime.inference.EncodedImages;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;

/**
 * Reads the inputs of a document.
 *
 * @param ignoreMissing whether a missing input is empty instead of an error
 * @param maxImageBytes largest encoded image
 */
record DocumentInputs(IngestDocument document, boolean ignoreMissing, long maxImageBytes) {

  /** The value at a dotted path, or null. */
  Object value(String path) {
    return document.getFieldValue(path, Object.class, true);
  }

  /**
   * The input at a dotted path.
   *
   * @throws IllegalArgumentException naming the field that is missing or not of its type
   * @throws InferenceException naming the field that is not base64 or too large
   */
  Optional<InferenceInput> read(String field, InputType type) {
    Object value = value(field);
    if (value == null) {
      if (ignoreMissing) {
        return Optional.empty();
      }
      throw new IllegalArgumentException("[" + field + "] is missing, expected " + type.expected());
    }
    return Optional.of(
        switch (value) {
          case String text when type == InputType.TEXT -> new InferenceInput.Text(text);
          case String text ->
              InferenceInput.Image.of(EncodedImages.fromText(field, text, maxImageBytes));
          // documents in CBOR or Smile carry bytes as they are
          case byte[] bytes when type == InputType.IMAGE ->
              InferenceInput.Image.of(bounded(field, bytes));
          default ->
              throw new IllegalArgumentException(
                  "["
                      + field
                      + "] must be "
                      + type.expected()
                      + ", got "
                      + ReceivedValues.describe(value));
        });
  }

  /** As {@link #read}, for an image. */
  Optional<InferenceInput.Image> image(String field) {
    return read(field, InputType.IMAGE).map(InferenceInput.Image.class::cast);
  }

  private byte[] bounded(String field, byte[] bytes) {
    if (bytes.length > maxImageBytes) {
      throw new IllegalArgumentException(
          "[" + field + "] has " + bytes.length + " bytes, allowed are at most " + maxImageBytes);
    }
    return bytes;
  }
}
