package org.sightline.plugin.node;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.Level;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.test.MockLog;
import org.sightline.plugin.settings.SightlineSettings;
import org.sightline.query.match.RerankReport;
import org.sightline.query.match.RerankReport.Outcome;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.MatchStats;

/** Which reranks are logged, at which level, and what the line says. */
public class SlowMatchLogTests extends ESTestCase {
  private static final String WARN = "sightline.match.slowlog.threshold.warn";
  private static final String INFO = "sightline.match.slowlog.threshold.info";

  private static long ms(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private static RerankReport report(long took, long first, long fetch, MatchStats stats) {
    return report("a red heart", took, first, fetch, stats, Outcome.RERANKED, null);
  }

  private static RerankReport report(
      String input,
      long took,
      long first,
      long fetch,
      MatchStats stats,
      Outcome outcome,
      String failure) {
    return new RerankReport(
        "emoji-blip",
        "photo",
        input,
        outcome,
        failure,
        100,
        93,
        7,
        7,
        ms(took),
        ms(first),
        ms(fetch),
        ms(took - first - fetch),
        stats);
  }

  private static String logged(SlowMatchLog log, Level level, RerankReport report) {
    try (MockLog lines = MockLog.capture(SlowMatchLog.LOGGER)) {
      lines.addExpectation(
          level == null
              ? new MockLog.UnseenEventExpectation(
                  "nothing", SlowMatchLog.LOGGER, Level.WARN, "took*")
              : new MockLog.SeenEventExpectation("a line", SlowMatchLog.LOGGER, level, "took[*"));
      log.log(report);
      lines.assertAllExpectationsMatched();
    }
    return SlowMatchLog.line(report);
  }

  public void testNothingIsLoggedUnlessAskedFor() {
    logged(new SlowMatchLog(Settings.EMPTY), null, report(100_000, 1, 1, MatchStats.NONE));
  }

  public void testThresholds() {
    SlowMatchLog log =
        new SlowMatchLog(Settings.builder().put(WARN, "2s").put(INFO, "500ms").build());
    logged(log, null, report(499, 1, 1, MatchStats.NONE));
    logged(log, Level.INFO, report(500, 1, 1, MatchStats.NONE));
    logged(log, Level.WARN, report(2000, 1, 1, MatchStats.NONE));
  }

  public void testThresholdsCanBeChanged() {
    Set<Setting<?>> known = new HashSet<>(SightlineSettings.all());
    ClusterSettings settings = new ClusterSettings(Settings.EMPTY, known);
    SlowMatchLog log = new SlowMatchLog(Settings.EMPTY);
    log.follow(settings);
    settings.applySettings(Settings.builder().put(WARN, "0ms").build());
    logged(log, Level.WARN, report(1, 0, 0, MatchStats.NONE));
    settings.applySettings(Settings.builder().put(WARN, "-1").put(INFO, "0ms").build());
    logged(log, Level.INFO, report(1, 0, 0, MatchStats.NONE));
    settings.applySettings(Settings.EMPTY);
    logged(log, null, report(1, 0, 0, MatchStats.NONE));
  }

  public void testLine() {
    MatchStats stats = new MatchStats(80, 13, 7, ms(812), ms(20), 0, null);
    assertEquals(
        "took[1.2s], took_millis[1200], outcome[reranked], reason[7 of 100 images were not cached:"
            + " encoding 812ms], first_stage_millis[100], fetch_millis[50], match_millis[1050],"
            + " window[100], matched[93], fetched[7], sent[7], tokens_from_memory[80],"
            + " tokens_from_disk[13], tokens_encoded[7], failovers[0], model[emoji-blip],"
            + " field[photo], input[a red heart]",
        SlowMatchLog.line(report(1200, 100, 50, stats)));
  }

  public void testFailure() {
    String line =
        SlowMatchLog.line(
            report(null, 10, 1, 1, MatchStats.NONE, Outcome.FIRST_STAGE, "queue\nis full"));
    assertTrue(line, line.contains("outcome[first_stage]"));
    assertTrue(line, line.endsWith(", input[an image], failure[queue\\u000ais full]"));
  }

  public void testWhatUsersGaveIsEscapedAndBounded() {
    assertEquals("a\\u000ab\\u005d, \\u005cc \\u001b", SlowMatchLog.shown("a\nb], \\c \u001b"));
    assertEquals("ein grünes Herz", SlowMatchLog.shown("ein grünes Herz"));
    assertEquals("x".repeat(200) + "…", SlowMatchLog.shown("x".repeat(201)));
    assertEquals("x".repeat(200), SlowMatchLog.shown("x".repeat(200)));
  }

  private static String reason(long took, long first, long fetch, MatchStats stats) {
    return SlowMatchReason.of(report(took, first, fetch, stats));
  }

  public void testReasons() {
    assertEquals("matching 93 documents 990ms", reason(1000, 5, 5, MatchStats.NONE));
    assertEquals(
        "first stage 3s; fetching 7 documents 500ms", reason(4000, 3000, 500, MatchStats.NONE));
    assertEquals(
        "queue wait 2.1s", reason(2500, 5, 5, new MatchStats(100, 0, 0, 0, ms(2100), 0, null)));
    assertEquals(
        "what took a tenth of the time or less is none",
        "matching 93 documents 990ms",
        reason(1000, 5, 5, new MatchStats(99, 0, 1, ms(99), ms(99), 0, null)));
  }

  public void testReasonsOfFailovers() {
    assertEquals(
        "node x silent for 15s",
        reason(
            15_500,
            5,
            5,
            stats(1, new MatchStats.Failover("x", Kind.DEADLINE_EXCEEDED, ms(15_000)))));
    assertEquals(
        "node x failed after 400ms (overloaded), of 3 failovers",
        reason(1000, 5, 5, stats(3, new MatchStats.Failover("x", Kind.OVERLOADED, ms(400)))));
  }

  private static MatchStats stats(int failovers, MatchStats.Failover slowest) {
    return new MatchStats(100, 0, 0, 0, 0, failovers, slowest);
  }
}
