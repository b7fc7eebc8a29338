package org.sightline.query.input;

import java.io.IOException;
import java.util.Objects;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.runtime.encoded.EncodedImages;
import org.sightline.runtime.encoded.ImageAsText;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;

/** One thing a user gives: a text, an image, or the vector stored in a document. */
public sealed interface InputSource extends Writeable {

  /** The name under {@code type}. */
  default String type() {
    return switch (this) {
      case Text text -> Text.TYPE;
      case Image image -> Image.TYPE;
      case Document document -> Document.TYPE;
    };
  }

  /** Writes the keys of this source other than {@code type} into an open object. */
  default void keysToXContent(XContentBuilder builder) throws IOException {
    switch (this) {
      case Text text -> builder.field("value", text.value());
      case Image image -> builder.field("value", image.value());
      case Document document -> {
        builder.field("index", document.index());
        builder.field("id", document.id());
        builder.field("path", document.path());
        if (document.routing() != null) {
          builder.field("routing", document.routing());
        }
      }
    }
  }

  @Override
  default void writeTo(StreamOutput out) throws IOException {
    out.writeString(type());
    switch (this) {
      case Text text -> out.writeString(text.value());
      case Image image -> out.writeString(image.value());
      case Document document -> {
        out.writeString(document.index());
        out.writeString(document.id());
        out.writeString(document.path());
        out.writeOptionalString(document.routing());
      }
    }
  }

  /**
   * A text.
   *
   * @param value as the user gave it; what takes it refuses a blank one
   */
  record Text(String value) implements InputSource {
    static final String TYPE = "text";

    public Text {
      Objects.requireNonNull(value, "value");
    }

    /**
     * What the runtime gets.
     *
     * @param name how messages call this input
     * @throws org.sightline.runtime.inference.InferenceException of kind {@code INVALID_INPUT} when
     *     it is blank, or a picture
     */
    public InferenceInput.Text toInference(String name) {
      requireNoPicture(name);
      if (InferenceInput.Text.isBlank(value)) {
        throw InferenceException.invalid("[" + name + "] " + InferenceInput.Text.BLANK);
      }
      return new InferenceInput.Text(value);
    }

    /**
     * Refuses a picture that was given as a text.
     *
     * @param name how messages call this input
     * @throws org.sightline.runtime.inference.InferenceException of kind {@code INVALID_INPUT},
     *     saying how a picture is given
     */
    public void requireNoPicture(String name) {
      if (ImageAsText.is(value)) {
        throw InferenceException.invalid(
            "["
                + name
                + "] "
                + ImageAsText.IS
                + ": give it as {\"type\": \"image\", \"value\": \"…\"}");
      }
    }
  }

  /**
   * An image.
   *
   * @param value {@code data:image/…;base64,…} or bare base64, not decoded yet
   */
  record Image(String value) implements InputSource {
    static final String TYPE = "image";

    public Image {
      Objects.requireNonNull(value, "value");
    }

    /**
     * Decodes the base64 and computes the digest. Costs time in the order of a millisecond a
     * megabyte, so not for transport threads.
     *
     * @param name how messages call this input
     * @param maxImageBytes largest encoded image that is accepted
     * @throws org.sightline.runtime.inference.InferenceException of kind {@code INVALID_INPUT}
     */
    public InferenceInput.Image toInference(String name, long maxImageBytes) {
      return InferenceInput.Image.of(EncodedImages.fromText(name, value, maxImageBytes));
    }
  }

  /**
   * The vector stored in a document.
   *
   * @param index name of an index or alias
   * @param id the document
   * @param path the {@code dense_vector} field
   * @param routing the document's routing, or null
   */
  record Document(String index, String id, String path, String routing) implements InputSource {
    static final String TYPE = "document";

    public Document {
      requireText("index", index);
      requireText("id", id);
      requireText("path", path);
    }

    private static void requireText(String key, String value) {
      if (value.isBlank()) {
        throw new IllegalArgumentException("[" + key + "] of an [input] document is empty");
      }
    }

    /** How messages call this document. */
    String describe() {
      return "document [" + id + "] of index [" + index + "]";
    }
  }

  /** Reads what {@link #writeTo} wrote. */
  static InputSource read(StreamInput in) throws IOException {
    String type = in.readString();
    return switch (type) {
      case Text.TYPE -> new Text(in.readString());
      case Image.TYPE -> new Image(in.readString());
      case Document.TYPE ->
          new Document(in.readString(), in.readString(), in.readString(), in.readOptionalString());
      default -> throw new IOException("unknown input type [" + type + "]");
    };
  }
}
