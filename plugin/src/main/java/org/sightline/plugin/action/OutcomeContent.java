package org.sightline.plugin.action;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.Outcome;

/** Results of single inputs in a JSON list: the value, or the error in its place. */
final class OutcomeContent {

  /** Writes one value. */
  interface Write<T> {
    void write(XContentBuilder builder, T value) throws IOException;
  }

  private OutcomeContent() {}

  static <T> void write(XContentBuilder builder, List<Outcome<T>> outcomes, Write<T> value)
      throws IOException {
    for (Outcome<T> outcome : outcomes) {
      switch (outcome) {
        case Outcome.Success<T> success -> value.write(builder, success.value());
        case Outcome.Failure<T> failure -> error(builder, failure.error());
      }
    }
  }

  private static void error(XContentBuilder builder, InferenceException error) throws IOException {
    builder.startObject();
    builder.startObject("error");
    builder.field("type", error.kind().name().toLowerCase(Locale.ROOT));
    builder.field("reason", error.getMessage());
    builder.endObject();
    builder.endObject();
  }
}
