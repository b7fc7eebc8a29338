package org.sightline.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ConsoleStepsTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Counted down when a line is written anew. */
  private final CountDownLatch redrawn = new CountDownLatch(1);

  private final OutputStream watched =
      new OutputStream() {
        @Override
        public void write(int b) {
          bytes.write(b);
          if (b == '\r') {
            redrawn.countDown();
          }
        }
      };

  private ConsoleSteps steps(boolean terminal) {
    return new ConsoleSteps(new PrintStream(watched, true, StandardCharsets.UTF_8), terminal);
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void withoutATerminalAStepIsOneLine() {
    assertEquals(7, steps(false).take("Waiting for the node", () -> 7));
    assertTrue(printed().matches("Waiting for the node … \\d+\\.\\d s\\R"), printed());
  }

  @Test
  void aTerminalShowsForHowLongSomethingIsWaitedFor() {
    steps(true)
        .take(
            "Waiting for the node",
            () -> {
              try {
                return redrawn.await(1, TimeUnit.MINUTES);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    assertTrue(printed().contains("\rWaiting for the node … \u001b[K1 s"), printed());
    assertTrue(printed().matches("(?s).*\\[K\\d+\\.\\d s\\R"), printed());
  }

  @Test
  void aStepThatFailsLeavesTheLineToTheMessage() {
    assertThrows(
        IllegalStateException.class,
        () ->
            steps(false)
                .take(
                    "Waiting",
                    () -> {
                      throw new IllegalStateException("no");
                    }));
    assertEquals("Waiting … ", printed());
  }
}
