package org.sightline.plugin.stats;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.plugin.cluster.Routing;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.image.JpegDecoder;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.WorkUnit;
import org.sightline.runtime.stats.RuntimeStats;
import org.sightline.runtime.stats.RuntimeStats.Cache;
import org.sightline.runtime.stats.RuntimeStats.RoleStats;
import org.sightline.runtime.stats.RuntimeStats.StageStats;

/** Counters as JSON; times in milliseconds. */
final class StatsContent {
  private static final List<String> BATCH_SIZES =
      List.of("1", "2-3", "4-7", "8-15", "16-31", "32+");
  private static final double NANOS_PER_MILLI = 1e6;

  private StatsContent() {}

  /** Writes the fields of a node that runs models, or of all, into an open object. */
  static void write(XContentBuilder builder, RuntimeStats stats) throws IOException {
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
      role(builder, entry.getKey(), entry.getValue());
    }
    builder.endObject();
    builder.startObject("model_memory");
    builder.field("taken_bytes", stats.memory().taken());
    builder.field("budget_bytes", stats.memory().budget());
    builder.field("evictions", stats.memory().evictions());
    builder.endObject();
  }

  /**
   * Writes the object {@code stages} into an open object.
   *
   * @param stats null for a node that runs no models
   */
  static void stages(XContentBuilder builder, RuntimeStats stats, Routing.Stats routing)
      throws IOException {
    builder.startObject("stages");
    if (stats != null) {
      for (var entry : new TreeMap<>(stats.stages()).entrySet()) {
        times(builder, entry.getKey().name().toLowerCase(Locale.ROOT), entry.getValue());
      }
    }
    times(builder, "transport", routing.transport());
    times(builder, "fetch", routing.fetch());
    builder.endObject();
  }

  /** Writes the object {@code routing} into an open object. */
  static void write(XContentBuilder builder, Routing.Stats routing) throws IOException {
    builder.startObject("routing");
    builder.field("requests", routing.requests());
    builder.field("failovers", routing.failovers());
    builder.field("unserved", routing.unserved());
    builder.field("fallbacks", routing.fallbacks());
    builder.field("fetched_documents", routing.fetchedDocuments());
    builder.startObject("images_sent");
    for (var entry : new TreeMap<>(routing.images()).entrySet()) {
      builder.startObject(entry.getKey().name().toLowerCase(Locale.ROOT));
      builder.field("images", entry.getValue().images());
      builder.field("bytes", entry.getValue().bytes());
      builder.field("references", entry.getValue().references());
      builder.endObject();
    }
    builder.endObject();
    builder.endObject();
  }

  /** Writes the object {@code jpeg} into an open object. */
  static void write(XContentBuilder builder, JpegDecoder jpeg) throws IOException {
    builder.startObject("jpeg");
    builder.field("decoder", jpeg.name());
    if (jpeg.reason() != null) {
      builder.field("reason", jpeg.reason());
    }
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

  private static void role(XContentBuilder builder, Role role, RoleStats stats) throws IOException {
    builder.startObject(role.id());
    builder.field("batches", stats.batches());
    builder.field("inputs", stats.inputs());
    builder.startObject("batch_sizes");
    for (int i = 0; i < Math.min(BATCH_SIZES.size(), stats.batchSizes().size()); i++) {
      builder.field(BATCH_SIZES.get(i), stats.batchSizes().get(i));
    }
    builder.endObject();
    builder.startObject("queue");
    builder.field("depth", stats.queueDepth());
    builder.field("limit", stats.queueLimit());
    builder.field("unit", WorkUnit.of(role).toString());
    builder.field("work", stats.queueWork());
    builder.field("work_limit", stats.queueWorkLimit());
    times(builder, "waits", stats.waits());
    builder.endObject();
    builder.endObject();
  }

  private static void times(XContentBuilder builder, String name, StageStats times)
      throws IOException {
    builder.startObject(name);
    builder.field("count", times.count());
    builder.field("total_ms", times.totalNanos() / NANOS_PER_MILLI);
    builder.field("p50_ms", times.p50Nanos() / NANOS_PER_MILLI);
    builder.field("p95_ms", times.p95Nanos() / NANOS_PER_MILLI);
    builder.field("p99_ms", times.p99Nanos() / NANOS_PER_MILLI);
    builder.endObject();
  }
}
