package org.sightline.plugin.stats;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.plugin.cluster.Routing;
import org.sightline.runtime.image.JpegDecoder;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.WorkUnit;
import org.sightline.runtime.stats.RuntimeStats;
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
    Counters.CACHE.show(builder, "features", stats.features());
    Counters.DISK.show(builder, "features_on_disk", stats.disk());
    Counters.CACHE.show(builder, "text", stats.texts());
    builder.endObject();
    builder.startObject("roles");
    for (var entry : new TreeMap<>(stats.roles()).entrySet()) {
      role(builder, entry.getKey(), entry.getValue());
    }
    builder.endObject();
    Counters.MEMORY.show(builder, "model_memory", stats.memory());
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
      String purpose = entry.getKey().name().toLowerCase(Locale.ROOT);
      Counters.IMAGES.show(builder, purpose, entry.getValue());
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
