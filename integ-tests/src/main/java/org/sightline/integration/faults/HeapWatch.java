package org.sightline.integration.faults;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.sightline.integration.faults.FaultRow.Column;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.load.Load;
import org.sightline.testsupport.load.Waiting;

/** Looks at a node's heap, collections and breakers again and again until it is closed. */
final class HeapWatch implements AutoCloseable {
  private static final String STATS =
      "/_nodes/stats/breaker,jvm?filter_path=nodes.*.breakers,nodes.*.jvm";
  private static final Duration PERIOD = Duration.ofMillis(200);
  private static final double MOST_TIME_IN_COLLECTIONS = 0.5;

  /** What there was at one moment; sizes in bytes. */
  private record Sample(
      long nanos, long heap, long heapLimit, long collectionMillis, JsonNode breakers) {
    long estimated(String breaker) {
      return breakers.required(breaker).required("estimated_size_in_bytes").asLong();
    }

    long limit(String breaker) {
      return breakers.required(breaker).required("limit_size_in_bytes").asLong();
    }

    long tripped(String breaker) {
      return breakers.required(breaker).required("tripped").asLong();
    }
  }

  private final HttpJson client;
  private final List<Sample> samples = new CopyOnWriteArrayList<>();
  private final Load load;

  /** Begins to look. */
  HeapWatch(HttpJson client) {
    this.client = client;
    this.load = new Load(number -> look());
  }

  private void look() {
    JsonNode stats = client.ok("GET", STATS, null).required("nodes").elements().next();
    long collecting = 0;
    for (JsonNode collector : stats.at("/jvm/gc/collectors")) {
      collecting += collector.required("collection_time_in_millis").asLong();
    }
    samples.add(
        new Sample(
            System.nanoTime(),
            stats.at("/jvm/mem/heap_used_in_bytes").asLong(),
            stats.at("/jvm/mem/heap_max_in_bytes").asLong(),
            collecting,
            stats.required("breakers")));
    Waiting.pause(PERIOD);
  }

  /** Stops looking and adds what was seen. */
  void stop(FaultRow row) {
    load.stop();
    List<Sample> seen = new ArrayList<>(samples);
    Sample first = seen.get(0);
    Sample last = seen.get(seen.size() - 1);
    Sample fullest = seen.stream().reduce(first, (a, b) -> b.heap() > a.heap() ? b : a);
    row.figure(Column.HEAP, megabytes(fullest.heap()) + " of " + megabytes(fullest.heapLimit()));
    below(row, seen, "parent");
    below(row, seen, "sightline");
    long tripped = last.tripped("parent") - first.tripped("parent");
    row.rule("the breaker [parent] never trips", tripped == 0, tripped);
    double collecting =
        (last.collectionMillis() - first.collectionMillis())
            / ((last.nanos() - first.nanos()) / 1e6);
    row.rule(
        "less than half of the time goes into collections",
        collecting < MOST_TIME_IN_COLLECTIONS,
        String.format(Locale.ROOT, "%.2f", collecting));
  }

  private static void below(FaultRow row, List<Sample> seen, String breaker) {
    long most = seen.stream().mapToLong(sample -> sample.estimated(breaker)).max().orElseThrow();
    long limit = seen.get(0).limit(breaker);
    row.rule(
        "[" + breaker + "] stays below its limit",
        most <= limit,
        megabytes(most) + " of " + megabytes(limit));
  }

  private static String megabytes(long bytes) {
    return (bytes >> 20) + " MB";
  }

  @Override
  public void close() {
    load.close();
  }
}
