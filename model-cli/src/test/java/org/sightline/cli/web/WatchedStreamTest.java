package org.sightline.cli.web;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** A connection on which nothing comes any more does not hold its reader for ever. */
class WatchedStreamTest {
  /** Gives nothing until it is closed, as the body of a lost connection. */
  private static final class Silent extends InputStream {
    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public int read() throws IOException {
      try {
        closed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new IOException("closed");
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  @Test
  void isClosedWhenNothingComes() throws IOException {
    try (WatchedStream stream = new WatchedStream(new Silent(), Duration.ofMillis(1))) {
      IOException e = assertThrows(IOException.class, () -> stream.read(new byte[8]));
      assertEquals("nothing came for 0 s", e.getMessage());
    }
  }

  @Test
  void givesWhatComes() throws IOException {
    byte[] bytes = {1, 2, (byte) 200};
    try (WatchedStream stream =
        new WatchedStream(new ByteArrayInputStream(bytes), Duration.ofMinutes(1))) {
      assertEquals(1, stream.read());
      assertArrayEquals(new byte[] {2, (byte) 200}, stream.readAllBytes());
      assertEquals(-1, stream.read());
    }
  }
}
