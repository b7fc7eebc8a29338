package org.sightline.demo;

import java.io.PrintStream;
import java.util.Locale;

/**
 * How far a long step is: a bar that is redrawn where a person watches, a plain line every tenth
 * otherwise. Used by one thread.
 */
public final class ConsoleProgress {
  private static final int BAR_WIDTH = 28;
  private static final long REDRAW_NANOS = 100_000_000L; // 10 a second, faster than anyone reads

  private final PrintStream out;
  private final boolean terminal;
  private final String unit;
  private final int total;
  private final long started = System.nanoTime();
  private long lastDrawn = started - REDRAW_NANOS;
  private int lastTenth;

  /**
   * @param out where it is shown
   * @param terminal whether lines can be redrawn
   * @param unit what is counted, such as {@code pictures}
   * @param total how many there are
   */
  public ConsoleProgress(PrintStream out, boolean terminal, String unit, int total) {
    this.out = out;
    this.terminal = terminal;
    this.unit = unit;
    this.total = total;
  }

  /** Says how many are done, if it is time to say so. */
  public void show(int done) {
    long now = System.nanoTime();
    if (terminal) {
      if (done >= total || now - lastDrawn >= REDRAW_NANOS) {
        lastDrawn = now;
        out.print("\r  " + bar(done) + " " + line(done, now) + "\u001b[K");
        out.flush();
      }
      if (done >= total) {
        out.println();
      }
      return;
    }
    int tenth = (int) (10L * done / total);
    if (tenth > lastTenth) {
      lastTenth = tenth;
      out.println("  " + line(done, now));
    }
  }

  /** Pictures (or names) a second since the start. */
  public double rate(int done) {
    return done / Math.max(1e-9, (System.nanoTime() - started) / 1e9);
  }

  private String bar(int done) {
    int filled = (int) ((long) BAR_WIDTH * done / total);
    return "[" + "#".repeat(filled) + ".".repeat(BAR_WIDTH - filled) + "]";
  }

  private String line(int done, long now) {
    double seconds = Math.max(1e-9, (now - started) / 1e9);
    double rate = done / seconds;
    String left =
        done >= total
            ? String.format(Locale.ROOT, "in %.1f s", seconds)
            : String.format(Locale.ROOT, "%.0f s left", (total - done) / Math.max(rate, 1e-9));
    return String.format(
        Locale.ROOT, "%,d of %,d %s, %.0f a second, %s", done, total, unit, rate, left);
  }
}
