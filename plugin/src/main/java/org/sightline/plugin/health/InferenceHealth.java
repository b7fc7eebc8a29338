package org.sightline.plugin.health;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.health.Diagnosis;
import org.elasticsearch.health.Diagnosis.Resource;
import org.elasticsearch.health.HealthIndicatorDetails;
import org.elasticsearch.health.HealthIndicatorImpact;
import org.elasticsearch.health.HealthIndicatorResult;
import org.elasticsearch.health.HealthIndicatorService;
import org.elasticsearch.health.HealthStatus;
import org.elasticsearch.health.ImpactArea;
import org.elasticsearch.health.SimpleHealthIndicatorDetails;
import org.elasticsearch.health.node.HealthInfo;
import org.sightline.plugin.cluster.InferenceNodes;
import org.sightline.plugin.store.ClusterModels.Unfit;
import org.sightline.runtime.model.ModelStatus;

/**
 * The indicator {@code sightline}: red where no node runs models, yellow where a model of the node
 * that is asked cannot be used, and where an index names a model that is missing or has another
 * version.
 */
public final class InferenceHealth implements HealthIndicatorService {
  /** Its name in reports. */
  public static final String NAME = "sightline";

  private static final String HELP = "docs/settings.md";
  private static final String IDENTITY_HELP = "docs/models.md";
  private static final HealthIndicatorImpact NOTHING_WORKS =
      new HealthIndicatorImpact(
          NAME,
          "no_inference",
          1,
          "Searches by text or picture, reranks and pipelines that need a model fail.",
          List.of(ImpactArea.SEARCH, ImpactArea.INGEST));
  private static final HealthIndicatorImpact MODELS_FAIL =
      new HealthIndicatorImpact(
          NAME,
          "failed_models",
          3,
          "Searches and pipelines that name such a model fail, unless another node serves them.",
          List.of(ImpactArea.SEARCH, ImpactArea.INGEST));
  private static final HealthIndicatorImpact VECTORS_UNFIT =
      new HealthIndicatorImpact(
          NAME,
          "unfit_vectors",
          2,
          "Searches of these indices fail, or compare vectors of two versions of a model.",
          List.of(ImpactArea.SEARCH, ImpactArea.INGEST));
  private static final Diagnosis.Definition NO_NODES =
      new Diagnosis.Definition(
          NAME,
          "no_inference_nodes",
          "[sightline.inference.enabled] is false on every node, or those where it is true left.",
          "Start a node with [sightline.inference.enabled: true].",
          HELP);
  private static final Diagnosis.Definition BROKEN_BUNDLES =
      new Diagnosis.Definition(
          NAME,
          "broken_bundles",
          "A bundle on this node is broken, or needs what this node does not have.",
          "GET _sightline/models gives the reason; mend or remove the bundle, then POST"
              + " _sightline/models/{id}/_load.",
          HELP);

  private static final Diagnosis.Definition MISSING_MODELS =
      new Diagnosis.Definition(
          NAME,
          "missing_models",
          "Vector fields of these indices name a model in [meta] that does not exist.",
          "Push the model again (sightline-models push), or rebuild the indices with another one"
              + " (sightline-models reembed).",
          IDENTITY_HELP);
  private static final Diagnosis.Definition OTHER_VERSIONS =
      new Diagnosis.Definition(
          NAME,
          "other_versions",
          "Vector fields of these indices name a version of a model in [meta], and another version"
              + " of it is in service.",
          "Push the version that the mapping names, or push the new one under another id and"
              + " rebuild the indices with it (sightline-models reembed).",
          IDENTITY_HELP);

  private final Supplier<DiscoveryNodes> nodes;
  private final Supplier<List<ModelStatus>> models;
  private final Supplier<List<Unfit>> unfit;

  /**
   * @param nodes of the current cluster state
   * @param models of this node
   * @param unfit vector fields whose model is missing or has another version than they name
   */
  public InferenceHealth(
      Supplier<DiscoveryNodes> nodes,
      Supplier<List<ModelStatus>> models,
      Supplier<List<Unfit>> unfit) {
    this.nodes = nodes;
    this.models = models;
    this.unfit = unfit;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public HealthIndicatorResult calculate(boolean verbose, int maxAffected, HealthInfo healthInfo) {
    List<DiscoveryNode> inference = InferenceNodes.of(nodes.get());
    List<String> failed =
        models.get().stream()
            .filter(model -> model.state() == ModelStatus.State.FAILED)
            .map(ModelStatus::id)
            .limit(maxAffected)
            .toList();
    List<Unfit> fields = unfit.get();
    HealthIndicatorDetails details =
        verbose ? details(inference, failed, fields, maxAffected) : HealthIndicatorDetails.EMPTY;
    if (inference.isEmpty()) {
      return createIndicator(
          HealthStatus.RED,
          "No node of the cluster runs models.",
          details,
          List.of(NOTHING_WORKS),
          verbose ? List.of(new Diagnosis(NO_NODES, null)) : List.of());
    }
    List<String> symptoms = new ArrayList<>();
    List<HealthIndicatorImpact> impacts = new ArrayList<>();
    List<Diagnosis> diagnoses = new ArrayList<>();
    if (failed.isEmpty() == false) {
      symptoms.add("Models of this node cannot be used: " + failed + ".");
      impacts.add(MODELS_FAIL);
      diagnoses.add(new Diagnosis(BROKEN_BUNDLES, null));
    }
    if (fields.isEmpty() == false) {
      symptoms.add(
          "Indices name a model that is missing or has another version: "
              + fields.stream().map(InferenceHealth::named).distinct().limit(maxAffected).toList()
              + ".");
      impacts.add(VECTORS_UNFIT);
      diagnose(MISSING_MODELS, indices(fields, field -> field.found() == null), diagnoses);
      diagnose(OTHER_VERSIONS, indices(fields, field -> field.found() != null), diagnoses);
    }
    return symptoms.isEmpty()
        ? createIndicator(
            HealthStatus.GREEN,
            "Nodes that run models: " + inference.size() + ".",
            details,
            List.of(),
            List.of())
        : createIndicator(
            HealthStatus.YELLOW,
            String.join(" ", symptoms),
            details,
            impacts,
            verbose ? diagnoses : List.of());
  }

  private static String named(Unfit unfit) {
    return unfit.field().owner() + " (" + unfit.field().modelId() + ")";
  }

  private static SortedSet<String> indices(List<Unfit> fields, Predicate<Unfit> which) {
    return fields.stream()
        .filter(which)
        .map(unfit -> unfit.field().owner())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static void diagnose(
      Diagnosis.Definition what, SortedSet<String> indices, List<Diagnosis> diagnoses) {
    if (indices.isEmpty() == false) {
      diagnoses.add(new Diagnosis(what, List.of(new Resource(Resource.Type.INDEX, indices))));
    }
  }

  private static HealthIndicatorDetails details(
      List<DiscoveryNode> inference, List<String> failed, List<Unfit> fields, int maxAffected) {
    long accelerated = inference.stream().filter(InferenceNodes::isAccelerated).count();
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("inference_nodes", inference.size());
    details.put("accelerated_nodes", accelerated);
    details.put("failed_models", failed);
    details.put(
        "unfit_fields", fields.stream().limit(maxAffected).map(InferenceHealth::field).toList());
    return new SimpleHealthIndicatorDetails(details);
  }

  private static Map<String, Object> field(Unfit unfit) {
    Map<String, Object> field = new LinkedHashMap<>();
    field.put("index", unfit.field().owner());
    field.put("field", unfit.field().field());
    field.put("model_id", unfit.field().modelId());
    field.put("version", unfit.field().version());
    field.put("found_version", unfit.found());
    return field;
  }
}
