package org.sightline.cli.web;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/** One line that is written over and over: for terminals. */
public final class BarProgress implements Progress {
  /** Empties the line that the bar stands on. */
  public static final String CLEAR = "\r\u001b[K";

  private static final long REDRAW_NANOS = 200_000_000;
  private static final int BAR = 24;

  private final PrintStream out;
  private final LongSupplier nanos;
  private String file;
  private long total;
  private long bytes;
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
  public void start(String name, long length, long from) {
    file = name;
    total = length;
    bytes = from;
    arrived = 0;
    began = nanos.getAsLong();
    draw(began);
  }

  @Override
  public void advance(long more) {
    bytes += more;
    arrived += more;
    long now = nanos.getAsLong();
    if (now - drawn >= REDRAW_NANOS) {
      draw(now);
    }
  }

  @Override
  public void end() {
    out.print(CLEAR);
    out.println(file + "  " + LineProgress.size(bytes));
  }

  @Override
  public void note(String line) {
    out.print(CLEAR);
    out.println(line);
  }

  private void draw(long now) {
    drawn = now;
    double seconds = (now - began) / 1e9;
    String rate =
        seconds < 0.5 ? "" : String.format(Locale.ROOT, ", %.1f MB/s", arrived / 1e6 / seconds);
    String line;
    if (total > 0) {
      int done = (int) (BAR * Math.min(bytes, total) / total);
      line =
          "["
              + "#".repeat(done)
              + " ".repeat(BAR - done)
              + "] "
              + 100 * Math.min(bytes, total) / total
              + " % of "
              + LineProgress.size(total);
    } else {
      line = LineProgress.size(bytes);
    }
    out.print(CLEAR + file + "  " + line + rate);
    out.flush();
  }
}
