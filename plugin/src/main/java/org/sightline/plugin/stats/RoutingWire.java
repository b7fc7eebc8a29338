package org.sightline.plugin.stats;

import java.io.IOException;
import java.util.Map;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.plugin.cluster.Routing;
import org.sightline.plugin.cluster.Routing.Images;
import org.sightline.runtime.inference.Purpose;

/** How the counters of what a node sends are written. */
final class RoutingWire {
  private RoutingWire() {}

  static void write(StreamOutput out, Routing.Stats routing) throws IOException {
    out.writeVLong(routing.requests());
    out.writeVLong(routing.failovers());
    out.writeVLong(routing.unserved());
    out.writeVLong(routing.fallbacks());
    out.writeVLong(routing.fetchedDocuments());
    TimesWire.write(out, routing.fetch());
    TimesWire.write(out, routing.transport());
    out.writeMap(
        routing.images(),
        (stream, purpose) -> stream.writeString(purpose.name()),
        (stream, images) -> {
          stream.writeVLong(images.images());
          stream.writeVLong(images.bytes());
          stream.writeVLong(images.references());
        });
  }

  static Routing.Stats read(StreamInput in) throws IOException {
    return new Routing.Stats(
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        in.readVLong(),
        TimesWire.read(in),
        TimesWire.read(in),
        images(in));
  }

  private static Map<Purpose, Images> images(StreamInput in) throws IOException {
    Map<String, Images> byName =
        in.readMap(
            StreamInput::readString,
            stream -> new Images(stream.readVLong(), stream.readVLong(), stream.readVLong()));
    return NodeStats.known(Purpose.values(), byName);
  }
}
