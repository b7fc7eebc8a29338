package org.sightline.ingest;

import java.util.List;
import org.elasticsearch.ingest.IngestDocument;
import org.sightline.runtime.encoded.EncodedImages;
import org.sightline.runtime.encoded.ImageAsText;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;

/**
 * Reads the inputs of a document.
 *
 * @param document what is read
 * @param ignoreMissing whether a missing input is left out instead of being an error
 * @param maxImageBytes largest encoded image
 */
record DocumentInputs(FieldScope document, boolean ignoreMissing, long maxImageBytes) {

  DocumentInputs(IngestDocument document, boolean ignoreMissing, long maxImageBytes) {
    this(new FieldScope.Document(document), ignoreMissing, maxImageBytes);
  }

  /**
   * Whether there is nothing to embed: no value, a blank text, a picture without bytes. The rule is
   * that of {@link InferenceInput.Text#isBlank} and {@link EncodedImages#isBlank}.
   */
  static boolean isMissing(Object value, InputType type) {
    return switch (value) {
      case null -> true;
      case String text ->
          type == InputType.TEXT ? InferenceInput.Text.isBlank(text) : EncodedImages.isBlank(text);
      case byte[] bytes -> bytes.length == 0;
      case List<?> list -> list.isEmpty();
      default -> false;
    };
  }

  /**
   * Decodes a value that is not missing.
   *
   * @throws IllegalArgumentException naming the value that is not of its type or too large
   * @throws InferenceException naming the value that is not base64 or too large
   */
  InferenceInput decode(String name, Object value, InputType type) {
    return switch (value) {
      case String text when type == InputType.TEXT && ImageAsText.is(text) ->
          throw new IllegalArgumentException(
              "[" + name + "] " + ImageAsText.IS + ": give it [input_type] [image]");
      case String text when type == InputType.TEXT -> new InferenceInput.Text(text);
      case String text ->
          InferenceInput.Image.of(EncodedImages.fromText(name, text, maxImageBytes));
      // documents in CBOR or Smile carry bytes as they are
      case byte[] bytes when type == InputType.IMAGE ->
          InferenceInput.Image.of(bounded(name, bytes));
      default ->
          throw new IllegalArgumentException(
              "["
                  + name
                  + "] must be "
                  + type.expected()
                  + ", got "
                  + ReceivedValues.describe(value));
    };
  }

  /** Fails the document unless it may lack an input. */
  void requireOptional(InputValue missing, InputType type) {
    String found =
        switch (missing.value()) {
          case null -> missing.present() ? "null" : "missing";
          case List<?> list -> "an empty list";
          case String text when type == InputType.TEXT -> "blank";
          default -> "empty";
        };
    requireOptional(missing.name(), found, type.expected());
  }

  private void requireOptional(String name, String found, String expected) {
    if (ignoreMissing == false) {
      throw new IllegalArgumentException(
          "["
              + name
              + "] is "
              + found
              + ", expected "
              + expected
              + "; set [ignore_missing] to true for documents without it");
    }
  }

  /**
   * The image of a processor that takes one a document.
   *
   * @param processor its type, for messages
   * @return with the image, or without where it is missing and may be
   * @throws IllegalArgumentException naming the field that is missing, a list, or not of its type
   * @throws InferenceException naming the field that is not base64 or too large
   */
  InputValue image(String field, String processor) {
    requireNoList(field, "input_field", processor);
    InputValue only = InputValue.find(document, field).get(0);
    if (isMissing(document.get(field), InputType.IMAGE)) {
      requireOptional(only, InputType.IMAGE);
      return only;
    }
    if (only.element()) {
      throw refusedList(
          field, processor, "send one, or a list of objects with one each, for [foreach]");
    }
    return only.as(decode(field, only.value(), InputType.IMAGE));
  }

  /**
   * A vector as an earlier processor wrote it.
   *
   * @param processor type of the processor that reads it, for messages
   * @return null where it is missing and may be
   * @throws IllegalArgumentException naming the field that is missing or in a list
   */
  Object vector(String field, String processor) {
    requireNoList(field, "vector_field", processor);
    Object value = document.get(field);
    if (DocumentVectors.present(value)) {
      return value;
    }
    requireOptional(field, "missing", "a vector as [image_text_embedding] writes it");
    return null;
  }

  private void requireNoList(String field, String option, String processor) {
    String list = InputValue.listOn(document, field);
    if (list != null) {
      String element = "_ingest._value." + field.substring(list.length() + 1);
      throw refusedList(
          list,
          processor,
          "put it into [foreach] with [field] ["
              + list
              + "] and give it ["
              + option
              + "] ["
              + element
              + "]");
    }
  }

  /** The error where a processor of one picture meets a list. */
  private static IllegalArgumentException refusedList(String list, String processor, String way) {
    return new IllegalArgumentException(
        "[" + list + "] is a list, [" + processor + "] takes one picture: " + way);
  }

  private byte[] bounded(String name, byte[] bytes) {
    if (bytes.length > maxImageBytes) {
      throw new IllegalArgumentException(
          "[" + name + "] has " + bytes.length + " bytes, allowed are at most " + maxImageBytes);
    }
    return bytes;
  }
}
