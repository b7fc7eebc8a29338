package org.sightline.query.match;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.elasticsearch.search.profile.ProfileResult;
import org.sightline.query.input.InputSource;
import org.sightline.query.task.RunningSearch;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.MatchStats;

/**
 * Measures one rerank. Each end of a step closes the time since the end before, whichever step that
 * was, so that the times do not overlap where two chunks of content are under way. Thread-safe.
 */
final class RerankTrace {
  private final long start = System.nanoTime();
  private long stepStart = start;
  private long firstStageNanos;
  private long fetchNanos;
  private long matchNanos;
  private int fetched;
  private int sent;
  private MatchStats stats = MatchStats.NONE;

  private long step() {
    long now = System.nanoTime();
    long nanos = now - stepStart;
    stepStart = now;
    return nanos;
  }

  synchronized void firstStageEnds() {
    firstStageNanos += step();
  }

  /**
   * @param documents whose content was asked for
   */
  synchronized void fetchEnds(int documents) {
    fetchNanos += step();
    fetched += documents;
  }

  /**
   * @param documents whose content was there, and goes to inference nodes
   */
  synchronized void decodeEnds(int documents) {
    fetchNanos += step();
    sent += documents;
  }

  synchronized void matchEnds(MatchStats answered) {
    matchNanos += step();
    stats = stats.then(answered);
  }

  /**
   * @param scores of the window's documents, null where there is none; null before there is a
   *     window
   * @param failure why there are no match scores, or null
   */
  synchronized RerankReport report(
      MatchOptions options, MatchScore[] scores, RerankReport.Outcome outcome, String failure) {
    return new RerankReport(
        options.modelId(),
        options.field(),
        options.query() instanceof InputSource.Text text ? text.value() : null,
        outcome,
        failure,
        scores == null ? 0 : scores.length,
        scores == null ? 0 : (int) Arrays.stream(scores).filter(Objects::nonNull).count(),
        fetched,
        sent,
        System.nanoTime() - start,
        firstStageNanos,
        fetchNanos,
        matchNanos,
        stats);
  }

  /** As part of the answer to {@code "profile": true}. */
  static ProfileResult profile(RerankReport report) {
    MatchStats stats = report.stats();
    Map<String, Object> facts = new TreeMap<>();
    facts.put("outcome", report.outcome().name().toLowerCase(Locale.ROOT));
    facts.put("first_stage_in_nanos", report.firstStageNanos());
    facts.put("fetch_in_nanos", report.fetchNanos());
    facts.put("match_in_nanos", report.matchNanos());
    facts.put("window", report.window());
    facts.put("matched", report.matched());
    facts.put("fetched", report.fetched());
    facts.put("sent", report.sent());
    facts.put("tokens_from_memory", stats.fromMemory());
    facts.put("tokens_from_disk", stats.fromDisk());
    facts.put("tokens_encoded", stats.encoded());
    facts.put("encode_in_nanos", stats.encodeNanos());
    facts.put("queue_in_nanos", stats.queueNanos());
    facts.put("failovers", stats.failovers());
    return RunningSearch.profiled(
        ImageTextMatchRetrieverBuilder.NAME,
        "model [" + report.modelId() + "] on [" + report.field() + "]",
        report.tookNanos(),
        facts);
  }
}
