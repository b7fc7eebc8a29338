package org.sightline.plugin.node;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import org.elasticsearch.common.util.concurrent.AbstractRunnable;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.threadpool.ThreadPool;

/**
 * Completes stages on a thread of the generic pool with the thread context of whoever asked. Two
 * reasons: a thread that runs models must not go on with searches and pipelines, and batches mix
 * requests of different users.
 */
public final class CallerThread {
  private final ExecutorService executor;
  private final ThreadContext threadContext;

  public CallerThread(ThreadPool threadPool) {
    this.executor = threadPool.generic();
    this.threadContext = threadPool.getThreadContext();
  }

  /** A stage with the same result. A stage that is complete already is returned as it is. */
  public <T> CompletionStage<T> resume(CompletionStage<T> stage) {
    if (stage.toCompletableFuture().isDone()) {
      return stage;
    }
    CompletableFuture<T> resumed = new CompletableFuture<>();
    Supplier<ThreadContext.StoredContext> context = threadContext.newRestorableContext(false);
    stage.whenComplete(
        (value, failure) -> {
          AbstractRunnable completion = completion(resumed, context, value, failure);
          if (executor.isShutdown()) {
            // the node stops and this pool swallows tasks: better on this thread than never
            completion.run();
          } else {
            executor.execute(completion);
          }
        });
    return resumed;
  }

  private static <T> AbstractRunnable completion(
      CompletableFuture<T> resumed,
      Supplier<ThreadContext.StoredContext> context,
      T value,
      Throwable failure) {
    return new AbstractRunnable() {
      @Override
      protected void doRun() {
        try (ThreadContext.StoredContext ignored = context.get()) {
          if (failure == null) {
            resumed.complete(value);
          } else {
            resumed.completeExceptionally(failure);
          }
        }
      }

      @Override
      public void onRejection(Exception rejection) {
        doRun();
      }

      @Override
      public void onFailure(Exception e) {
        resumed.completeExceptionally(e);
      }
    };
  }
}
