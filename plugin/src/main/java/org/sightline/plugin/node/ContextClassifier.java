package org.sightline.plugin.node;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.zeroshot.Classifier;
import org.sightline.runtime.zeroshot.ClassifyRequest;
import org.sightline.runtime.zeroshot.LabelProbability;

/** Answers with the caller's thread context, whoever asked for the same labels first. */
record ContextClassifier(Classifier classifier, CallerThread callers) implements Classifier {

  @Override
  public CompletionStage<List<Outcome<List<LabelProbability>>>> classify(ClassifyRequest request) {
    return callers.resume(classifier.classify(request));
  }

  @Override
  public CompletionStage<List<LabelProbability>> classify(
      ClassifyRequest request, Embedding image) {
    return callers.resume(classifier.classify(request, image));
  }
}
