package org.sightline.plugin.stats;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodeUtils;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.core.PathUtils;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.xcontent.ToXContent;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.sightline.plugin.cluster.Routing;
import org.sightline.plugin.transport.GoldenBytes;
import org.sightline.plugin.transport.PerNodeRequest;
import org.sightline.query.WireFormat;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.image.JpegDecoder;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.stats.RuntimeStats;
import org.sightline.runtime.stats.RuntimeStats.Cache;
import org.sightline.runtime.stats.RuntimeStats.Memory;
import org.sightline.runtime.stats.RuntimeStats.RoleStats;
import org.sightline.runtime.stats.RuntimeStats.Stage;
import org.sightline.runtime.stats.RuntimeStats.StageStats;
import org.sightline.runtime.stats.TimeHistogram;

public class StatsTests extends ESTestCase {
  private static final PerNodeRequest REQUEST =
      new PerNodeRequest(GoldenBytes.nodes(WireFormat.NEWEST));

  private static RuntimeStats randomStats() {
    Map<Role, RoleStats> roles = new HashMap<>();
    for (Role role : randomSubsetOf(List.of(Role.values()))) {
      List<Long> sizes = randomList(6, 6, () -> randomLongBetween(0, 100));
      roles.put(
          role,
          new RoleStats(
              count(), count(), sizes, count(), count(), count(), count(), randomTimes()));
    }
    Map<Stage, StageStats> stages = new HashMap<>();
    for (Stage stage : randomSubsetOf(List.of(Stage.values()))) {
      stages.put(stage, randomTimes());
    }
    return new RuntimeStats(
        count(),
        count(),
        count(),
        count(),
        randomCache(),
        randomCache(),
        randomDisk(),
        new Memory(count(), count(), count()),
        roles,
        stages);
  }

  private static StageStats randomTimes() {
    TimeHistogram histogram = new TimeHistogram();
    for (int i = 0; i < between(0, 20); i++) {
      histogram.record(randomNonNegativeLong() >>> between(1, 60));
    }
    return histogram.snapshot();
  }

  private static StageStats times(long... millis) {
    TimeHistogram histogram = new TimeHistogram();
    for (long value : millis) {
      histogram.record(value * 1_000_000);
    }
    return histogram.snapshot();
  }

  private static Routing.Stats randomRouting() {
    Map<Purpose, Routing.Images> images = new HashMap<>();
    for (Purpose purpose : randomSubsetOf(List.of(Purpose.values()))) {
      images.put(purpose, new Routing.Images(count(), count(), count()));
    }
    return new Routing.Stats(
        count(), count(), count(), count(), count(), randomTimes(), randomTimes(), images);
  }

  private static FeatureFiles.Stats randomDisk() {
    return new FeatureFiles.Stats(count(), count(), count(), count(), count(), count());
  }

  private static Cache randomCache() {
    return new Cache(count(), count(), count(), count(), count());
  }

  private static long count() {
    return randomLongBetween(0, 1_000_000);
  }

  private static DiscoveryNode node(String name) {
    return DiscoveryNodeUtils.builder(name + "-id")
        .name(name)
        .attributes(Map.of("sightline.device", "cpu"))
        .build();
  }

  /** Each counter has another value, so that none can take the place of another one. */
  public void testGoldenBytes() throws IOException {
    StageStats times = times(1, 1, 300);
    RuntimeStats runtime =
        new RuntimeStats(
            1,
            2,
            3,
            4,
            new Cache(5, 6, 7, 8, 9),
            new Cache(10, 11, 12, 13, 14),
            new FeatureFiles.Stats(15, 16, 17, 18, 19, 20),
            new Memory(21, 22, 23),
            Map.of(
                Role.MATCHING,
                new RoleStats(
                    24, 25, List.of(26L, 27L, 28L, 29L, 30L, 31L), 32, 33, 34, 35, times)),
            Map.of(Stage.TOKENIZE, times(5)));
    Routing.Stats routing =
        new Routing.Stats(
            36,
            37,
            38,
            39,
            40,
            times(7),
            times(9),
            Map.of(Purpose.RERANK, new Routing.Images(41, 42, 43)));
    List<NodeStats.Model> models =
        List.of(
            new NodeStats.Model("a", "LOADED", null, Map.of("image.onnx", "cuda:0")),
            new NodeStats.Model("b", "FAILED", "no graph", Map.of()));
    NodeStats read =
        GoldenBytes.of("stats_response")
            .after(GoldenBytes.elasticsearchResponse())
            .check(
                format ->
                    new NodeStats(
                        GoldenBytes.node(format),
                        new PerNodeRequest(GoldenBytes.nodes(format)),
                        runtime,
                        routing,
                        models,
                        new JpegDecoder("JDK", "no library")),
                in -> new NodeStats(in, null));
    assertEquals(runtime, read.stats());
    assertEquals(routing, read.routing());
    assertEquals(models, read.models());
  }

  public void testSumIsThatOfEachCounter() {
    RuntimeStats a = randomStats();
    RuntimeStats b = randomStats();
    RuntimeStats sum = StatsSum.of(List.of(a, b));
    assertEquals(a.requests() + b.requests(), sum.requests());
    assertEquals(a.rejections() + b.rejections(), sum.rejections());
    assertEquals(a.features().bytes() + b.features().bytes(), sum.features().bytes());
    assertEquals(a.disk().hits() + b.disk().hits(), sum.disk().hits());
    assertEquals(a.disk().failures() + b.disk().failures(), sum.disk().failures());
    assertEquals(a.texts().hits() + b.texts().hits(), sum.texts().hits());
    for (Role role : Role.values()) {
      RoleStats none =
          new RoleStats(0, 0, List.of(0L, 0L, 0L, 0L, 0L, 0L), 0, 0, 0, 0, StageStats.NONE);
      RoleStats ofA = a.roles().getOrDefault(role, none);
      RoleStats ofB = b.roles().getOrDefault(role, none);
      RoleStats ofSum = sum.roles().getOrDefault(role, none);
      assertEquals(ofA.inputs() + ofB.inputs(), ofSum.inputs());
      assertEquals(ofA.queueWork() + ofB.queueWork(), ofSum.queueWork());
      assertEquals(ofA.queueWorkLimit() + ofB.queueWorkLimit(), ofSum.queueWorkLimit());
      assertEquals(ofA.waits().plus(ofB.waits()), ofSum.waits());
      for (int i = 0; i < 6; i++) {
        assertEquals(
            ofA.batchSizes().get(i) + ofB.batchSizes().get(i),
            ofSum.batchSizes().get(i).longValue());
      }
    }
    for (Stage stage : Stage.values()) {
      StageStats none = StageStats.NONE;
      assertEquals(
          a.stages().getOrDefault(stage, none).totalNanos()
              + b.stages().getOrDefault(stage, none).totalNanos(),
          sum.stages().getOrDefault(stage, none).totalNanos());
    }
    assertEquals(a.memory().taken() + b.memory().taken(), sum.memory().taken());
    assertEquals(a.memory().budget() + b.memory().budget(), sum.memory().budget());
    assertEquals(a.memory().evictions() + b.memory().evictions(), sum.memory().evictions());
  }

  public void testSumOfRouting() {
    Routing.Stats a = randomRouting();
    Routing.Stats b = randomRouting();
    Routing.Stats sum = a.plus(b);
    assertEquals(a.requests() + b.requests(), sum.requests());
    assertEquals(a.failovers() + b.failovers(), sum.failovers());
    assertEquals(a.unserved() + b.unserved(), sum.unserved());
    assertEquals(a.fallbacks() + b.fallbacks(), sum.fallbacks());
    assertEquals(a.fetchedDocuments() + b.fetchedDocuments(), sum.fetchedDocuments());
    assertEquals(a.fetch().plus(b.fetch()), sum.fetch());
    assertEquals(a.transport().plus(b.transport()), sum.transport());
    Routing.Images none = new Routing.Images(0, 0, 0);
    for (Purpose purpose : Purpose.values()) {
      Routing.Images ofA = a.images().getOrDefault(purpose, none);
      Routing.Images ofB = b.images().getOrDefault(purpose, none);
      assertEquals(
          new Routing.Images(
              ofA.images() + ofB.images(),
              ofA.bytes() + ofB.bytes(),
              ofA.references() + ofB.references()),
          sum.images().getOrDefault(purpose, none));
    }
    assertEquals(a, Routing.Stats.NONE.plus(a));
  }

  /** One node is fast, one slow: the p99 of both is the slow one's, the median the fast one's. */
  public void testPercentilesOfTheSum() {
    RuntimeStats fast = withInfer(times(longs(97, 1)));
    RuntimeStats slow = withInfer(times(longs(3, 1000)));
    StageStats sum = StatsSum.of(List.of(fast, slow)).stages().get(Stage.INFER);
    assertEquals(100, sum.count());
    assertEquals(1e6, sum.p50Nanos(), 1e6 / 16);
    assertEquals(1e6, sum.p95Nanos(), 1e6 / 16);
    assertEquals(1e9, sum.p99Nanos(), 1e9 / 16);
  }

  private static long[] longs(int count, long value) {
    long[] values = new long[count];
    Arrays.fill(values, value);
    return values;
  }

  private static RuntimeStats withInfer(StageStats infer) {
    return stats(Map.of(), Map.of(Stage.INFER, infer));
  }

  private static RuntimeStats stats(Map<Role, RoleStats> roles, Map<Stage, StageStats> stages) {
    Cache none = new Cache(0, 0, 0, 0, 0);
    FeatureFiles.Stats disk = new FeatureFiles.Stats(0, 0, 0, 0, 0, 0);
    return new RuntimeStats(0, 0, 0, 0, none, none, disk, Memory.NONE, roles, stages);
  }

  private static String json(NodeStats... nodes) throws IOException {
    XContentBuilder builder = JsonXContent.contentBuilder().startObject();
    new StatsResponse(new ClusterName("c"), List.of(nodes), List.of())
        .toXContent(builder, ToXContent.EMPTY_PARAMS)
        .endObject();
    return Strings.toString(builder);
  }

  private static String zeros(String name) {
    return "\""
        + name
        + "\":{\"count\":0,\"total_ms\":0.0,\"p50_ms\":0.0,\"p95_ms\":0.0,\"p99_ms\":0.0}";
  }

  public void testContent() throws IOException {
    // the ends of the buckets in which 1 ms and 4 ms lie
    String times =
        "{\"count\":2,\"total_ms\":5.0,\"p50_ms\":1.015807,\"p95_ms\":4.063231,"
            + "\"p99_ms\":4.063231}";
    RuntimeStats stats =
        new RuntimeStats(
            1,
            2,
            3,
            4,
            new Cache(5, 6, 7, 8, 9),
            new Cache(0, 0, 0, 0, 0),
            new FeatureFiles.Stats(1, 2, 3, 4, 5, 6),
            new Memory(10, 11, 12),
            Map.of(
                Role.IMAGE_EMBEDDING,
                new RoleStats(
                    1, 9, List.of(0L, 0L, 0L, 1L, 0L, 0L), 2, 2048, 300, 5000, times(1, 4))),
            Map.of(Stage.INFER, times(1, 4)));
    Routing.Stats sent =
        new Routing.Stats(
            7,
            2,
            1,
            0,
            5,
            times(1, 4),
            StageStats.NONE,
            Map.of(Purpose.RERANK, new Routing.Images(3, 4000, 20)));
    NodeStats node =
        new NodeStats(
            node("n"),
            REQUEST,
            stats,
            sent,
            List.of(new NodeStats.Model("b", "FAILED", "no graph", Map.of())),
            new JpegDecoder("libjpeg-turbo", null));
    NodeStats coordinator =
        new NodeStats(
            DiscoveryNodeUtils.builder("c-id").name("c").build(),
            REQUEST,
            withInfer(StageStats.NONE),
            Routing.Stats.NONE,
            List.of(),
            null);
    String routing =
        "\"routing\":{\"requests\":7,\"failovers\":2,\"unserved\":1,\"fallbacks\":0,"
            + "\"fetched_documents\":5,\"images_sent\":{\"rerank\":{\"images\":3,"
            + "\"bytes\":4000,\"references\":20}}}";
    String stages =
        "\"stages\":{\"infer\":" + times + "," + zeros("transport") + ",\"fetch\":" + times + "}";
    String counters =
        "\"requests\":1,\"inputs\":2,\"failures\":3,\"rejections\":4,\"cache\":{\"features\":"
            + "{\"hits\":5,\"misses\":6,\"evictions\":7,\"entries\":8,\"bytes\":9},"
            + "\"features_on_disk\":{\"hits\":1,\"misses\":2,\"evictions\":3,\"entries\":4,"
            + "\"bytes\":5,\"failures\":6},\"text\":"
            + "{\"hits\":0,\"misses\":0,\"evictions\":0,\"entries\":0,\"bytes\":0}},\"roles\":"
            + "{\"image_embedding\":{\"batches\":1,\"inputs\":9,\"batch_sizes\":{\"1\":0,"
            + "\"2-3\":0,\"4-7\":0,\"8-15\":1,\"16-31\":0,\"32+\":0},\"queue\":{\"depth\":2,"
            + "\"limit\":2048,\"unit\":\"pixels\",\"work\":300,\"work_limit\":5000,\"waits\":"
            + times
            + "}}},\"model_memory\":{\"taken_bytes\":10,\"budget_bytes\":11,\"evictions\":12}";
    assertEquals(
        "{\"total\":{"
            + counters
            + ","
            + routing
            + ","
            + stages
            + "},\"nodes\":{\"n-id\":{\"name\":\"n\","
            + routing
            + ",\"inference\":true,"
            + stages
            + ",\"device\":\"cpu\","
            + counters
            + ",\"jpeg\":{\"decoder\":\"libjpeg-turbo\"},\"models\":[{\"model_id\":\"b\",\"state\":\"failed\",\"reason\":"
            + "\"no graph\"}]},\"c-id\":{\"name\":\"c\",\"routing\":{\"requests\":0,"
            + "\"failovers\":0,\"unserved\":0,\"fallbacks\":0,\"fetched_documents\":0,"
            + "\"images_sent\":{}},\"inference\":false,\"stages\":{"
            + zeros("transport")
            + ","
            + zeros("fetch")
            + "}}}}",
        json(node, coordinator));
  }

  /** Each field stands in its section of {@code docs/rest.md}. */
  public void testEveryFieldIsDocumented() throws IOException {
    RoleStats matching = new RoleStats(1, 1, List.of(1L, 0L, 0L, 0L, 0L, 0L), 0, 0, 0, 0, times(1));
    RuntimeStats stats = stats(Map.of(Role.MATCHING, matching), Map.of(Stage.INFER, times(1)));
    NodeStats node =
        new NodeStats(
            node("n"),
            REQUEST,
            stats,
            randomRouting(),
            List.of(new NodeStats.Model("b", "FAILED", "no graph", Map.of("f", "cpu"))),
            new JpegDecoder("jdk", "no library"));
    Map<String, Object> all =
        XContentHelper.convertToMap(JsonXContent.jsonXContent, json(node), true);
    String guide = Files.readString(PathUtils.get("../docs/rest.md"));
    int from = guide.indexOf("## `GET _sightline/stats`");
    String section = guide.substring(from, guide.indexOf("\n## ", from));
    Set<String> keys = new TreeSet<>();
    collect(((Map<?, ?>) all.get("nodes")).values().iterator().next(), keys);
    // a graph's file, a role, and the sizes of batches, which the section lists as a sentence
    keys.removeIf(key -> Set.of("f", "matching").contains(key) || key.matches("[0-9+-]+"));
    assertTrue(keys.toString(), keys.size() > 30);
    for (String key : keys) {
      assertTrue(key, section.matches("(?s).*[`.]" + key + "[`.].*"));
    }
  }

  private static void collect(Object value, Set<String> keys) {
    if (value instanceof Map<?, ?> map) {
      map.forEach(
          (key, inner) -> {
            keys.add(key.toString());
            collect(inner, keys);
          });
    } else if (value instanceof List<?> list) {
      list.forEach(inner -> collect(inner, keys));
    }
  }
}
