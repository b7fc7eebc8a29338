package org.sightline.demo;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Steps of which nobody knows how long they take: a line that says what is waited for, and for how
 * long already where a person watches. Used by one thread.
 */
final class ConsoleSteps {
  private final PrintStream out;
  private final boolean terminal;

  ConsoleSteps(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /**
   * Takes a step and prints how long it took.
   *
   * @param name what is done, or waited for
   */
  <T> T take(String name, Supplier<T> work) {
    out.print(name + " … ");
    out.flush();
    long start = System.nanoTime();
    CountDownLatch done = new CountDownLatch(1);
    Thread watch = new Thread(() -> redraw(name, start, done), "demo-step");
    watch.setDaemon(true);
    if (terminal) {
      watch.start();
    }
    try {
      T result = work.get();
      end(watch, done);
      out.printf(Locale.ROOT, "%s%.1f s%n", begin(name), seconds(start));
      return result;
    } finally {
      end(watch, done); // a message of what went wrong stands on a line that nobody redraws
    }
  }

  private void redraw(String name, long start, CountDownLatch done) {
    try {
      while (!done.await(1, TimeUnit.SECONDS)) {
        out.printf(Locale.ROOT, "%s%.0f s", begin(name), seconds(start));
        out.flush();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void end(Thread watch, CountDownLatch done) {
    done.countDown();
    try {
      watch.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** On a terminal the line is written anew, over the last one. */
  private String begin(String name) {
    return terminal ? "\r" + name + " … \u001b[K" : "";
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
