package org.sightline.ingest;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sightline.runtime.inference.Digest;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.ModelInfo;

/**
 * What each output of a document was made from, as the document remembers it in one field: a list
 * of strings {@code photo_vector=NpYmLz…}, one an output. Entries of outputs of other processors
 * are kept.
 */
final class Fingerprints {
  private static final int BYTES = 16;

  private final FieldScope document;
  private final String field;
  private final Map<String, String> before = new TreeMap<>();
  private final Map<String, String> now;

  Fingerprints(FieldScope document, String field) {
    this.document = document;
    this.field = field;
    Object value = document.get(field);
    for (Object entry : value instanceof List<?> list ? list : Arrays.asList(value)) {
      int equals = entry instanceof String string ? string.lastIndexOf('=') : -1;
      if (equals > 0) {
        String string = (String) entry;
        before.put(string.substring(0, equals), string.substring(equals + 1));
      }
    }
    now = new TreeMap<>(before);
  }

  /**
   * The fingerprint of an output: the first 16 bytes, in base64 for addresses, of the SHA-256 over
   * the model and its version, the type of the inputs, and the place and digest of each.
   */
  static String of(ModelInfo model, InputType type, List<InputValue> contents) {
    List<String> parts = new ArrayList<>(List.of(model.id(), model.version(), type.id()));
    for (InputValue content : contents) {
      parts.add(
          content.name()
              + "="
              + switch (content.input()) {
                case InferenceInput.Text text ->
                    Digest.sha256(text.value().getBytes(StandardCharsets.UTF_8));
                case InferenceInput.Image image -> image.digest();
              });
    }
    String digest = Digest.sha256(String.join("\n", parts).getBytes(StandardCharsets.UTF_8));
    byte[] first = HexFormat.of().parseHex(digest, 0, 2 * BYTES);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(first);
  }

  /** Whether the output was made from this. */
  boolean fits(String output, String fingerprint) {
    return fingerprint.equals(before.get(output));
  }

  void put(String output, String fingerprint) {
    now.put(output, fingerprint);
  }

  /** The output is made from something that nobody keeps in mind, or is gone. */
  void forget(String output) {
    now.remove(output);
  }

  /** Adds what has changed to the writes. */
  void write(FieldWrites writes) {
    if (now.isEmpty() && before.isEmpty() == false) {
      writes.remove(document, field);
    } else if (now.equals(before) == false) {
      List<String> entries = new ArrayList<>();
      now.forEach((output, fingerprint) -> entries.add(output + "=" + fingerprint));
      writes.set(document, field, entries);
    }
  }
}
