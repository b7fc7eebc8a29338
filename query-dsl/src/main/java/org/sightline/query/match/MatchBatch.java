package org.sightline.query.match;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.elasticsearch.core.Strings;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Outcome;

/** What one request for match scores asks: images or texts of some documents of the window. */
final class MatchBatch {
  /** Of the documents in the window, one for each input. */
  private final List<Integer> positions = new ArrayList<>();

  private final List<InferenceInput> inputs = new ArrayList<>();

  /** How messages call the inputs. */
  private final List<String> names = new ArrayList<>();

  void add(int position, InferenceInput input, String name) {
    positions.add(position);
    inputs.add(input);
    names.add(name);
  }

  List<InferenceInput> inputs() {
    return inputs;
  }

  boolean isEmpty() {
    return inputs.isEmpty();
  }

  /** How many documents they are of. */
  int documents() {
    return (int) positions.stream().distinct().count();
  }

  /**
   * Keeps the scores. What is wrong with a document is that document's failure; anything else, such
   * as a full queue, is a failure of the whole even when only some inputs met it, since half an
   * order would look like a whole one.
   *
   * @param scores gets them
   * @param remaining gets the documents of which an image must be sent: the best of the others need
   *     not be the best of all
   * @return the failure of the whole, or null
   */
  InferenceException record(
      MatchResponse response,
      MatchOptions options,
      WindowScores scores,
      Collection<Integer> remaining) {
    List<Outcome<MatchScore>> results = response.results();
    if (results.size() != inputs.size()) {
      return new InferenceException(
          InferenceException.Kind.INTERNAL,
          Strings.format(
              "model [%s] answered [%d] scores for [%d] inputs",
              options.modelId(), results.size(), inputs.size()));
    }
    Set<Integer> required = new TreeSet<>();
    for (int i = 0; i < results.size(); i++) {
      if (isRequired(inputs.get(i), results.get(i))) {
        required.add(positions.get(i));
      }
    }
    remaining.addAll(required);
    for (int i = 0; i < results.size(); i++) {
      if (required.contains(positions.get(i))) {
        continue;
      }
      switch (results.get(i)) {
        case Outcome.Success<MatchScore> success -> {
          if (Double.isFinite(options.scoreMode().evidence(success.value())) == false) {
            return new InferenceException(
                InferenceException.Kind.INTERNAL,
                "model [" + options.modelId() + "] gave a score that is no number");
          }
          scores.add(positions.get(i), success.value());
        }
        case Outcome.Failure<MatchScore> failure -> {
          if (failure.error().kind() != InferenceException.Kind.INVALID_INPUT) {
            return failure.error();
          }
          scores.failed(positions.get(i), names.get(i) + " " + failure.error().getMessage());
        }
      }
    }
    return null;
  }

  /** Whether an image that was asked for by digest is not known. */
  private static boolean isRequired(InferenceInput input, Outcome<MatchScore> outcome) {
    return outcome instanceof Outcome.Failure<MatchScore> failure
        && failure.error().kind() == InferenceException.Kind.IMAGE_REQUIRED
        && input instanceof InferenceInput.Image image
        && image.bytes() == null;
  }
}
