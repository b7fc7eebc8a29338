package org.sightline.plugin.node;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.threadpool.TestThreadPool;
import org.elasticsearch.threadpool.ThreadPool;

public class CallerThreadTests extends ESTestCase {
  private ThreadPool threadPool;

  @Override
  public void setUp() throws Exception {
    super.setUp();
    threadPool = new TestThreadPool(getTestName());
  }

  @Override
  public void tearDown() throws Exception {
    ThreadPool.terminate(threadPool, 10, TimeUnit.SECONDS);
    super.tearDown();
  }

  public void testContextAndThread() throws Exception {
    CallerThread callers = new CallerThread(threadPool);
    ThreadContext context = threadPool.getThreadContext();
    CompletableFuture<String> inference = new CompletableFuture<>();
    AtomicReference<String> header = new AtomicReference<>();
    AtomicReference<Thread> thread = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(1);
    try (ThreadContext.StoredContext ignored = context.stashContext()) {
      context.putHeader("who", "alice");
      callers
          .resume(inference)
          .whenComplete(
              (value, failure) -> {
                header.set(value + " for " + context.getHeader("who"));
                thread.set(Thread.currentThread());
                done.countDown();
              });
    }
    Thread bare = new Thread(() -> inference.complete("done"));
    bare.start();
    assertTrue(done.await(10, TimeUnit.SECONDS));
    bare.join();
    assertEquals("done for alice", header.get());
    assertEquals("generic", EsExecutors.executorName(thread.get()));
  }

  public void testCompletesAlsoWhenThePoolIsGone() throws Exception {
    CallerThread callers = new CallerThread(threadPool);
    CompletableFuture<String> inference = new CompletableFuture<>();
    CompletableFuture<String> resumed = callers.resume(inference).toCompletableFuture();
    ThreadPool.terminate(threadPool, 10, TimeUnit.SECONDS);
    if (randomBoolean()) {
      inference.complete("late");
      assertEquals("late", resumed.get(10, TimeUnit.SECONDS));
    } else {
      inference.completeExceptionally(new IllegalStateException("late"));
      assertEquals(
          "late",
          expectThrows(Exception.class, () -> resumed.get(10, TimeUnit.SECONDS))
              .getCause()
              .getMessage());
    }
  }

  public void testWhatIsCompleteStaysOnItsThread() {
    CompletableFuture<String> complete = CompletableFuture.completedFuture("x");
    assertSame(complete, new CallerThread(threadPool).resume(complete));
  }
}
