package org.sightline.runtime.call;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.inference.InferenceInput.Text;
import org.sightline.runtime.model.Caches;
import org.sightline.runtime.model.LoadedModel;
import org.sightline.runtime.scheduler.Outcomes;
import org.sightline.runtime.stats.MatchTrace;

/** One request for embeddings, on a model that is loaded. */
final class EmbedCall {
  private EmbedCall() {}

  /**
   * Answers what is cached and queues the rest, all of it or nothing.
   *
   * @throws InferenceException of kind {@code OVERLOADED}
   */
  static void start(
      EmbedRequest request, LoadedModel model, Caches caches, Outcomes<Embedding> outcomes) {
    Inputs inputs = new Inputs(model, caches, outcomes, new MatchTrace());
    List<Supplier<CompletableFuture<Embedding>>> planned = new ArrayList<>();
    for (InferenceInput input : request.inputs()) {
      planned.add(
          switch (input) {
            case Image image -> inputs.embedding(image);
            case Text text -> inputs.embedding(text);
          });
    }
    outcomes.admission().admit();
    for (int i = 0; i < planned.size(); i++) {
      int index = i;
      planned
          .get(i)
          .get()
          .whenComplete((embedding, error) -> outcomes.set(index, embedding, error));
    }
  }
}
