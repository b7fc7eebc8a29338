package org.sightline.benchmarks;

import java.util.List;
import java.util.Locale;

/** What operations allocate, as Markdown: a table, then where the largest parts come from. */
final class AllocationReport {
  private static final int FRAMES = 5;

  private final StringBuilder table = new StringBuilder();
  private final StringBuilder frames = new StringBuilder();

  AllocationReport(String title) {
    table.append(title).append("\n\n");
    table.append("| one operation | allocated | by our own code |\n|---|---|---|\n");
  }

  /**
   * @param count how many operations were recorded
   */
  void add(String operation, int count, AllocationProfile profile) {
    double each = (double) profile.bytes() / count;
    table.append("| ").append(operation).append(" | ").append(Units.bytes(each)).append(" | ");
    table.append(Units.bytes(each * profile.oursPart())).append(" |\n");
    frames.append("\n").append(operation).append(":\n");
    largest("ours", each, profile.ours());
    largest("others", each, profile.others());
  }

  private void largest(String whose, double each, List<AllocationProfile.Share> shares) {
    for (AllocationProfile.Share share : shares.subList(0, Math.min(FRAMES, shares.size()))) {
      frames.append(
          String.format(
              Locale.ROOT,
              "- %s: %s, %.0f %%, `%s`\n",
              whose,
              Units.bytes(each * share.part()),
              100 * share.part(),
              share.frame()));
    }
  }

  @Override
  public String toString() {
    return table.toString() + frames;
  }
}
