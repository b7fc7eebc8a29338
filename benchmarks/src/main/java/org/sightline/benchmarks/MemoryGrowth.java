package org.sightline.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.locks.LockSupport;
import org.sightline.faults.HeapWatch;
import org.sightline.faults.Load;
import org.sightline.faults.ProcessMemory;
import org.sightline.testsupport.cluster.NodeSpec;

/**
 * Memory of a node while more and more large photographs are in flight. The heap is taken from the
 * system at the start, so that what the process grows by is native memory. A round is the life of a
 * node, which is given more pictures at once from point to point, because what native libraries
 * have taken they rarely give back.
 */
final class MemoryGrowth implements GrowthPart {
  private static final String MODEL = PhotoIngest.MODEL;
  private static final int[] IN_FLIGHT = {1, 4, 16};
  private static final double MEGABYTE = 1 << 20;
  private static final long HEAP = 2L << 30; // as in SPEC
  private static final Duration PERIOD = Duration.ofMillis(20);
  private static final NodeSpec SPEC =
      new NodeSpec("bench", 0, Map.of(), List.of("-Xms2g", "-Xmx2g", "-XX:+AlwaysPreTouch"));

  private final Growth heap =
      new Growth("memory-heap", "peak heap over the least seen, garbage included", "MB", 0);
  private final Growth counted =
      new Growth("memory-counted", "what the plugin's circuit breaker counts at most", "MB", 0);
  private final Growth outside =
      new Growth(
          "memory-native", "peak native memory of the process, the heap not counted", "MB", 0);

  @Override
  public List<Growth> rows() {
    return List.of(heap, counted, outside);
  }

  @Override
  public Set<String> models() {
    return Set.of();
  }

  @Override
  public void run(Bench bench, GrowthReport report) throws Exception {
    if (ProcessMemory.isKnown() == false) {
      throw new UnavailableException("memory of a process is read from Linux's /proc");
    }
    bench.bundle(MODEL);
    bench.endNode();
    List<List<Double>> heaps = lists();
    List<List<Double>> counts = lists();
    List<List<Double>> natives = lists();
    List<Double> idles = new ArrayList<>();
    for (int round = 0; round < (bench.quick() ? 1 : 3); round++) {
      bench.say("starting a node of its own");
      try (BenchNode node = BenchNode.start(bench, Set.of(MODEL), SPEC)) {
        idles.add(measure(bench, node, heaps, counts, natives));
      }
    }
    tell(bench, report, heap, heaps, "CLIP B/32, JPEG of 12 megapixels, 2 GB of heap");
    String held = "requests under way and caches; decoded pictures have a bound of their own";
    tell(bench, report, counted, counts, held);
    tell(
        bench,
        report,
        outside,
        natives,
        "anonymous resident memory, weights included; idle: " + Spread.of(idles).text(0) + " MB");
  }

  private static void tell(
      Bench bench, GrowthReport report, Growth row, List<List<Double>> values, String note) {
    if (bench.wants(row.id())) {
      report.measured(row, points(values), note);
    }
  }

  private static List<List<Double>> lists() {
    List<List<Double>> lists = new ArrayList<>();
    for (int ignored : IN_FLIGHT) {
      lists.add(new ArrayList<>());
    }
    return lists;
  }

  private static List<Growth.Point> points(List<List<Double>> values) {
    List<Growth.Point> points = new ArrayList<>();
    for (int i = 0; i < IN_FLIGHT.length; i++) {
      points.add(new Growth.Point(IN_FLIGHT[i] + " in flight", IN_FLIGHT[i], values.get(i)));
    }
    return points;
  }

  /** Measures the life of a node; megabytes of native memory before. */
  private static double measure(
      Bench bench,
      BenchNode node,
      List<List<Double>> heaps,
      List<List<Double>> counts,
      List<List<Double>> natives)
      throws Exception {
    int most = IN_FLIGHT[IN_FLIGHT.length - 1] * (bench.quick() ? 2 : 4);
    List<byte[]> photos = Photos.read(bench.photos().large(most));
    PhotoIndex index = new PhotoIndex(node, "large", MODEL, 1);
    index.fill(Photos.read(bench.photos().small(8))); // loads, and compiles a little
    long idle = ProcessMemory.anonymousBytes(node.pid());
    for (int i = 0; i < IN_FLIGHT.length; i++) {
      int count = Math.max(most / 4, most * IN_FLIGHT[i] / IN_FLIGHT[IN_FLIGHT.length - 1]);
      LongAccumulator peak = new LongAccumulator(Math::max, 0);
      HeapWatch.Used used;
      try (HeapWatch watch = new HeapWatch(node.http());
          Load resident = new Load(number -> look(node.pid(), peak))) {
        index.fill(photos.subList(0, count), IN_FLIGHT[i]);
        used = watch.stop();
        resident.stop();
      }
      heaps.get(i).add((used.most() - used.least()) / MEGABYTE);
      counts.get(i).add(used.counted() / MEGABYTE);
      natives.get(i).add((peak.get() - HEAP) / MEGABYTE);
      bench.say(
          String.format(
              Locale.ROOT,
              "%d in flight: heap up to %.0f MB, native %.0f MB over idle",
              IN_FLIGHT[i],
              used.most() / MEGABYTE,
              (peak.get() - idle) / MEGABYTE));
    }
    return (idle - HEAP) / MEGABYTE;
  }

  private static void look(long pid, LongAccumulator peak) {
    peak.accumulate(ProcessMemory.anonymousBytes(pid));
    LockSupport.parkNanos(PERIOD.toNanos());
  }
}
