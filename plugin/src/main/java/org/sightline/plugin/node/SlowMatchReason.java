package org.sightline.plugin.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.elasticsearch.core.TimeValue;
import org.sightline.query.match.RerankReport;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.MatchStats;

/** Says in words where the time of a rerank went. */
final class SlowMatchReason {
  /** What took less of the whole is not a reason. */
  private static final double NOTICEABLE = 0.1;

  private final RerankReport report;
  private final List<String> reasons = new ArrayList<>();

  private SlowMatchReason(RerankReport report) {
    this.report = report;
  }

  /** One or more reasons, separated by semicolons; those of inference first. */
  static String of(RerankReport report) {
    return new SlowMatchReason(report).find();
  }

  private String find() {
    MatchStats stats = report.stats();
    if (stats.slowest() != null) {
      add(stats.slowest().nanos(), failover(stats));
    }
    if (stats.encoded() > 0) {
      add(
          stats.encodeNanos(),
          stats.encoded()
              + " of "
              + (stats.encoded() + stats.fromMemory() + stats.fromDisk())
              + " images were not cached: encoding "
              + time(stats.encodeNanos()));
    }
    add(stats.queueNanos(), "queue wait " + time(stats.queueNanos()));
    add(report.firstStageNanos(), "first stage " + time(report.firstStageNanos()));
    add(
        report.fetchNanos(),
        "fetching " + report.fetched() + " documents " + time(report.fetchNanos()));
    if (reasons.isEmpty()) {
      return "matching " + report.matched() + " documents " + time(report.matchNanos());
    }
    return String.join("; ", reasons);
  }

  private void add(long nanos, String reason) {
    if (nanos >= NOTICEABLE * report.tookNanos() && nanos > 0) {
      reasons.add(reason);
    }
  }

  private static String failover(MatchStats stats) {
    MatchStats.Failover slowest = stats.slowest();
    String node = "node " + SlowMatchLog.shown(slowest.node());
    String what =
        slowest.kind() == InferenceException.Kind.DEADLINE_EXCEEDED
            ? node + " silent for " + time(slowest.nanos())
            : node
                + " failed after "
                + time(slowest.nanos())
                + " ("
                + slowest.kind().name().toLowerCase(Locale.ROOT)
                + ")";
    return stats.failovers() == 1 ? what : what + ", of " + stats.failovers() + " failovers";
  }

  private static String time(long nanos) {
    return TimeValue.timeValueNanos(nanos).toString();
  }
}
