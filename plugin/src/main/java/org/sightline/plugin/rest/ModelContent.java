package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.elasticsearch.action.FailedNodeException;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.plugin.action.ApiResponse;
import org.sightline.plugin.action.ModelsResponse;
import org.sightline.plugin.action.ModelsResponse.Placement;
import org.sightline.plugin.action.NodeModels;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.model.ModelStatus;

/** Models as JSON, written into an open object. */
final class ModelContent {
  private ModelContent() {}

  /** Writes all models, or with an id one model with a mapping and a pipeline to begin with. */
  static void writeModels(XContentBuilder builder, String modelId, ModelsResponse response)
      throws IOException {
    if (modelId == null) {
      builder.startArray("models");
      for (var model : response.byModel().entrySet()) {
        builder.startObject();
        fields(builder, model.getKey(), model.getValue(), response);
        builder.endObject();
      }
      builder.endArray();
      return;
    }
    List<Placement> placements = response.byModel().getOrDefault(modelId, List.of());
    fields(builder, modelId, placements, response);
    Optional<ModelInfo> info = ModelsResponse.info(placements);
    if (info.isPresent()) {
      Suggestion.write(builder, info.get());
      Suggestion.writeSearch(builder, info.get());
    }
  }

  /** What a load or an unload came to, node by node. */
  static void writeStates(XContentBuilder builder, String modelId, ModelsResponse response)
      throws IOException {
    builder.field("model_id", modelId);
    builder.startArray("nodes");
    for (NodeModels node : response.getNodes()) {
      builder.startObject();
      builder.field("name", node.getNode().getName());
      if (node.failure() != null) {
        ApiResponse.error(builder, node.failure());
      }
      for (ModelStatus status : node.models()) {
        state(builder, status);
      }
      builder.endObject();
    }
    builder.endArray();
  }

  private static void fields(
      XContentBuilder builder, String modelId, List<Placement> placements, ModelsResponse response)
      throws IOException {
    builder.field("model_id", modelId);
    builder.field("source", response.source(modelId).name().toLowerCase(Locale.ROOT));
    Optional<ModelInfo> known = ModelsResponse.info(placements);
    if (known.isPresent()) {
      ModelInfo info = known.get();
      builder.field("version", info.version());
      builder.field("family", info.family());
      builder.field("description", info.description());
      builder.field("license", info.license());
      if (info.dimensions() > 0) {
        builder.field("dimensions", info.dimensions());
        builder.field("vectors_per_image", info.vectorsPerImage());
        builder.field("similarity", info.similarity());
      }
      builder.field("roles", info.roles().stream().map(Role::id).sorted().toList());
    }
    builder.startArray("nodes");
    for (Placement placement : placements) {
      builder.startObject();
      builder.field("name", placement.node().getName());
      state(builder, placement.status());
      if (placement.status().version() != null) {
        builder.field("version", placement.status().version());
      }
      builder.field("bundle_bytes", placement.status().bundleBytes());
      if (placement.status().devices().isEmpty() == false) {
        builder.field("devices", placement.status().devices());
      }
      builder.endObject();
    }
    builder.endArray();
  }

  private static void state(XContentBuilder builder, ModelStatus status) throws IOException {
    builder.field("state", status.state().name().toLowerCase(Locale.ROOT));
    if (status.reason() != null) {
      builder.field("reason", status.reason());
    }
  }

  /** Writes which nodes did not answer, and why. */
  static void unreachable(XContentBuilder builder, ModelsResponse response) throws IOException {
    if (response.hasFailures() == false) {
      return;
    }
    builder.startArray("failures");
    for (FailedNodeException failure : response.failures()) {
      builder.startObject();
      failure.toXContent(builder, null);
      builder.endObject();
    }
    builder.endArray();
  }
}
