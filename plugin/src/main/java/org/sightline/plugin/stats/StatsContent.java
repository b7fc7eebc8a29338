package org.sightline.plugin.stats;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.features.FeatureFiles;
import org.sightline.plugin.cluster.Routing;
import org.sightline.runtime.RuntimeStats;
import org.sightline.runtime.RuntimeStats.Cache;
import org.sightline.runtime.RuntimeStats.RoleStats;
import org.sightline.runtime.RuntimeStats.StageStats;

/** Counters as JSON; times in milliseconds. */
final class StatsContent {
  private static final List<String> BATCH_SIZES =
      List.of("1", "2-3", "4-7", "8-15", "16-31", "32+");
  private static final double NANOS_PER_MILLI = 1e6;

  private StatsContent() {}

  /**
   * Writes the fields into an open object.
   *
   * @param percentiles whether those of the stages mean something
   */
  static void write(XContentBuilder builder, RuntimeStats stats, boolean percentiles)
      throws IOException {
    builder.field("requests", stats.requests());
    builder.field("inputs", stats.inputs());
    builder.field("failures", stats.failures());
    builder.field("rejections", stats.rejections());
    builder.startObject("cache");
    cache(builder, "features", stats.features());
    disk(builder, stats.disk());
    cache(builder, "text", stats.texts());
    builder.endObject();
    builder.startObject("roles");
    for (var entry : new TreeMap<>(stats.roles()).entrySet()) {
      role(builder, entry.getKey().id(), entry.getValue());
    }
    builder.endObject();
    builder.startObject("stages");
    for (var entry : new TreeMap<>(stats.stages()).entrySet()) {
      stage(builder, entry.getKey().name().toLowerCase(Locale.ROOT), entry.getValue(), percentiles);
    }
    builder.endObject();
  }

  /** Writes the object {@code routing} into an open object. */
  static void write(XContentBuilder builder, Routing.Stats routing) throws IOException {
    builder.startObject("routing");
    builder.field("requests", routing.requests());
    builder.field("failovers", routing.failovers());
    builder.field("unserved", routing.unserved());
    builder.field("fallbacks", routing.fallbacks());
    builder.endObject();
  }

  private static void cache(XContentBuilder builder, String name, Cache cache) throws IOException {
    builder.startObject(name);
    builder.field("hits", cache.hits());
    builder.field("misses", cache.misses());
    builder.field("evictions", cache.evictions());
    builder.field("entries", cache.entries());
    builder.field("bytes", cache.bytes());
    builder.endObject();
  }

  private static void disk(XContentBuilder builder, FeatureFiles.Stats disk) throws IOException {
    builder.startObject("features_on_disk");
    builder.field("hits", disk.hits());
    builder.field("misses", disk.misses());
    builder.field("evictions", disk.evictions());
    builder.field("entries", disk.entries());
    builder.field("bytes", disk.bytes());
    builder.field("failures", disk.failures());
    builder.endObject();
  }

  private static void role(XContentBuilder builder, String name, RoleStats role)
      throws IOException {
    builder.startObject(name);
    builder.field("batches", role.batches());
    builder.field("inputs", role.inputs());
    builder.startObject("batch_sizes");
    for (int i = 0; i < Math.min(BATCH_SIZES.size(), role.batchSizes().size()); i++) {
      builder.field(BATCH_SIZES.get(i), role.batchSizes().get(i));
    }
    builder.endObject();
    builder.startObject("queue");
    builder.field("depth", role.queueDepth());
    builder.field("limit", role.queueLimit());
    builder.endObject();
    builder.endObject();
  }

  private static void stage(
      XContentBuilder builder, String name, StageStats stage, boolean percentiles)
      throws IOException {
    builder.startObject(name);
    builder.field("count", stage.count());
    builder.field("total_ms", stage.totalNanos() / NANOS_PER_MILLI);
    if (percentiles) {
      builder.field("p50_ms", stage.p50Nanos() / NANOS_PER_MILLI);
      builder.field("p95_ms", stage.p95Nanos() / NANOS_PER_MILLI);
      builder.field("p99_ms", stage.p99Nanos() / NANOS_PER_MILLI);
    }
    builder.endObject();
  }
}
