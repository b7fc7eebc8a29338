package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;

/**
 * Photographs ingested through a node that runs no models, with one, two and three inference nodes
 * behind it. Each of these is a process of its own on a device of fixed speed: it runs in {@link
 * TimeSlots}, because a machine with two processors could not show what a third node adds.
 */
final class NodeGrowth implements GrowthPart {
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

  private final Growth row =
      new Growth("inference-nodes", "ingest, CLIP B/32, pictures a second", "/s", 2);
  private final ObjectMapper mapper = new ObjectMapper();
  private final AtomicInteger next = new AtomicInteger();
  private List<byte[]> photos;

  @Override
  public List<Growth> rows() {
    return List.of(row);
  }

  @Override
  public Set<String> models() {
    return Set.of();
  }

  @Override
  public void run(Bench bench, GrowthReport report) throws Exception {
    bench.bundle(MODEL);
    bench.endNode();
    photos = Photos.read(bench.photos().small(32));
    Duration window = Duration.ofSeconds(bench.quick() ? 15 : 30);
    List<List<Double>> rates = new ArrayList<>();
    List<List<String>> used = new ArrayList<>();
    for (int count = 0; count < NODES; count++) {
      rates.add(new ArrayList<>());
      used.add(new ArrayList<>());
    }
    bench.say("starting a node with data and " + NODES + " inference nodes");
    try (Nodes nodes = new Nodes(bench)) {
      for (int round = 0; round < (bench.quick() ? 1 : 3); round++) {
        nodes.startAll();
        warmUp(nodes.http());
        for (int count = NODES; count > 0; count--) {
          nodes.keep(count);
          Measured measured = measure(nodes, count, window);
          rates.get(count - 1).add(measured.rate());
          used.get(count - 1).addAll(measured.used());
          bench.say(
              String.format(
                  Locale.ROOT,
                  "%d inference nodes: %.2f pictures/s, processor of each %s",
                  count,
                  measured.rate(),
                  measured.used()));
        }
      }
    }
    tell(report, rates, used);
  }

  private void tell(GrowthReport report, List<List<Double>> rates, List<List<String>> used) {
    List<Growth.Point> points = new ArrayList<>();
    for (int count = 1; count <= NODES; count++) {
      points.add(new Growth.Point(count + " inference nodes", count, rates.get(count - 1)));
    }
    Growth.Point first = points.get(0);
    double least =
        points.stream()
            .skip(1)
            .mapToDouble(point -> Spread.of(point.aDoubling(first)).median())
            .min()
            .orElseThrow();
    double idlest =
        used.stream().flatMap(List::stream).mapToDouble(Double::parseDouble).min().orElseThrow();
    report.measured(
        row,
        points,
        String.format(
            Locale.ROOT,
            "each inference node runs %d %% of the time; goal: at least %.1f× each doubling,"
                + " got %.2f (%s); processors used by each: %s%s",
            PERCENT,
            GOAL,
            least,
            least >= GOAL ? "pass" : "missed",
            used,
            idlest < ENOUGH * PERCENT / 100
                ? "; one used much less than its share: others used the machine, or it had no work"
                : ""));
  }

  /** One node with data that clients talk to, and the inference nodes. */
  private static final class Nodes implements AutoCloseable {
    private final Distribution distribution;
    private final ElasticsearchCluster cluster;
    private HttpJson http; // the port is another one after a restart

    Nodes(Bench bench) throws IOException {
      distribution = BenchNode.unpack(bench);
      NodeSpec[] specs = new NodeSpec[1 + NODES];
      specs[0] = node(COORDINATOR).with("sightline.inference.enabled", "false");
      for (int i = 1; i <= NODES; i++) {
        specs[i] =
            node("inference-" + i)
                .with("node.roles", "[]")
                .with("sightline.inference.threads", "1")
                .with("sightline.inference.max_batch", "4");
      }
      cluster = ElasticsearchCluster.of(distribution, "sightline-nodes", specs);
      try {
        for (ElasticsearchNode node : cluster.nodes()) { // manifests are read by all
          BenchNode.give(node, bench.bundle(MODEL));
        }
      } catch (IOException | RuntimeException e) {
        distribution.delete();
        throw e;
      }
    }

    private static NodeSpec node(String name) {
      return new NodeSpec(name, 0, Map.of(), List.of("-Xms768m", "-Xmx768m"))
          .with("cluster.initial_master_nodes", "[" + COORDINATOR + "]")
          .with("sightline.inference.timeout", "2m")
          .with("sightline.ingest.timeout", "2m");
    }

    void startAll() {
      cluster.start();
      if (http == null) {
        http = new HttpJson(cluster.http());
      }
    }

    HttpJson http() {
      return http;
    }

    /** Stops inference nodes until so many are left. */
    void keep(int count) {
      for (int i = NODES; i > count; i--) {
        cluster.node(i).stop();
      }
      String wait = "/_cluster/health?timeout=60s&wait_for_nodes=" + (1 + count);
      if (http.ok("GET", wait, null).required("timed_out").asBoolean()) {
        throw new IllegalStateException("there are not " + count + " inference nodes");
      }
    }

    List<Long> pids(int count) {
      return cluster.nodes().subList(1, 1 + count).stream().map(ElasticsearchNode::pid).toList();
    }

    @Override
    public void close() {
      if (http != null) {
        http.close();
      }
      cluster.close();
      distribution.delete();
    }
  }

  /** Makes pipeline and index, and lets every node load and compile at full speed. */
  private void warmUp(HttpJson http) {
    BenchNode.createPipeline(http, INDEX, MODEL);
    http.ok("POST", "/_sightline/models/" + MODEL + "/_load", null);
    http.send("DELETE", "/" + INDEX, null);
    http.ok(
        "PUT",
        "/" + INDEX,
        String.format(
            Locale.ROOT,
            """
        { "settings": { "number_of_shards": 1, "number_of_replicas": 0, "default_pipeline": "%s" },
          "mappings": { "properties": {
            "photo": { "type": "binary" }, "photo_digest": { "type": "keyword" },
            "photo_vector": { "type": "dense_vector", "dims": 512, "index": false } } } }""",
            INDEX));
    for (int round = 0; round < NODES; round++) {
      List<CompletableFuture<HttpJson.Reply>> replies = new ArrayList<>();
      for (int i = 0; i < WARM_UP; i++) {
        replies.add(send(http));
      }
      replies.forEach(reply -> check(reply.join()));
    }
  }

  /**
   * What came of one measurement.
   *
   * @param rate pictures a second
   * @param used processors that each inference node used, 1 being all of one
   */
  private record Measured(double rate, List<String> used) {}

  private Measured measure(Nodes nodes, int count, Duration window) throws IOException {
    List<Long> pids = nodes.pids(count);
    Feed feed;
    Measured measured;
    try (TimeSlots slots = new TimeSlots(pids, PERCENT)) {
      feed = new Feed(nodes.http(), count * IN_FLIGHT);
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
    List<String> used = new ArrayList<>();
    for (int i = 0; i < pids.size(); i++) {
      Duration spent = processorTime(pids.get(i)).minus(before.get(i));
      used.add(String.format(Locale.ROOT, "%.2f", spent.toNanos() / 1e9 / seconds));
    }
    return new Measured(rate, used);
  }

  private static Duration processorTime(long pid) {
    return ProcessHandle.of(pid).flatMap(handle -> handle.info().totalCpuDuration()).orElseThrow();
  }

  /** Sends photographs without end, always so many at once. */
  private final class Feed {
    private final LongAdder done = new LongAdder();
    private final List<CompletableFuture<Void>> lanes = new ArrayList<>();
    private final HttpJson http;
    private volatile boolean stopped;

    Feed(HttpJson http, int lanes) {
      this.http = http;
      for (int i = 0; i < lanes; i++) {
        this.lanes.add(goOn());
      }
    }

    private CompletableFuture<Void> goOn() {
      return send(http)
          .thenCompose(
              reply -> {
                check(reply);
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
  private CompletableFuture<HttpJson.Reply> send(HttpJson http) {
    int number = next.getAndIncrement();
    byte[] photo = Photos.commented(photos.get(number % photos.size()), number);
    String document =
        mapper
            .createObjectNode()
            .put("photo", Base64.getEncoder().encodeToString(photo))
            .toString();
    return http.sendAsync("POST", "/" + INDEX + "/_bulk", "{\"index\":{}}\n" + document + "\n");
  }

  private static void check(HttpJson.Reply reply) {
    if (reply.ok() == false || reply.body().path("errors").asBoolean(true)) {
      throw new IllegalStateException("a bulk request got " + reply.body());
    }
  }
}
