package org.sightline.plugin.stats;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.plugin.cluster.Routing;
import org.sightline.plugin.transport.PerNodeRequest;
import org.sightline.plugin.transport.PerNodeResponse;
import org.sightline.runtime.image.JpegDecoder;
import org.sightline.runtime.model.ModelStatus;
import org.sightline.runtime.stats.RuntimeStats;

/** Counters of one node, and where its models stand. */
public final class NodeStats extends PerNodeResponse {
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
      PerNodeRequest request,
      RuntimeStats stats,
      Routing.Stats routing,
      List<Model> models,
      JpegDecoder jpeg) {
    super(node, request);
    this.jpeg = jpeg;
    this.stats = stats;
    this.routing = routing;
    this.models = List.copyOf(models);
  }

  NodeStats(StreamInput in, DiscoveryNode node) throws IOException {
    super(in, node);
    stats = StatsWire.readRuntime(in);
    routing = StatsWire.readRouting(in);
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
    StatsWire.write(out, stats);
    StatsWire.write(out, routing);
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
}
