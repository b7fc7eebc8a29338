package org.sightline.runtime.batch;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * Buffers of runs that go on at the same time: each run has its own, and there are as many as runs
 * at the busiest moment. Thread-safe; goes with its runner.
 */
final class BufferPool {

  /** Buffers of one run: a graph takes texts and images, and both may be floats. */
  record Buffers(DirectBuffers texts, DirectBuffers images) {}

  private final Queue<Buffers> free = new ConcurrentLinkedQueue<>();

  /** Lends buffers that nobody else writes to until the run returns. */
  void lend(Consumer<Buffers> run) {
    Buffers buffers = free.poll();
    if (buffers == null) {
      buffers = new Buffers(new DirectBuffers(), new DirectBuffers());
    }
    try {
      run.accept(buffers);
    } finally {
      free.add(buffers);
    }
  }
}
