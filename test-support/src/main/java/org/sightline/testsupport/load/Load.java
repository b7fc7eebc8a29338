package org.sightline.testsupport.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** Kinds of work, each done again and again by a thread of its own until it is stopped. */
public final class Load implements AutoCloseable {
  private static final int MOST_KINDS = 8;

  private final List<AtomicInteger> done = new ArrayList<>();
  private final List<CompletableFuture<Void>> workers = new ArrayList<>();
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(0, MOST_KINDS, 1, TimeUnit.MINUTES, new SynchronousQueue<>());
  private volatile boolean stopped;

  /**
   * Starts.
   *
   * @param kinds each gets numbers from 0 upwards; one that throws ends, and fails {@link #least}
   */
  public Load(IntConsumer... kinds) {
    for (IntConsumer kind : kinds) {
      AtomicInteger count = new AtomicInteger();
      done.add(count);
      workers.add(CompletableFuture.runAsync(() -> work(kind, count), threads));
    }
  }

  private void work(IntConsumer kind, AtomicInteger count) {
    while (stopped == false) {
      kind.accept(count.get());
      count.incrementAndGet();
    }
  }

  /** How often the slowest kind has been done; throws what a kind has thrown. */
  public int least() {
    workers.stream().filter(CompletableFuture::isDone).forEach(CompletableFuture::join);
    return done.stream().mapToInt(AtomicInteger::get).min().orElseThrow();
  }

  /** How often each kind has been done; throws what a kind has thrown. */
  public List<Integer> done() {
    least();
    return done.stream().map(AtomicInteger::get).toList();
  }

  /** Lets each kind end what it is doing; throws what a kind has thrown. */
  public void stop() {
    stopped = true;
    workers.forEach(CompletableFuture::join);
  }

  @Override
  public void close() {
    stopped = true;
    threads.shutdown();
  }
}
