package org.sightline.query.match;

import java.util.concurrent.Executor;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRunnable;
import org.elasticsearch.action.support.SubscribableListener;
import org.elasticsearch.core.CheckedConsumer;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.search.rank.RankDoc;

/**
 * The steps of one rerank and its end. A step runs on whichever thread completed the one before it,
 * except what takes time, which forks to a search coordination thread. The rerank ends once,
 * however many of its steps fail; what comes after the end changes nothing. Thread-safe.
 */
final class RerankSteps {
  /** Told of the end, on the thread of the last step and before the search goes on. */
  interface Observer {
    /**
     * @param failure why there are no match scores, or null
     */
    void ended(RerankReport.Outcome outcome, Exception failure);
  }

  /**
   * What the search goes on with.
   *
   * @param failure why that is the order of the first stage, or null where it is not
   */
  private record End(RankedWindow window, Exception failure) {}

  private final boolean allowFailures;
  private final Executor coordination;
  private final SubscribableListener<End> end = new SubscribableListener<>();

  /**
   * @param allowFailures whether the first stage's order is good enough where the rerank fails
   * @param coordination the node's threads for search coordination
   * @param listener called once, on any thread
   */
  RerankSteps(
      boolean allowFailures,
      Executor coordination,
      Observer observer,
      ActionListener<RankedWindow> listener) {
    this.allowFailures = allowFailures;
    this.coordination = coordination;
    end.addListener(
        new ActionListener<>() {
          @Override
          public void onResponse(End end) {
            observer.ended(
                end.failure() == null
                    ? RerankReport.Outcome.RERANKED
                    : RerankReport.Outcome.FIRST_STAGE,
                end.failure());
            listener.onResponse(end.window());
          }

          @Override
          public void onFailure(Exception failure) {
            observer.ended(RerankReport.Outcome.FAILED, failure);
            listener.onFailure(failure);
          }
        });
  }

  /** Whether the rerank has ended, so that nothing more need be done for it. */
  boolean areOver() {
    return end.isDone();
  }

  /** A step, which is left out after the end; what it throws fails the search. */
  <T> ActionListener<T> then(CheckedConsumer<T, Exception> step) {
    return end.delegateFailureAndWrap(
        (ignored, value) -> {
          if (areOver() == false) {
            step.accept(value);
          }
        });
  }

  /**
   * Runs a step on a search coordination thread.
   *
   * @param listener gets what the step throws, and a rejection by the threads
   * @param afterwards closed when the step has returned, and where it does not run
   */
  <T> void fork(
      ActionListener<T> listener,
      Releasable afterwards,
      CheckedConsumer<ActionListener<T>, Exception> step) {
    coordination.execute(ActionRunnable.wrapReleasing(listener, afterwards, step));
  }

  /** The search goes on with match scores. */
  void reranked(RankedWindow window) {
    end.onResponse(new End(window, null));
  }

  /** There are no match scores: the search goes on without them where that is allowed. */
  void rerankFailed(RankDoc[] docs, Exception failure) {
    if (allowFailures) {
      end.onResponse(new End(RankedWindow.firstStageOrder(docs), failure));
    } else {
      failed(failure);
    }
  }

  /** The search fails. */
  void failed(Exception failure) {
    end.onFailure(failure);
  }
}
