package org.sightline.plugin.stats;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodeUtils;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.xcontent.ToXContent;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.sightline.features.FeatureFiles;
import org.sightline.inference.Role;
import org.sightline.plugin.cluster.Routing;
import org.sightline.runtime.RuntimeStats;
import org.sightline.runtime.RuntimeStats.Cache;
import org.sightline.runtime.RuntimeStats.RoleStats;
import org.sightline.runtime.RuntimeStats.Stage;
import org.sightline.runtime.RuntimeStats.StageStats;

public class StatsTests extends ESTestCase {

  private static RuntimeStats randomStats() {
    Map<Role, RoleStats> roles = new HashMap<>();
    for (Role role : randomSubsetOf(List.of(Role.values()))) {
      List<Long> sizes = randomList(6, 6, () -> randomLongBetween(0, 100));
      roles.put(role, new RoleStats(count(), count(), sizes, count(), count()));
    }
    Map<Stage, StageStats> stages = new HashMap<>();
    for (Stage stage : randomSubsetOf(List.of(Stage.values()))) {
      stages.put(stage, new StageStats(count(), count(), count(), count(), count()));
    }
    return new RuntimeStats(
        count(),
        count(),
        count(),
        count(),
        randomCache(),
        randomCache(),
        randomDisk(),
        roles,
        stages);
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

  public void testRoundTrip() throws IOException {
    List<NodeStats.Model> models =
        List.of(
            new NodeStats.Model("a", "LOADED", null, Map.of("image.onnx", "cuda:0")),
            new NodeStats.Model("b", "FAILED", "no graph", Map.of()));
    NodeStats stats =
        new NodeStats(
            node("n"),
            randomStats(),
            new Routing.Stats(count(), count(), count(), count()),
            models);
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      stats.writeTo(out);
      NodeStats copy = new NodeStats(out.bytes().streamInput(), null);
      assertEquals(stats.stats(), copy.stats());
      assertEquals(stats.routing(), copy.routing());
      assertEquals(models, copy.models());
      assertEquals(stats.getNode(), copy.getNode());
    }
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
      RoleStats none = new RoleStats(0, 0, List.of(0L, 0L, 0L, 0L, 0L, 0L), 0, 0);
      RoleStats ofA = a.roles().getOrDefault(role, none);
      RoleStats ofB = b.roles().getOrDefault(role, none);
      RoleStats ofSum = sum.roles().getOrDefault(role, none);
      assertEquals(ofA.inputs() + ofB.inputs(), ofSum.inputs());
      for (int i = 0; i < 6; i++) {
        assertEquals(
            ofA.batchSizes().get(i) + ofB.batchSizes().get(i),
            ofSum.batchSizes().get(i).longValue());
      }
    }
    for (Stage stage : Stage.values()) {
      StageStats none = new StageStats(0, 0, 0, 0, 0);
      assertEquals(
          a.stages().getOrDefault(stage, none).totalNanos()
              + b.stages().getOrDefault(stage, none).totalNanos(),
          sum.stages().getOrDefault(stage, none).totalNanos());
    }
  }

  public void testContent() throws IOException {
    RuntimeStats stats =
        new RuntimeStats(
            1,
            2,
            3,
            4,
            new Cache(5, 6, 7, 8, 9),
            new Cache(0, 0, 0, 0, 0),
            new FeatureFiles.Stats(1, 2, 3, 4, 5, 6),
            Map.of(Role.MATCHING, new RoleStats(1, 9, List.of(0L, 0L, 0L, 1L, 0L, 0L), 2, 2048)),
            Map.of(Stage.INFER, new StageStats(2, 3_500_000, 1_000_000, 2_000_000, 2_500_000)));
    NodeStats node =
        new NodeStats(
            node("n"),
            stats,
            new Routing.Stats(7, 2, 1, 0),
            List.of(new NodeStats.Model("b", "FAILED", "no graph", Map.of())));
    StatsResponse response = new StatsResponse(new ClusterName("c"), List.of(node), List.of());
    XContentBuilder builder = JsonXContent.contentBuilder().startObject();
    response.toXContent(builder, ToXContent.EMPTY_PARAMS).endObject();
    String routing = "\"routing\":{\"requests\":7,\"failovers\":2,\"unserved\":1,\"fallbacks\":0}";
    String counters =
        "\"requests\":1,\"inputs\":2,\"failures\":3,\"rejections\":4,\"cache\":{\"features\":"
            + "{\"hits\":5,\"misses\":6,\"evictions\":7,\"entries\":8,\"bytes\":9},"
            + "\"features_on_disk\":{\"hits\":1,\"misses\":2,\"evictions\":3,\"entries\":4,"
            + "\"bytes\":5,\"failures\":6},\"text\":"
            + "{\"hits\":0,\"misses\":0,\"evictions\":0,\"entries\":0,\"bytes\":0}},\"roles\":"
            + "{\"matching\":{\"batches\":1,\"inputs\":9,\"batch_sizes\":{\"1\":0,\"2-3\":0,"
            + "\"4-7\":0,\"8-15\":1,\"16-31\":0,\"32+\":0},\"queue\":{\"depth\":2,\"limit\":2048}"
            + "}},\"stages\":{\"infer\":{\"count\":2,\"total_ms\":3.5";
    assertEquals(
        "{\"total\":{"
            + counters
            + "}},"
            + routing
            + "},\"nodes\":{\"n-id\":{\"name\":\"n\","
            + routing
            + ",\"inference\":true,\"device\":\"cpu\","
            + counters
            + ",\"p50_ms\":1.0,\"p95_ms\":2.0,\"p99_ms\":2.5}},\"models\":[{\"model_id\":\"b\","
            + "\"state\":\"failed\",\"reason\":\"no graph\"}]}}}",
        Strings.toString(builder));
  }
}
