package org.sightline.cli.web;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/** One line that is written over and over: for terminals. Thread-safe. */
public final class BarProgress implements Progress {
  /** Empties the line that the bar stands on. */
  public static final String CLEAR = "\r\u001b[K";

  private static final long REDRAW_NANOS = 200_000_000;
  private static final int BAR = 24;

  private final PrintStream out;
  private final LongSupplier nanos;
  private String name;
  private Unit unit;
  private long total;
  private long amount;
  private long arrived;
  private long began;
  private long drawn;

  /**
   * A bar.
   *
   * @param nanos a clock that only goes forward, in nanoseconds
   */
  public BarProgress(PrintStream out, LongSupplier nanos) {
    this.out = out;
    this.nanos = nanos;
  }

  @Override
  public synchronized void start(String what, Unit counted, long all, long from) {
    name = what;
    unit = counted;
    total = all;
    amount = from;
    arrived = 0;
    began = nanos.getAsLong();
    draw(began);
  }

  @Override
  public synchronized void advance(long more) {
    amount += more;
    arrived += more;
    long now = nanos.getAsLong();
    if (now - drawn >= REDRAW_NANOS) {
      draw(now);
    }
  }

  @Override
  public synchronized void end() {
    out.print(CLEAR);
    out.println(name + "  " + unit.amount(amount));
  }

  @Override
  public synchronized void note(String line) {
    out.print(CLEAR);
    out.println(line);
  }

  private void draw(long now) {
    drawn = now;
    double seconds = (now - began) / 1e9;
    String rate = "";
    if (seconds >= 0.5) {
      rate = ", " + unit.rate(arrived / seconds);
      if (total > amount && arrived > 0) {
        rate += ", " + time((total - amount) * seconds / arrived) + " left";
      }
    }
    String line = unit.amount(amount);
    if (total > 0) {
      int done = (int) (BAR * Math.min(amount, total) / total);
      line =
          "["
              + "#".repeat(done)
              + " ".repeat(BAR - done)
              + "] "
              + 100 * Math.min(amount, total) / total
              + " % of "
              + unit.amount(total);
    }
    out.print(CLEAR + name + "  " + line + rate);
    out.flush();
  }

  private static String time(double seconds) {
    long whole = Math.round(seconds);
    if (whole < 90) {
      return whole + " s";
    }
    return whole < 90 * 60
        ? Math.round(seconds / 60) + " min"
        : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
  }
}
