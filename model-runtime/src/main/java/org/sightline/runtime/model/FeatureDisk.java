package org.sightline.runtime.model;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.limits.HeapAccount;

/**
 * The image features of this process on local disk, or none. Files are named by the weights that
 * made them, so that another version of a model under the same id finds nothing of the old one.
 *
 * <p>One thread at a time writes. Features that wait for it are counted as heap and bounded in
 * bytes; features beyond the bound are not written, and their image is encoded again when it is
 * needed. Thread-safe.
 */
public final class FeatureDisk {
  /** Heap of features that wait to be written. */
  static final long MAX_WAITING_BYTES = 64L << 20;

  private static final FeatureFiles.Stats NOTHING = new FeatureFiles.Stats(0, 0, 0, 0, 0, 0);

  private record Write(String model, String digest, ImageFeatures features) {}

  private final FeatureFiles files;
  private final Executor writer;
  private final HeapAccount heap;

  /** Guarded by this, as the next two; the one that is being written included in the bytes. */
  private final Deque<Write> waiting = new ArrayDeque<>();

  private long waitingBytes;
  private boolean writing;

  /**
   * @param files null for no disk
   * @param writer runs writes
   */
  public FeatureDisk(FeatureFiles files, Executor writer, HeapAccount heap) {
    this.files = files;
    this.writer = writer;
    this.heap = heap;
  }

  /** Whether anything is kept. */
  boolean enabled() {
    return files != null;
  }

  /** Whether features are likely there; does not touch the disk. */
  public boolean has(String model, String digest) {
    return files != null && files.contains(model, digest);
  }

  /** The features, or null; touches the disk. */
  public ImageFeatures read(String model, String digest) {
    return files == null ? null : files.read(model, digest);
  }

  /** Writes features that contain tokens, later, where the queue of writes has room. */
  public void keep(String model, String digest, ImageFeatures features) {
    if (files == null || features.tokens() == null || files.contains(model, digest)) {
      return;
    }
    synchronized (this) {
      if (waitingBytes + features.bytes() > MAX_WAITING_BYTES) {
        return;
      }
      try {
        heap.take(features.bytes());
      } catch (InferenceException e) {
        return; // the node has better things to do with its heap
      }
      waiting.add(new Write(model, digest, features));
      waitingBytes += features.bytes();
      if (writing) {
        return;
      }
      writing = true;
    }
    start();
  }

  private void start() {
    try {
      writer.execute(this::writeOne);
    } catch (RejectedExecutionException e) {
      synchronized (this) {
        writing = false;
        waiting.clear();
        heap.add(-waitingBytes);
        waitingBytes = 0;
      }
    }
  }

  private void writeOne() {
    Write next;
    synchronized (this) {
      next = waiting.remove();
    }
    try {
      files.write(next.model(), next.digest(), next.features());
    } finally {
      boolean more;
      synchronized (this) {
        waitingBytes -= next.features().bytes();
        heap.add(-next.features().bytes());
        writing = !waiting.isEmpty();
        more = writing;
      }
      if (more) {
        start();
      }
    }
  }

  /** Heap of features that wait to be written. */
  public synchronized long waitingBytes() {
    return waitingBytes;
  }

  public FeatureFiles.Stats stats() {
    return files == null ? NOTHING : files.stats();
  }
}
