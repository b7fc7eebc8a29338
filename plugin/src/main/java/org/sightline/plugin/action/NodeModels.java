package org.sightline.plugin.action;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.plugin.transport.InferenceFailures;
import org.sightline.plugin.transport.PerNodeRequest;
import org.sightline.plugin.transport.PerNodeResponse;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.model.ModelStatus;

/** The models of one node, or why the operation failed there. */
public final class NodeModels extends PerNodeResponse {
  private final List<ModelStatus> models;
  private final InferenceException failure;

  NodeModels(DiscoveryNode node, PerNodeRequest request, List<ModelStatus> models) {
    super(node, request);
    this.models = List.copyOf(models);
    this.failure = null;
  }

  NodeModels(DiscoveryNode node, PerNodeRequest request, InferenceException failure) {
    super(node, request);
    this.models = List.of();
    this.failure = failure;
  }

  NodeModels(StreamInput in, DiscoveryNode node) throws IOException {
    super(in, node);
    models = in.readCollectionAsImmutableList(NodeModels::readStatus);
    failure = in.readBoolean() ? InferenceFailures.read(in) : null;
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    out.writeCollection(models, NodeModels::writeStatus);
    out.writeBoolean(failure != null);
    if (failure != null) {
      InferenceFailures.write(out, failure);
    }
  }

  public List<ModelStatus> models() {
    return models;
  }

  /** Why the operation failed on this node; null when it did not. */
  public InferenceException failure() {
    return failure;
  }

  private static void writeStatus(StreamOutput out, ModelStatus status) throws IOException {
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

  private static ModelStatus readStatus(StreamInput in) throws IOException {
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
