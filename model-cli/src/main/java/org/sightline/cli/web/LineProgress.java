package org.sightline.cli.web;

import java.io.PrintStream;
import java.util.Locale;

/** A line for each file: for logs. */
public final class LineProgress implements Progress {
  private final PrintStream out;
  private String file;
  private long bytes;

  public LineProgress(PrintStream out) {
    this.out = out;
  }

  @Override
  public void start(String name, long total, long from) {
    file = name;
    bytes = from;
  }

  @Override
  public void advance(long more) {
    bytes += more;
  }

  @Override
  public void end() {
    out.println(file + "  " + size(bytes));
  }

  @Override
  public void note(String line) {
    out.println(line);
  }

  /** A length for people. */
  static String size(long bytes) {
    if (bytes < 1000) {
      return bytes + " bytes";
    }
    if (bytes < 1_000_000) {
      return String.format(Locale.ROOT, "%.1f kB", bytes / 1e3);
    }
    return bytes < 1_000_000_000
        ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
  }
}
