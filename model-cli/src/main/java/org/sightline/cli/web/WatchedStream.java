package org.sightline.cli.web;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The body of an answer, closed when nothing comes any more: a connection can be lost without
 * anybody being told, and a read would wait for ever.
 */
public final class WatchedStream extends FilterInputStream {
  private final AtomicLong reads = new AtomicLong();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Duration patience;
  private volatile boolean stalled;

  /**
   * Watches a body.
   *
   * @param patience how long nothing may come
   */
  public WatchedStream(InputStream in, Duration patience) {
    super(in);
    this.patience = patience;
    Thread.ofVirtual().start(this::watch);
  }

  private void watch() {
    long seen = -1;
    try {
      while (ended.await(patience.toMillis(), TimeUnit.MILLISECONDS) == false) {
        long now = reads.get();
        if (now == seen) {
          stalled = true;
          in.close();
          return;
        }
        seen = now;
      }
    } catch (InterruptedException | IOException e) {
      return; // nobody interrupts it, and what cannot be closed cannot be helped
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    try {
      int read = super.read(bytes, from, length);
      reads.incrementAndGet();
      return read;
    } catch (IOException e) {
      if (stalled) {
        throw new IOException("nothing came for " + patience.toSeconds() + " s", e);
      }
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    ended.countDown();
    super.close();
  }
}
