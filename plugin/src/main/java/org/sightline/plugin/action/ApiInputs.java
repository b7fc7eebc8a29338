package org.sightline.plugin.action;

import java.util.ArrayList;
import java.util.List;
import org.elasticsearch.ElasticsearchException;
import org.sightline.query.InferenceErrors;
import org.sightline.query.input.InputSource;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;

/**
 * The inputs of one call of the REST interface.
 *
 * @param sources what the user gave, at least one
 * @param list whether the user gave a list; what is wrong with a single input fails the call, what
 *     is wrong with one of a list stands in its place
 */
public record ApiInputs(List<InputSource> sources, boolean list) {
  public ApiInputs {
    sources = List.copyOf(sources);
  }

  /** A single input. */
  public static ApiInputs single(InputSource source) {
    return new ApiInputs(List.of(source), false);
  }

  /** How messages call the input at a position. */
  String nameOf(int position) {
    return list ? "input[" + position + "]" : "input";
  }

  /**
   * Decodes base64 and computes digests.
   *
   * @param imagesOnly whether texts are refused
   * @return one outcome for each source
   */
  List<Outcome<InferenceInput>> decode(long maxImageBytes, boolean imagesOnly) {
    List<Outcome<InferenceInput>> decoded = new ArrayList<>(sources.size());
    for (int position = 0; position < sources.size(); position++) {
      InputSource source = sources.get(position);
      String name = nameOf(position);
      try {
        if (imagesOnly && source instanceof InputSource.Text text) {
          text.requireNoPicture(name);
          throw InferenceException.invalid(
              "[" + name + "] has the type [text], allowed is [image]");
        }
        decoded.add(Outcome.success(decode(source, name, maxImageBytes)));
      } catch (InferenceException e) {
        decoded.add(Outcome.failure(e));
      }
    }
    return decoded;
  }

  /**
   * Decodes one input.
   *
   * @param name how messages call it
   * @throws InferenceException of kind {@code INVALID_INPUT}
   */
  static InferenceInput decode(InputSource source, String name, long maxImageBytes) {
    return switch (source) {
      case InputSource.Text text -> text.toInference(name);
      case InputSource.Image image -> image.toInference(name, maxImageBytes);
      case InputSource.Document document ->
          throw InferenceException.invalid(
              "[" + name + "] has the type [document], allowed are [text, image]");
    };
  }

  /** The inputs that could be decoded, in order. */
  static List<InferenceInput> usable(List<Outcome<InferenceInput>> decoded) {
    List<InferenceInput> usable = new ArrayList<>();
    for (Outcome<InferenceInput> outcome : decoded) {
      if (outcome instanceof Outcome.Success<InferenceInput> success) {
        usable.add(success.value());
      }
    }
    return usable;
  }

  /**
   * Puts the results of the usable inputs into the places of all inputs.
   *
   * @throws Exception with the right status, when a single input has failed
   */
  <T> List<Outcome<T>> merge(List<Outcome<InferenceInput>> decoded, List<Outcome<T>> results)
      throws Exception {
    int usable = usable(decoded).size();
    if (results.size() != usable) {
      throw new ElasticsearchException(
          "inference answered [{}] results for [{}] inputs", results.size(), usable);
    }
    List<Outcome<T>> merged = new ArrayList<>(decoded.size());
    int next = 0;
    for (int position = 0; position < decoded.size(); position++) {
      merged.add(
          switch (decoded.get(position)) {
            case Outcome.Failure<InferenceInput> failure -> Outcome.<T>failure(failure.error());
            case Outcome.Success<InferenceInput> success ->
                named(nameOf(position), results.get(next++));
          });
    }
    if (list == false && merged.get(0) instanceof Outcome.Failure<T> failure) {
      throw InferenceErrors.toElasticsearch(failure.error());
    }
    return merged;
  }

  private static <T> Outcome<T> named(String name, Outcome<T> outcome) {
    if (outcome instanceof Outcome.Failure<T> failure) {
      return Outcome.failure(
          new InferenceException(
              failure.error().kind(), "[" + name + "] " + failure.error().getMessage()));
    }
    return outcome;
  }
}
