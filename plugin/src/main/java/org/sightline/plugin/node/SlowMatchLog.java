package org.sightline.plugin.node;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.core.TimeValue;
import org.sightline.plugin.settings.SightlineSettings;
import org.sightline.query.match.RerankReport;

/**
 * Logs reranks that took long, one line each, on the node that coordinated them. Like
 * Elasticsearch's own slow logs it holds the words that were searched for. Thread-safe.
 */
final class SlowMatchLog {
  /** Where the lines go; the level of this logger can be set like that of any other. */
  static final String LOGGER = "org.sightline.slowlog";

  private static final Logger logger = LogManager.getLogger(LOGGER);

  /** Characters of what users gave; more says nothing about time. */
  private static final int MAX_CHARACTERS = 200;

  private volatile long warnNanos;
  private volatile long infoNanos;

  SlowMatchLog(Settings settings) {
    warnNanos = SightlineSettings.SLOW_MATCH_WARN.get(settings).nanos();
    infoNanos = SightlineSettings.SLOW_MATCH_INFO.get(settings).nanos();
  }

  /** Follows changes of the thresholds. */
  void follow(ClusterSettings settings) {
    settings.addSettingsUpdateConsumer(
        SightlineSettings.SLOW_MATCH_WARN, value -> warnNanos = value.nanos());
    settings.addSettingsUpdateConsumer(
        SightlineSettings.SLOW_MATCH_INFO, value -> infoNanos = value.nanos());
  }

  void log(RerankReport report) {
    Level level = level(report.tookNanos());
    if (level != null && logger.isEnabled(level)) {
      logger.log(level, line(report));
    }
  }

  private Level level(long tookNanos) {
    if (warnNanos >= 0 && tookNanos >= warnNanos) {
      return Level.WARN;
    }
    return infoNanos >= 0 && tookNanos >= infoNanos ? Level.INFO : null;
  }

  static String line(RerankReport report) {
    String line =
        String.format(
            Locale.ROOT,
            "took[%s], took_millis[%d], outcome[%s], reason[%s], first_stage_millis[%d],"
                + " fetch_millis[%d], match_millis[%d], window[%d], matched[%d], fetched[%d],"
                + " sent[%d], tokens_from_memory[%d], tokens_from_disk[%d], tokens_encoded[%d],"
                + " failovers[%d], model[%s], field[%s], input[%s]",
            TimeValue.timeValueNanos(report.tookNanos()),
            millis(report.tookNanos()),
            report.outcome().name().toLowerCase(Locale.ROOT),
            SlowMatchReason.of(report),
            millis(report.firstStageNanos()),
            millis(report.fetchNanos()),
            millis(report.matchNanos()),
            report.window(),
            report.matched(),
            report.fetched(),
            report.sent(),
            report.stats().fromMemory(),
            report.stats().fromDisk(),
            report.stats().encoded(),
            report.stats().failovers(),
            shown(report.modelId()),
            shown(report.field()),
            report.input() == null ? "an image" : shown(report.input()));
    return report.failure() == null ? line : line + ", failure[" + shown(report.failure()) + "]";
  }

  private static long millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  /** On one line, and of bounded length: what users give must not look like lines of the log. */
  static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    int end = Math.min(text.length(), MAX_CHARACTERS);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      boolean harmless =
          c == ' '
              || Character.isLetterOrDigit(c)
              || (c > ' ' && c < 0x7f && c != '\\' && c != '[' && c != ']');
      shown.append(harmless ? String.valueOf(c) : String.format(Locale.ROOT, "\\u%04x", (int) c));
    }
    return end < text.length() ? shown + "…" : shown.toString();
  }
}
