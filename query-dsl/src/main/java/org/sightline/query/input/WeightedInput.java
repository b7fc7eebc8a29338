package org.sightline.query.input;

import java.io.IOException;
import java.util.Objects;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.xcontent.ToXContentFragment;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * An input and how much it counts.
 *
 * @param source what the user gave
 * @param weight multiplier of its embedding: finite, not 0, negative to move away from it
 */
public record WeightedInput(InputSource source, float weight)
    implements Writeable, ToXContentFragment {
  /** The weight of an input that names none. */
  public static final float DEFAULT_WEIGHT = 1f;

  public WeightedInput {
    Objects.requireNonNull(source, "source");
    if (Float.isFinite(weight) == false || weight == 0f) {
      throw new IllegalArgumentException(
          "[weight] must be a finite number other than 0, got [" + weight + "]");
    }
  }

  /** An input of weight 1. */
  public static WeightedInput of(InputSource source) {
    return new WeightedInput(source, DEFAULT_WEIGHT);
  }

  static WeightedInput read(StreamInput in) throws IOException {
    return new WeightedInput(InputSource.read(in), in.readFloat());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    source.writeTo(out);
    out.writeFloat(weight);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    if (weight == DEFAULT_WEIGHT && source instanceof InputSource.Text text) {
      return builder.value(text.value());
    }
    builder.startObject();
    builder.field("type", source.type());
    source.keysToXContent(builder);
    if (weight != DEFAULT_WEIGHT) {
      builder.field("weight", weight);
    }
    return builder.endObject();
  }
}
