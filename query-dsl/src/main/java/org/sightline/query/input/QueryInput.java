package org.sightline.query.input;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.xcontent.ToXContentFragment;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParseException;
import org.elasticsearch.xcontent.XContentParser;
import org.sightline.query.WireFormat;
import org.sightline.runtime.inference.InferenceException;

/**
 * What a user gives as {@code input}: one input, or several whose weighted embeddings are summed
 * and normalised. A list of one is the same as that one.
 *
 * @param inputs 1 to {@value #MAX_INPUTS}
 */
public record QueryInput(List<WeightedInput> inputs) implements Writeable, ToXContentFragment {
  /** Most inputs of one query. */
  public static final int MAX_INPUTS = 32;

  public QueryInput {
    inputs = List.copyOf(inputs);
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException("[input] is an empty list, expected at least one input");
    }
    if (inputs.size() > MAX_INPUTS) {
      throw tooMany();
    }
    for (int position = 0; position < inputs.size(); position++) {
      if (inputs.get(position).source() instanceof InputSource.Text text) {
        requireUsable(text, nameOf(position, inputs.size()));
      }
    }
  }

  /** Here, so that a request is refused before anything is done for it. */
  private static void requireUsable(InputSource.Text text, String name) {
    try {
      text.toInference(name);
    } catch (InferenceException e) {
      throw new IllegalArgumentException(e.getMessage());
    }
  }

  static IllegalArgumentException tooMany() {
    return new IllegalArgumentException(
        "[input] has more than [" + MAX_INPUTS + "] inputs, which is the most that is allowed");
  }

  /** A single text. */
  public static QueryInput text(String value) {
    return of(new InputSource.Text(value));
  }

  /** A single image. */
  public static QueryInput image(String base64) {
    return of(new InputSource.Image(base64));
  }

  /** A single input of weight 1. */
  public static QueryInput of(InputSource source) {
    return new QueryInput(List.of(WeightedInput.of(source)));
  }

  /** Reads what {@link #writeTo} wrote. */
  public static QueryInput read(StreamInput in) throws IOException {
    WireFormat.read(in, "[input] of a query");
    return new QueryInput(in.readCollectionAsList(WeightedInput::read));
  }

  /**
   * Parses the value that the parser stands at: a string, an object, or an array of them.
   *
   * @throws org.elasticsearch.common.ParsingException (400) when it is none of these
   */
  public static QueryInput parse(XContentParser parser) throws IOException {
    return QueryInputParser.parse(parser);
  }

  /**
   * What is wrong with an input, without the words that the parser of the object around it puts
   * before: many clients show nothing but those.
   *
   * @param failure of that parser
   * @return what {@link #parse} threw, or the failure where it was about something else
   */
  public static RuntimeException reasonOf(XContentParseException failure) {
    return failure.getCause() instanceof ParsingException reason ? reason : failure;
  }

  /**
   * Parses a single input of the REST interface, where a blank text is refused in its place.
   *
   * @throws org.elasticsearch.common.ParsingException (400) when it is none
   */
  public static WeightedInput parseOne(XContentParser parser) throws IOException {
    return QueryInputParser.parseOne(parser);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    WireFormat.FIRST.write(out);
    out.writeCollection(inputs);
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    if (inputs.size() == 1) {
      return inputs.get(0).toXContent(builder, params);
    }
    builder.startArray();
    for (WeightedInput input : inputs) {
      input.toXContent(builder, params);
    }
    return builder.endArray();
  }

  /** Whether a model is needed: some input is not a stored vector. */
  public boolean needsModel() {
    return inputs.stream()
        .anyMatch(input -> input.source() instanceof InputSource.Document == false);
  }

  /** Whether there is nothing but an image, and the search is for what is near to it. */
  public boolean isOnlyAnImage() {
    return inputs.size() == 1
        && inputs.get(0).source() instanceof InputSource.Image
        && inputs.get(0).weight() > 0;
  }

  /** How messages call the input at a position: {@code input}, or {@code input[3]} in a list. */
  public String nameOf(int position) {
    return nameOf(position, inputs.size());
  }

  private static String nameOf(int position, int size) {
    return size == 1 ? "input" : "input[" + position + "]";
  }
}
