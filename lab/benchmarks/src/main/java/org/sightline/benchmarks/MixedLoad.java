package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.sightline.benchmarks.Row.Goal;
import org.sightline.demo.GalleryIndex;
import org.sightline.testsupport.gallery.Photos;

/**
 * Searches by text while a bulk of photographs runs into another model: what a search takes beside
 * the bulk, and what the bulk loses by ten searches a second.
 */
final class MixedLoad implements Part {
  private static final String PHOTOS_MODEL = GalleryIndex.MATCHING_MODEL;
  private static final String PHOTOS = "mixed";

  /** Photographs of a bulk request: ten of 3.3 MB are 44 MB of base64. */
  private static final int BULK = 4;

  /** Bulks one after the other, so that a round has at least a hundred searches beside them. */
  private static final int BULKS = 3;

  private static final int QUICK_BULKS = 8;
  private static final int IDLE_SEARCHES = 200;
  private static final long SEARCH_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final double MOST_MILLIS = 250;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Row search =
      new Row(
          "mixed-search",
          "text search, emoji-clip, p99 beside a bulk of 12-megapixel JPEGs into emoji-blip,"
              + " at most 250 ms",
          "the same search, p99 on the idle node",
          Goal.ratioOfAtMost(4));
  private final Row ingest =
      new Row(
          "mixed-ingest",
          "that bulk beside ten searches a second, pictures/s",
          "the bulk alone",
          Goal.ratioOfAtLeast(0.85));

  private final Row heap =
      new Row(
          "mixed-heap",
          "reachable heap that neither breakers nor indexing pressure count, in that bulk",
          "the idle node",
          Goal.megabytesAtMost(32));

  private int texts;

  @Override
  public List<Row> rows() {
    return List.of(search, ingest, heap);
  }

  /** Times of a round: p99 in milliseconds, rates in pictures a second. */
  private record Round(double idle, double beside, double alone, double mixed) {
    double slower() {
      return beside / idle;
    }

    double kept() {
      return mixed / alone;
    }
  }

  @Override
  public void run(Bench bench, Report report) throws Exception {
    int count = bench.quick() ? 60 : 300;
    bench.say("making " + count + " photographs where they are not there");
    List<Path> files = bench.photos().large(count);
    BenchNode node = bench.node();
    GalleryIngest.index(node.http(), bench.gallery().pictures());
    var bulk = new Ingest.Pipeline(node, PHOTOS, PHOTOS_MODEL, Photos.read(files), BULK);
    // made before: this process must not be busy while it measures searches
    List<byte[]> bodies = bulk.bodies().toList();
    bulk.send(bodies.iterator());
    List<Round> rounds = new ArrayList<>();
    for (int i = 0; i < Math.min(3, bench.rounds()); i++) {
      rounds.add(round(node, bulk, bodies, bench.quick() ? QUICK_BULKS : BULKS));
    }
    if (bench.wants(heap)) {
      report.measured(heap, uncounted(node, bulk, bodies), "live objects of a class histogram");
    }
    Round last = rounds.get(rounds.size() - 1);
    String note =
        String.format(
            Locale.ROOT,
            "p99 %.1f ms idle, %.1f ms beside the bulk; %.2f pictures/s alone, %.2f with searches,"
                + " in the last round of %d pictures",
            last.idle,
            last.beside,
            last.alone,
            last.mixed,
            count);
    double slowest = rounds.stream().mapToDouble(Round::beside).max().orElseThrow();
    if (bench.wants(search)) {
      report.measured(
          search, rounds.stream().map(Round::slower).toList(), slowest <= MOST_MILLIS, note);
    }
    if (bench.wants(ingest)) {
      report.measured(ingest, rounds.stream().map(Round::kept).toList(), note);
    }
  }

  private static double rate(Ingest.Pipeline bulk, List<byte[]> bodies, int bulks) {
    double seconds = 0; // of as many pictures as a bulk has
    for (int i = 0; i < bulks; i++) {
      seconds += 1 / bulk.send(bodies.iterator());
    }
    return bulks / seconds;
  }

  private Round round(BenchNode node, Ingest.Pipeline bulk, List<byte[]> bodies, int bulks)
      throws Exception {
    List<Double> idle = new ArrayList<>();
    for (int i = 0; i < IDLE_SEARCHES; i++) {
      idle.add(search(node));
    }
    double alone = rate(bulk, bodies, bulks);
    FutureTask<Double> mixed = new FutureTask<>(() -> rate(bulk, bodies, bulks));
    new Thread(mixed, "bulk").start();
    List<Double> beside = new ArrayList<>();
    while (mixed.isDone() == false) {
      long start = System.nanoTime();
      beside.add(search(node));
      // a client that asks ten times a second, however long an answer takes
      LockSupport.parkNanos(SEARCH_EVERY_NANOS - (System.nanoTime() - start));
    }
    return new Round(p99(idle), p99(beside), alone, mixed.get());
  }

  /** Megabytes beside a bulk, less those of the idle node, at several moments of the bulk. */
  private List<Double> uncounted(BenchNode node, Ingest.Pipeline bulk, List<byte[]> bodies)
      throws Exception {
    long idle = node.uncountedHeapBytes();
    FutureTask<Double> mixed = new FutureTask<>(() -> rate(bulk, bodies, QUICK_BULKS));
    new Thread(mixed, "bulk").start();
    List<Double> megabytes = new ArrayList<>();
    while (mixed.isDone() == false) {
      search(node);
      megabytes.add((node.uncountedHeapBytes() - idle) / (double) (1 << 20));
    }
    mixed.get();
    return megabytes;
  }

  private static double p99(List<Double> millis) {
    double[] sorted = millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return Spread.quantile(sorted, 0.99);
  }

  /** Each text is a new one: none is cached. */
  private double search(BenchNode node) {
    ObjectNode body = MAPPER.createObjectNode().put("size", 10).put("_source", false);
    ObjectNode knn = body.putObject("knn").put("field", "photo_vector");
    knn.put("k", 10).put("num_candidates", 100);
    knn.putObject("query_vector_builder")
        .putObject("image_text_embedding")
        .put("model_id", GalleryIndex.EMBEDDING_MODEL)
        .put("input", "a red heart beside " + texts++ + " smiling faces");
    return node.searchMillis(GalleryIndex.NAME, body);
  }
}
