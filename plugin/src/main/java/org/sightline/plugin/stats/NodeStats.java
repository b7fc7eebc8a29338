package org.sightline.plugin.stats;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.support.nodes.BaseNodeResponse;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.plugin.cluster.Routing;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.image.JpegDecoder;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.model.ModelStatus;
import org.sightline.runtime.stats.RuntimeStats;
import org.sightline.runtime.stats.RuntimeStats.Cache;
import org.sightline.runtime.stats.RuntimeStats.Memory;
import org.sightline.runtime.stats.RuntimeStats.RoleStats;
import org.sightline.runtime.stats.RuntimeStats.Stage;
import org.sightline.runtime.stats.RuntimeStats.StageStats;

/** Counters of one node, and where its models stand. */
public final class NodeStats extends BaseNodeResponse {
  private static final byte FORMAT = 2;

  /** Where a model stands. */
  record Model(String id, String state, String reason, Map<String, String> devices) {
    static Model of(ModelStatus status) {
      return new Model(status.id(), status.state().name(), status.reason(), status.devices());
    }
  }

  private final RuntimeStats stats;
  private final Routing.Stats routing;
  private final List<Model> models;
  private final JpegDecoder jpeg;

  /**
   * @param jpeg what decodes JPEG; null where no models run
   */
  NodeStats(
      DiscoveryNode node,
      RuntimeStats stats,
      Routing.Stats routing,
      List<Model> models,
      JpegDecoder jpeg) {
    super(node);
    this.jpeg = jpeg;
    this.stats = stats;
    this.routing = routing;
    this.models = List.copyOf(models);
  }

  NodeStats(StreamInput in, DiscoveryNode node) throws IOException {
    super(in, node);
    byte format = in.readByte();
    if (format != FORMAT) {
      throw new IOException(
          "unknown format [" + format + "] of Sightline's stats, expected [" + FORMAT + "]");
    }
    stats =
        new RuntimeStats(
            in.readVLong(),
            in.readVLong(),
            in.readVLong(),
            in.readVLong(),
            readCache(in),
            readCache(in),
            readDisk(in),
            new Memory(in.readVLong(), in.readVLong(), in.readVLong()),
            readRoles(in),
            readStages(in));
    routing = RoutingWire.read(in);
    models =
        in.readCollectionAsImmutableList(
            stream ->
                new Model(
                    stream.readString(),
                    stream.readString(),
                    stream.readOptionalString(),
                    stream.readMap(StreamInput::readString, StreamInput::readString)));
    jpeg = in.readBoolean() ? new JpegDecoder(in.readString(), in.readOptionalString()) : null;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    out.writeByte(FORMAT);
    out.writeVLong(stats.requests());
    out.writeVLong(stats.inputs());
    out.writeVLong(stats.failures());
    out.writeVLong(stats.rejections());
    writeCache(out, stats.features());
    writeCache(out, stats.texts());
    writeDisk(out, stats.disk());
    out.writeVLong(stats.memory().taken());
    out.writeVLong(stats.memory().budget());
    out.writeVLong(stats.memory().evictions());
    out.writeMap(stats.roles(), (o, role) -> o.writeString(role.name()), NodeStats::writeRole);
    out.writeMap(stats.stages(), (o, stage) -> o.writeString(stage.name()), TimesWire::write);
    RoutingWire.write(out, routing);
    out.writeCollection(
        models,
        (stream, model) -> {
          stream.writeString(model.id());
          stream.writeString(model.state());
          stream.writeOptionalString(model.reason());
          stream.writeMap(model.devices(), StreamOutput::writeString, StreamOutput::writeString);
        });
    out.writeBoolean(jpeg != null);
    if (jpeg != null) {
      out.writeString(jpeg.name());
      out.writeOptionalString(jpeg.reason());
    }
  }

  RuntimeStats stats() {
    return stats;
  }

  Routing.Stats routing() {
    return routing;
  }

  List<Model> models() {
    return models;
  }

  JpegDecoder jpeg() {
    return jpeg;
  }

  private static void writeCache(StreamOutput out, Cache cache) throws IOException {
    out.writeVLong(cache.hits());
    out.writeVLong(cache.misses());
    out.writeVLong(cache.evictions());
    out.writeVLong(cache.entries());
    out.writeVLong(cache.bytes());
  }

  private static Cache readCache(StreamInput in) throws IOException {
    return new Cache(
        in.readVLong(), in.readVLong(), in.readVLong(), in.readVLong(), in.readVLong());
  }

  private static void writeDisk(StreamOutput out, FeatureFiles.Stats disk) throws IOException {
    out.writeVLong(disk.hits());
    out.writeVLong(disk.misses());
    out.writeVLong(disk.evictions());
    out.writeVLong(disk.entries());
    out.writeVLong(disk.bytes());
    out.writeVLong(disk.failures());
  }

  private static FeatureFiles.Stats readDisk(StreamInput in) throws IOException {
    return new FeatureFiles.Stats(
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong());
  }

  private static void writeRole(StreamOutput out, RoleStats role) throws IOException {
    out.writeVLong(role.batches());
    out.writeVLong(role.inputs());
    out.writeCollection(role.batchSizes(), StreamOutput::writeVLong);
    out.writeVLong(role.queueDepth());
    out.writeVLong(role.queueLimit());
    out.writeVLong(role.queueWork());
    out.writeVLong(role.queueWorkLimit());
    TimesWire.write(out, role.waits());
  }

  private static Map<Role, RoleStats> readRoles(StreamInput in) throws IOException {
    Map<String, RoleStats> byName =
        in.readMap(
            StreamInput::readString,
            stream ->
                new RoleStats(
                    stream.readVLong(),
                    stream.readVLong(),
                    stream.readCollectionAsList(StreamInput::readVLong),
                    stream.readVLong(),
                    stream.readVLong(),
                    stream.readVLong(),
                    stream.readVLong(),
                    TimesWire.read(stream)));
    return known(Role.values(), byName);
  }

  private static Map<Stage, StageStats> readStages(StreamInput in) throws IOException {
    Map<String, StageStats> byName = in.readMap(StreamInput::readString, TimesWire::read);
    return known(Stage.values(), byName);
  }

  /** Keys that this version does not know are left out. */
  static <K extends Enum<K>, V> Map<K, V> known(K[] keys, Map<String, V> byName) {
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
