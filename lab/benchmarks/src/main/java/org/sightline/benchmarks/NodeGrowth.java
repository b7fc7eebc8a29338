package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.cluster.TimeSlots;
import org.sightline.testsupport.gallery.Photos;
import org.sightline.testsupport.load.Bulks;
import org.sightline.testsupport.load.PhotoIndex;

/**
 * Photographs ingested through a node that runs no models, with one, two and three inference nodes
 * behind it. Each inference node is a process that imitates a device of fixed speed: it runs in
 * {@link TimeSlots}, because a machine with two processors could not show what a third node adds.
 */
final class NodeGrowth implements Part {
  private static final String MODEL = PhotoIngest.MODEL;
  private static final String INDEX = "photos";
  private static final int NODES = 3;
  private static final int PERCENT = 25;
  private static final int IN_FLIGHT = 16; // for each inference node
  private static final int WARM_UP = 48;
  private static final Duration LEAD = Duration.ofSeconds(4);
  private static final double GOAL = 1.8;
  private static final double ENOUGH = 0.8; // of its share
  private static final String COORDINATOR = "data";

  private final Row row =
      Row.growth("inference-nodes", "ingest, CLIP B/32, pictures a second", "/s", 2);
  private final ObjectMapper mapper = new ObjectMapper();
  private final AtomicInteger next = new AtomicInteger();
  private List<byte[]> photos;
  private HttpJson http;

  @Override
  public List<Row> rows() {
    return List.of(row);
  }

  /**
   * One measurement.
   *
   * @param rate pictures a second
   * @param used processors that each inference node used
   */
  private record Measured(int nodes, double rate, List<Double> used) {
    String text() {
      return String.format(
          Locale.ROOT,
          "%d nodes %.2f pictures/s, processors used by each %s",
          nodes,
          rate,
          used.stream().map(one -> String.format(Locale.ROOT, "%.2f", one)).toList());
    }
  }

  @Override
  public void run(Bench bench, Report report) throws Exception {
    bench.bundle(MODEL);
    bench.endNode();
    photos = Photos.read(bench.photos().small(32));
    Duration window = Duration.ofSeconds(bench.quick() ? 15 : 30);
    List<Measured> all = new ArrayList<>();
    bench.say("starting a node with data and " + NODES + " inference nodes");
    Distribution distribution = BenchNode.unpack(bench);
    try (ElasticsearchCluster cluster = cluster(distribution)) {
      cluster.nodes().forEach(node -> node.copyBundle(bench.bundle(MODEL)));
      for (int round = 0; round < (bench.quick() ? 1 : 3); round++) {
        cluster.start();
        http = http == null ? new HttpJson(cluster.http()) : http;
        warmUp();
        for (int count = NODES; count > 0; count--) {
          keep(cluster, count);
          all.add(measure(cluster.nodes().subList(1, 1 + count), window));
          bench.say(all.get(all.size() - 1).text());
        }
      }
    } finally {
      if (http != null) {
        http.close();
      }
      distribution.delete();
    }
    tell(report, all);
  }

  private void tell(Report report, List<Measured> all) {
    List<Report.Point> points = new ArrayList<>();
    for (int count = 1; count <= NODES; count++) {
      int nodes = count;
      List<Double> rates =
          all.stream().filter(one -> one.nodes() == nodes).map(Measured::rate).toList();
      points.add(new Report.Point(count + " inference nodes", count, rates));
    }
    double least =
        points.stream()
            .skip(1)
            .mapToDouble(point -> Spread.of(point.aDoubling(points.get(0))).median())
            .min()
            .orElseThrow();
    boolean idle =
        all.stream()
            .flatMap(one -> one.used().stream())
            .anyMatch(used -> used < ENOUGH * PERCENT / 100);
    String note =
        String.format(
            Locale.ROOT,
            "each inference node runs %d %% of the time; goal: at least %.1f× each doubling, got"
                + " %.2f (%s); %s",
            PERCENT,
            GOAL,
            least,
            least >= GOAL ? "pass" : "missed",
            String.join("; ", all.stream().map(Measured::text).toList()));
    String warning =
        "; one used much less than its share: others used the machine, or it had no work";
    report.grown(row, points, idle ? note + warning : note);
  }

  private static ElasticsearchCluster cluster(Distribution distribution) {
    NodeSpec[] specs = new NodeSpec[1 + NODES];
    specs[0] = node(COORDINATOR).with("sightline.inference.enabled", "false");
    for (int i = 1; i <= NODES; i++) {
      specs[i] =
          node("inference-" + i)
              .with("node.roles", "[]")
              .with("sightline.inference.enabled", "true")
              .with("sightline.inference.threads", "1")
              .with("sightline.inference.max_batch", "4");
    }
    return ElasticsearchCluster.of(distribution, "sightline-nodes", specs);
  }

  private static NodeSpec node(String name) {
    return new NodeSpec(name, 0, Map.of(), List.of("-Xms768m", "-Xmx768m"))
        .with("cluster.initial_master_nodes", "[" + COORDINATOR + "]")
        .with("sightline.inference.timeout", "2m")
        .with("sightline.ingest.timeout", "2m");
  }

  /** Stops inference nodes until that many are left. */
  private void keep(ElasticsearchCluster cluster, int count) {
    for (int i = NODES; i > count; i--) {
      cluster.node(i).stop();
    }
    String wait = "/_cluster/health?timeout=60s&wait_for_nodes=" + (1 + count);
    if (http.ok("GET", wait, null).required("timed_out").asBoolean()) {
      throw new IllegalStateException("there are not " + count + " inference nodes");
    }
  }

  /** Creates the index, and lets every node load the model and compile at full speed. */
  private void warmUp() {
    new PhotoIndex(http, INDEX, MODEL, null).createWithoutTitles(1, 0, true);
    http.ok("POST", "/_sightline/models/" + MODEL + "/_load", null);
    for (int round = 0; round < NODES; round++) {
      IntStream.range(0, WARM_UP)
          .mapToObj(i -> send())
          .toList()
          .forEach(reply -> Bulks.check(reply.join()));
    }
  }

  private Measured measure(List<ElasticsearchNode> nodes, Duration window) throws IOException {
    List<Long> pids = nodes.stream().map(ElasticsearchNode::pid).toList();
    Feed feed;
    Measured measured;
    try (TimeSlots slots = new TimeSlots(pids, PERCENT)) {
      feed = new Feed(pids.size() * IN_FLIGHT);
      LockSupport.parkNanos(LEAD.toNanos());
      measured = watch(feed, pids, window);
    }
    feed.stop(); // at full speed
    return measured;
  }

  private static Measured watch(Feed feed, List<Long> pids, Duration window) {
    List<Duration> before = pids.stream().map(NodeGrowth::processorTime).toList();
    long first = feed.done.sum();
    long start = System.nanoTime();
    LockSupport.parkNanos(window.toNanos());
    double seconds = (System.nanoTime() - start) / 1e9;
    double rate = (feed.done.sum() - first) / seconds;
    List<Double> used = new ArrayList<>();
    for (int i = 0; i < pids.size(); i++) {
      Duration spent = processorTime(pids.get(i)).minus(before.get(i));
      used.add(spent.toNanos() / 1e9 / seconds);
    }
    return new Measured(pids.size(), rate, used);
  }

  private static Duration processorTime(long pid) {
    return ProcessHandle.of(pid).flatMap(handle -> handle.info().totalCpuDuration()).orElseThrow();
  }

  /** Sends photographs until it is stopped, always the same number at once. */
  private final class Feed {
    private final LongAdder done = new LongAdder();
    private final List<CompletableFuture<Void>> lanes;
    private volatile boolean stopped;

    Feed(int lanes) {
      this.lanes = IntStream.range(0, lanes).mapToObj(i -> goOn()).toList();
    }

    private CompletableFuture<Void> goOn() {
      return send()
          .thenCompose(
              reply -> {
                Bulks.check(reply);
                done.increment();
                return stopped ? CompletableFuture.completedFuture(null) : goOn();
              });
    }

    void stop() {
      stopped = true;
      lanes.forEach(CompletableFuture::join);
    }
  }

  /** One photograph that no cache knows, in a bulk request of its own. */
  private CompletableFuture<HttpJson.Reply> send() {
    int number = next.getAndIncrement();
    byte[] photo = Photos.commented(photos.get(number % photos.size()), number);
    String base64 = Base64.getEncoder().encodeToString(photo);
    String document = mapper.createObjectNode().put("photo", base64).toString();
    return http.sendAsync("POST", "/" + INDEX + "/_bulk", "{\"index\":{}}\n" + document + "\n");
  }
}
