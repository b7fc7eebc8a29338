package org.sightline.cli.hub;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.sightline.runtime.bundle.BundleException;

/**
 * What {@code tokenizer.json} says of padding. Read as a stream: some of these files have tens of
 * megabytes, nearly all of it vocabulary.
 *
 * @param padId {@code padding.pad_id}
 * @param wantedId id of the token that was asked for
 */
record TokenizerFile(OptionalInt padId, OptionalInt wantedId) {

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
          e, "[%s] is not a tokenizer: %s", file.getFileName(), HubJson.explain(e));
    }
    // an added token wins over the vocabulary, as in the tokenizer itself
    return new TokenizerFile(
        parse.padId, parse.addedId.isPresent() ? parse.addedId : parse.vocabularyId);
  }

  private static final class Parse {
    private final String wanted;
    private OptionalInt padId = OptionalInt.empty();
    private OptionalInt addedId = OptionalInt.empty();
    private OptionalInt vocabularyId = OptionalInt.empty();

    Parse(String wanted) {
      this.wanted = wanted;
    }

    void root(JsonReader in) throws IOException {
      in.beginObject();
      while (in.hasNext()) {
        String name = in.nextName();
        JsonToken type = in.peek();
        if (name.equals("padding") && type == JsonToken.BEGIN_OBJECT) {
          padding(in);
        } else if (name.equals("added_tokens") && type == JsonToken.BEGIN_ARRAY) {
          addedTokens(in);
        } else if (name.equals("model") && type == JsonToken.BEGIN_OBJECT) {
          model(in);
        } else {
          in.skipValue();
        }
      }
      in.endObject();
    }

    private void padding(JsonReader in) throws IOException {
      in.beginObject();
      while (in.hasNext()) {
        if (in.nextName().equals("pad_id")) {
          padId = OptionalInt.of(in.nextInt());
        } else {
          in.skipValue();
        }
      }
      in.endObject();
    }

    private void addedTokens(JsonReader in) throws IOException {
      in.beginArray();
      while (in.hasNext()) {
        int id = -1;
        String content = null;
        in.beginObject();
        while (in.hasNext()) {
          switch (in.nextName()) {
            case "id" -> id = in.nextInt();
            case "content" -> content = in.nextString();
            default -> in.skipValue();
          }
        }
        in.endObject();
        if (id >= 0 && content != null && content.equals(wanted)) {
          addedId = OptionalInt.of(id);
        }
      }
      in.endArray();
    }

    private void model(JsonReader in) throws IOException {
      in.beginObject();
      while (in.hasNext()) {
        if (in.nextName().equals("vocab") == false || wanted == null) {
          in.skipValue();
        } else if (in.peek() == JsonToken.BEGIN_OBJECT) {
          idsByToken(in);
        } else {
          tokensWithScores(in);
        }
      }
      in.endObject();
    }

    /** {@code {"token": id}}. */
    private void idsByToken(JsonReader in) throws IOException {
      in.beginObject();
      while (in.hasNext()) {
        if (in.nextName().equals(wanted)) {
          vocabularyId = OptionalInt.of(in.nextInt());
        } else {
          in.skipValue();
        }
      }
      in.endObject();
    }

    /** {@code [["token", score]]}, where the place is the id. */
    private void tokensWithScores(JsonReader in) throws IOException {
      in.beginArray();
      for (int id = 0; in.hasNext(); id++) {
        in.beginArray();
        if (in.nextString().equals(wanted)) {
          vocabularyId = OptionalInt.of(id);
        }
        in.skipValue();
        in.endArray();
      }
      in.endArray();
    }
  }
}
