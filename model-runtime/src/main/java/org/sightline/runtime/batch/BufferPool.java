package org.sightline.runtime.batch;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * Native buffers of concurrent runs. Each run has its own; the pool keeps as many as the largest
 * number of runs that were under way at the same time. Thread-safe; lives as long as its runner.
 */
final class BufferPool {

  /** Buffers of one run. A graph may take texts and images, and both may be floats. */
  record Buffers(DirectBuffers texts, DirectBuffers images) {}

  private final Queue<Buffers> free = new ConcurrentLinkedQueue<>();

  /** Runs with buffers that no other run uses at the same time. */
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
