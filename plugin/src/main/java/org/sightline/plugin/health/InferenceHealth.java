package org.sightline.plugin.health;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.health.Diagnosis;
import org.elasticsearch.health.HealthIndicatorDetails;
import org.elasticsearch.health.HealthIndicatorImpact;
import org.elasticsearch.health.HealthIndicatorResult;
import org.elasticsearch.health.HealthIndicatorService;
import org.elasticsearch.health.HealthStatus;
import org.elasticsearch.health.ImpactArea;
import org.elasticsearch.health.SimpleHealthIndicatorDetails;
import org.elasticsearch.health.node.HealthInfo;
import org.sightline.plugin.cluster.InferenceNodes;
import org.sightline.runtime.model.ModelStatus;

/**
 * The indicator {@code sightline}: red where no node runs models, yellow where a model of the node
 * that is asked cannot be used.
 */
public final class InferenceHealth implements HealthIndicatorService {
  /** Its name in reports. */
  public static final String NAME = "sightline";

  private static final String HELP = "docs/settings.md";
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

  private final Supplier<DiscoveryNodes> nodes;
  private final Supplier<List<ModelStatus>> models;

  /**
   * @param nodes of the current cluster state
   * @param models of this node
   */
  public InferenceHealth(Supplier<DiscoveryNodes> nodes, Supplier<List<ModelStatus>> models) {
    this.nodes = nodes;
    this.models = models;
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
    HealthIndicatorDetails details =
        verbose ? details(inference, failed) : HealthIndicatorDetails.EMPTY;
    if (inference.isEmpty()) {
      return createIndicator(
          HealthStatus.RED,
          "No node of the cluster runs models.",
          details,
          List.of(NOTHING_WORKS),
          verbose ? List.of(new Diagnosis(NO_NODES, null)) : List.of());
    }
    if (failed.isEmpty() == false) {
      return createIndicator(
          HealthStatus.YELLOW,
          "Models of this node cannot be used: " + failed + ".",
          details,
          List.of(MODELS_FAIL),
          verbose ? List.of(new Diagnosis(BROKEN_BUNDLES, null)) : List.of());
    }
    return createIndicator(
        HealthStatus.GREEN,
        "Nodes that run models: " + inference.size() + ".",
        details,
        List.of(),
        List.of());
  }

  private static HealthIndicatorDetails details(
      List<DiscoveryNode> inference, List<String> failed) {
    long accelerated = inference.stream().filter(InferenceNodes::isAccelerated).count();
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("inference_nodes", inference.size());
    details.put("accelerated_nodes", accelerated);
    details.put("failed_models", failed);
    return new SimpleHealthIndicatorDetails(details);
  }
}
