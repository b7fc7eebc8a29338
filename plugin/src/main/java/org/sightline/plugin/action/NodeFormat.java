package org.sightline.plugin.action;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.model.ModelStatus;

/** The first byte of the messages of this package, and the parts that they share. */
final class NodeFormat {
  private static final byte FORMAT = 1;

  private NodeFormat() {}

  static void write(StreamOutput out) throws IOException {
    out.writeByte(FORMAT);
  }

  static void read(StreamInput in) throws IOException {
    byte format = in.readByte();
    if (format != FORMAT) {
      throw new IOException(
          "unknown format [" + format + "] of a Sightline message, expected [" + FORMAT + "]");
    }
  }

  static void writeStatus(StreamOutput out, ModelStatus status) throws IOException {
    out.writeString(status.id());
    out.writeEnum(status.state());
    out.writeOptionalString(status.reason());
    out.writeBoolean(status.info() != null);
    if (status.info() != null) {
      writeInfo(out, status.info());
    }
    out.writeOptionalString(status.version());
    out.writeVLong(status.bundleBytes());
    out.writeMap(status.devices(), StreamOutput::writeString, StreamOutput::writeString);
  }

  static ModelStatus readStatus(StreamInput in) throws IOException {
    String id = in.readString();
    ModelStatus.State state = in.readEnum(ModelStatus.State.class);
    String reason = in.readOptionalString();
    Function<String, ModelInfo> info = in.readBoolean() ? readInfo(in) : version -> null;
    String version = in.readOptionalString();
    return new ModelStatus(
        id,
        state,
        reason,
        info.apply(version),
        version,
        in.readVLong(),
        in.readMap(StreamInput::readString, StreamInput::readString));
  }

  private static void writeInfo(StreamOutput out, ModelInfo info) throws IOException {
    out.writeString(info.id());
    out.writeOptionalString(info.family());
    out.writeOptionalString(info.description());
    out.writeOptionalString(info.license());
    out.writeVInt(info.dimensions());
    out.writeVInt(info.vectorsPerImage());
    out.writeOptionalString(info.similarity());
    out.writeFloat(info.logitScale());
    out.writeFloat(info.logitBias());
    out.writeCollection(info.roles(), (stream, role) -> stream.writeString(role.id()));
  }

  /** Takes the version, which follows later. */
  private static Function<String, ModelInfo> readInfo(StreamInput in) throws IOException {
    String id = in.readString();
    String family = in.readOptionalString();
    String description = in.readOptionalString();
    String license = in.readOptionalString();
    int dimensions = in.readVInt();
    int vectors = in.readVInt();
    String similarity = in.readOptionalString();
    float scale = in.readFloat();
    float bias = in.readFloat();
    Set<Role> roles = readRoles(in);
    return version ->
        new ModelInfo(
            id,
            version,
            family,
            description,
            license,
            dimensions,
            vectors,
            similarity,
            scale,
            bias,
            roles);
  }

  /** Roles that this version does not know are left out: nobody here can ask for them. */
  private static Set<Role> readRoles(StreamInput in) throws IOException {
    Set<Role> roles = new HashSet<>();
    for (String id : in.readStringCollectionAsList()) {
      Role.fromId(id).ifPresent(roles::add);
    }
    return roles;
  }
}
