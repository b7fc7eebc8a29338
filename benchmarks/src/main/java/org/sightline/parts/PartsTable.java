package org.sightline.parts;

import java.util.EnumMap;
import java.util.Map;
import org.sightline.benchmarks.Units;

/** The parts that were measured and those that were not, as a Markdown table. */
final class PartsTable {

  /**
   * What was measured of a part.
   *
   * @param nanos mean time of one operation
   * @param error half of the 99.9 % confidence interval of that, in nanoseconds; NaN for unknown
   * @param bytes allocated on the heap by all threads, for each operation
   */
  record Cost(double nanos, double error, double bytes) {}

  private final Map<Parts, String> lines = new EnumMap<>(Parts.class);
  private boolean complete = true;

  void measured(Parts part, Cost cost) {
    String time = Units.time(cost.nanos(), cost.error());
    line(part, time + " | " + Units.bytes(cost.bytes()));
  }

  void failed(Parts part, String reason) {
    complete = false;
    line(part, "failed: " + reason.replace('\n', ' ').replace('|', '/') + " |");
  }

  private void line(Parts part, String rest) {
    lines.put(part, "| " + part.id() + " | " + part.what() + " | " + rest + " |\n");
  }

  /** The line of one part. */
  String line(Parts part) {
    return lines.get(part).strip();
  }

  /** Whether nothing failed. */
  boolean complete() {
    return complete;
  }

  @Override
  public String toString() {
    StringBuilder table = new StringBuilder();
    table.append("| part | one operation | time (± of 99.9 %) | allocated |\n");
    table.append("|---|---|---|---|\n");
    lines.values().forEach(table::append);
    return table.toString();
  }
}
