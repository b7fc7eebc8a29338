package org.sightline.runtime.zeroshot;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.Outcome;

/** Says which labels fit an image. Thread-safe; never blocks; stages complete once. */
public interface Classifier {

  /**
   * Classifies images.
   *
   * @return for each image all labels, the likeliest first, or why there are none
   * @throws InferenceException of kind {@code UNKNOWN_MODEL} or {@code UNSUPPORTED}
   */
  CompletionStage<List<Outcome<List<LabelProbability>>>> classify(ClassifyRequest request);

  /**
   * Classifies what is embedded already.
   *
   * @param request its images are not looked at
   * @param image made by the same model
   * @throws InferenceException also of kind {@code INVALID_INPUT}, when the dimensions differ
   */
  CompletionStage<List<LabelProbability>> classify(ClassifyRequest request, Embedding image);
}
