package org.sightline.plugin.action;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.plugin.transport.MessageFormat;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.model.ModelStatus;

/** The first byte of the messages of this package, and the parts that they share. */
final class NodeFormat {
  static final MessageFormat FORMAT = new MessageFormat(1, "a Sightline message");

  private NodeFormat() {}

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
    return new ModelStatus(
        in.readString(),
        in.readEnum(ModelStatus.State.class),
        in.readOptionalString(),
        in.readBoolean() ? readInfo(in) : null,
        in.readOptionalString(),
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

  private static ModelInfo readInfo(StreamInput in) throws IOException {
    return new ModelInfo(
        in.readString(),
        in.readOptionalString(),
        in.readOptionalString(),
        in.readOptionalString(),
        in.readVInt(),
        in.readVInt(),
        in.readOptionalString(),
        in.readFloat(),
        in.readFloat(),
        readRoles(in));
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
