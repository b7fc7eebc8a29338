package org.sightline.cli.hub;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.JsonFields;

/**
 * What {@code tokenizer.json} says of padding, and how many tokens it knows. Read as a stream: some
 * of these files have tens of megabytes, nearly all of it vocabulary.
 *
 * @param padId {@code padding.pad_id}
 * @param wantedId id of the token that was asked for
 * @param tokens the highest id of all, and one
 */
record TokenizerFile(OptionalInt padId, OptionalInt wantedId, int tokens) {

  /**
   * Reads the file.
   *
   * @param wanted a token whose id is wanted, or null
   */
  static TokenizerFile read(Path file, String wanted) {
    Parse parse = new Parse(wanted);
    try (JsonReader in = new JsonReader(Files.newBufferedReader(file))) {
      parse.root(in);
    } catch (IOException | IllegalStateException | NumberFormatException e) {
      throw new BundleException(
          e, "[%s] is not a tokenizer: %s", file.getFileName(), JsonFields.explain(e));
    }
    // an added token wins over the vocabulary, as in the tokenizer itself
    return new TokenizerFile(
        parse.padId,
        parse.addedId.isPresent() ? parse.addedId : parse.vocabularyId,
        parse.highest + 1);
  }

  /** Reads the value of a field. */
  private interface Field {
    void read(JsonReader in) throws IOException;
  }

  private static final class Parse {
    private final String wanted;
    private OptionalInt padId = OptionalInt.empty();
    private OptionalInt addedId = OptionalInt.empty();
    private OptionalInt vocabularyId = OptionalInt.empty();
    private int highest = -1;

    Parse(String wanted) {
      this.wanted = wanted;
    }

    void root(JsonReader in) throws IOException {
      object(
          in,
          Map.of(
              "padding",
              padding ->
                  object(padding, Map.of("pad_id", id -> padId = OptionalInt.of(id.nextInt()))),
              "added_tokens",
              this::addedTokens,
              "model",
              model -> object(model, Map.of("vocab", this::vocabulary))));
    }

    /** Reads an object. Skips null and the fields that nobody asked for. */
    private static void object(JsonReader in, Map<String, Field> fields) throws IOException {
      in.beginObject();
      while (in.hasNext()) {
        Field field = fields.get(in.nextName());
        if (field == null || in.peek() == JsonToken.NULL) {
          in.skipValue();
        } else {
          field.read(in);
        }
      }
      in.endObject();
    }

    private void addedTokens(JsonReader in) throws IOException {
      in.beginArray();
      while (in.hasNext()) {
        int[] id = {-1};
        String[] content = {null};
        object(
            in,
            Map.of(
                "id",
                value -> id[0] = value.nextInt(),
                "content",
                value -> content[0] = value.nextString()));
        highest = Math.max(highest, id[0]);
        if (id[0] >= 0 && wanted != null && wanted.equals(content[0])) {
          addedId = OptionalInt.of(id[0]);
        }
      }
      in.endArray();
    }

    /** Either {@code {"token": id}}, or {@code [["token", score]]} where the place is the id. */
    private void vocabulary(JsonReader in) throws IOException {
      if (in.peek() == JsonToken.BEGIN_OBJECT) {
        in.beginObject();
        while (in.hasNext()) {
          token(in.nextName(), in.nextInt());
        }
        in.endObject();
        return;
      }
      in.beginArray();
      for (int id = 0; in.hasNext(); id++) {
        in.beginArray();
        token(in.nextString(), id);
        in.skipValue();
        in.endArray();
      }
      in.endArray();
    }

    private void token(String token, int id) {
      highest = Math.max(highest, id);
      if (token.equals(wanted)) {
        vocabularyId = OptionalInt.of(id);
      }
    }
  }
}
