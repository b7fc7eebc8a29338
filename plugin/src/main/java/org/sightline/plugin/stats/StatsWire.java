package org.sightline.plugin.stats;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;
import org.sightline.plugin.cluster.Routing;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.stats.RuntimeStats;
import org.sightline.runtime.stats.RuntimeStats.RoleStats;
import org.sightline.runtime.stats.RuntimeStats.Stage;
import org.sightline.runtime.stats.RuntimeStats.StageStats;

/** How the counters of a node are written and read. */
final class StatsWire {
  private StatsWire() {}

  static void write(StreamOutput out, RuntimeStats stats) throws IOException {
    out.writeVLong(stats.requests());
    out.writeVLong(stats.inputs());
    out.writeVLong(stats.failures());
    out.writeVLong(stats.rejections());
    Counters.CACHE.write(out, stats.features());
    Counters.CACHE.write(out, stats.texts());
    Counters.DISK.write(out, stats.disk());
    Counters.MEMORY.write(out, stats.memory());
    writeMap(out, stats.roles(), StatsWire::writeRole);
    writeMap(out, stats.stages(), StatsWire::writeTimes);
  }

  static RuntimeStats readRuntime(StreamInput in) throws IOException {
    return new RuntimeStats(
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        Counters.CACHE.read(in),
        Counters.CACHE.read(in),
        Counters.DISK.read(in),
        Counters.MEMORY.read(in),
        readMap(in, Role.values(), StatsWire::readRole),
        readMap(in, Stage.values(), StatsWire::readTimes));
  }

  private static void writeRole(StreamOutput out, RoleStats role) throws IOException {
    out.writeVLong(role.batches());
    out.writeVLong(role.inputs());
    out.writeCollection(role.batchSizes(), StreamOutput::writeVLong);
    out.writeVLong(role.queueDepth());
    out.writeVLong(role.queueLimit());
    out.writeVLong(role.queueWork());
    out.writeVLong(role.queueWorkLimit());
    writeTimes(out, role.waits());
  }

  private static RoleStats readRole(StreamInput in) throws IOException {
    return new RoleStats(
        in.readVLong(),
        in.readVLong(),
        in.readCollectionAsList(StreamInput::readVLong),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        readTimes(in));
  }

  static void write(StreamOutput out, Routing.Stats routing) throws IOException {
    out.writeVLong(routing.requests());
    out.writeVLong(routing.failovers());
    out.writeVLong(routing.unserved());
    out.writeVLong(routing.fallbacks());
    out.writeVLong(routing.fetchedDocuments());
    writeTimes(out, routing.fetch());
    writeTimes(out, routing.transport());
    writeMap(out, routing.images(), Counters.IMAGES::write);
  }

  static Routing.Stats readRouting(StreamInput in) throws IOException {
    return new Routing.Stats(
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        readTimes(in),
        readTimes(in),
        readMap(in, Purpose.values(), Counters.IMAGES::read));
  }

  /** Writes a histogram: a few dozen filled buckets of a thousand. */
  private static void writeTimes(StreamOutput out, StageStats times) throws IOException {
    out.writeVLong(times.count());
    out.writeVLong(times.totalNanos());
    out.writeMap(times.buckets(), StreamOutput::writeVInt, StreamOutput::writeVLong);
  }

  private static StageStats readTimes(StreamInput in) throws IOException {
    long count = in.readVLong();
    long totalNanos = in.readVLong();
    SortedMap<Integer, Long> buckets = new TreeMap<>();
    int filled = in.readVInt();
    for (int i = 0; i < filled; i++) {
      buckets.put(in.readVInt(), in.readVLong());
    }
    return new StageStats(count, totalNanos, buckets);
  }

  private static <K extends Enum<K>, V> void writeMap(
      StreamOutput out, Map<K, V> map, Writeable.Writer<V> writer) throws IOException {
    out.writeMap(map, (stream, key) -> stream.writeString(key.name()), writer);
  }

  /** Keys that this version does not know are left out. */
  private static <K extends Enum<K>, V> Map<K, V> readMap(
      StreamInput in, K[] keys, Writeable.Reader<V> reader) throws IOException {
    Map<String, V> byName = in.readMap(StreamInput::readString, reader);
    Map<K, V> known = new HashMap<>();
    for (K key : keys) {
      V value = byName.get(key.name());
      if (value != null) {
        known.put(key, value);
      }
    }
    return known;
  }
}
