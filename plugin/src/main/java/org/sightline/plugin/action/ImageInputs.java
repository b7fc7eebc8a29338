package org.sightline.plugin.action;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;

/** The inputs of a call that is about images only. */
final class ImageInputs {
  private ImageInputs() {}

  /** The images among the inputs, in order. */
  static List<InferenceInput.Image> of(List<InferenceInput> inputs) {
    List<InferenceInput.Image> images = new ArrayList<>();
    for (InferenceInput input : inputs) {
      if (input instanceof InferenceInput.Image image) {
        images.add(image);
      }
    }
    return images;
  }

  /**
   * Puts the results of the images into the places of all inputs; a text is refused in its place.
   *
   * @param results one for each image
   */
  static <T> List<Outcome<T>> inPlace(List<InferenceInput> inputs, List<Outcome<T>> results) {
    Iterator<Outcome<T>> next = results.iterator();
    List<Outcome<T>> all = new ArrayList<>(inputs.size());
    for (InferenceInput input : inputs) {
      all.add(
          input instanceof InferenceInput.Image
              ? next.next()
              : Outcome.failure(
                  InferenceException.invalid("has the type [text], allowed is [image]")));
    }
    return all;
  }
}
