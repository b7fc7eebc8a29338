package org.sightline.cli.web;

import java.io.PrintStream;

/** A line for each file, and for each tenth of the documents: for logs. Thread-safe. */
public final class LineProgress implements Progress {
  private final PrintStream out;
  private String name;
  private Unit unit;
  private long total;
  private long amount;

  public LineProgress(PrintStream out) {
    this.out = out;
  }

  @Override
  public synchronized void start(String what, Unit counted, long all, long from) {
    name = what;
    unit = counted;
    total = all;
    amount = from;
  }

  @Override
  public synchronized void advance(long more) {
    long before = tenths();
    amount += more;
    if (unit == Unit.DOCUMENTS && tenths() > before) {
      out.println(name + "  " + 10 * tenths() + " % of " + unit.amount(total));
    }
  }

  private long tenths() {
    return total > 0 ? Math.min(10, 10 * amount / total) : 0;
  }

  @Override
  public synchronized void end() {
    out.println(name + "  " + unit.amount(amount));
  }

  @Override
  public synchronized void note(String line) {
    out.println(line);
  }
}
