package org.sightline.runtime.inference;

import java.util.concurrent.CompletionStage;

/**
 * Asynchronous inference. Implementations are safe for use by many threads, never block the caller,
 * and complete every stage exactly once.
 *
 * <p>A stage completes exceptionally with an {@link InferenceException} when the request as a whole
 * cannot be served (unknown model, missing role, full queue, deadline). What is wrong with a single
 * input stands in its {@link Outcome}; the other inputs keep their results. There are always
 * exactly as many outcomes as inputs, in the order of the inputs.
 */
public interface Inference {

  /** What every request says: which model, what it serves, and when the caller stops waiting. */
  interface Request {
    String modelId();

    Purpose purpose();

    Deadline deadline();
  }

  /** Encodes images and texts into L2-normalised embeddings. */
  CompletionStage<EmbedResponse> embed(EmbedRequest request);

  /** Scores one text against images, or one image against texts, with an ITM head. */
  CompletionStage<MatchResponse> match(MatchRequest request);

  /** Says what images show. */
  CompletionStage<CaptionResponse> caption(CaptionRequest request);
}
