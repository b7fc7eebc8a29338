package org.sightline.plugin.health;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodeUtils;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.health.Diagnosis;
import org.elasticsearch.health.HealthIndicatorDetails;
import org.elasticsearch.health.HealthIndicatorImpact;
import org.elasticsearch.health.HealthIndicatorResult;
import org.elasticsearch.health.HealthStatus;
import org.elasticsearch.health.SimpleHealthIndicatorDetails;
import org.elasticsearch.health.node.HealthInfo;
import org.elasticsearch.test.ESTestCase;
import org.sightline.plugin.store.ClusterModels.Unfit;
import org.sightline.plugin.store.ModelUses.Field;
import org.sightline.runtime.model.ModelStatus;
import org.sightline.runtime.model.ModelStatus.State;

public class InferenceHealthTests extends ESTestCase {
  private static final ModelStatus WORKING =
      new ModelStatus("works", State.LOADED, null, null, null, 1, Map.of());
  private static final ModelStatus BROKEN = ModelStatus.broken("broken", "no graph");

  private static DiscoveryNode node(String id, Map<String, String> attributes) {
    return DiscoveryNodeUtils.builder(id).name(id).attributes(attributes).build();
  }

  private static HealthIndicatorResult report(
      boolean verbose, List<ModelStatus> models, String... devices) {
    DiscoveryNodes.Builder nodes = DiscoveryNodes.builder().add(node("plain", Map.of()));
    for (int i = 0; i < devices.length; i++) {
      nodes.add(node("node-" + i, Map.of("sightline.device", devices[i])));
    }
    DiscoveryNodes state = nodes.build();
    return report(verbose, state, models, List.of());
  }

  private static HealthIndicatorResult report(
      boolean verbose, DiscoveryNodes nodes, List<ModelStatus> models, List<Unfit> unfit) {
    return new InferenceHealth(() -> nodes, () -> models, () -> unfit)
        .calculate(verbose, 2, HealthInfo.EMPTY_HEALTH_INFO);
  }

  private static Map<String, Object> details(HealthIndicatorResult result) {
    return ((SimpleHealthIndicatorDetails) result.details()).details();
  }

  public void testGreen() {
    HealthIndicatorResult result = report(true, List.of(WORKING), "cpu", "cuda");
    assertEquals("sightline", result.name());
    assertEquals(HealthStatus.GREEN, result.status());
    assertEquals("Nodes that run models: 2.", result.symptom());
    assertEquals(
        Map.of(
            "inference_nodes",
            2,
            "accelerated_nodes",
            1L,
            "failed_models",
            List.of(),
            "unfit_fields",
            List.of()),
        details(result));
    assertEquals(List.of(), result.impacts());
    assertEquals(List.of(), result.diagnosisList());
  }

  public void testYellowWhereAModelIsBroken() {
    HealthIndicatorResult result = report(true, List.of(WORKING, BROKEN), "cpu");
    assertEquals(HealthStatus.YELLOW, result.status());
    assertEquals("Models of this node cannot be used: [broken].", result.symptom());
    assertEquals(List.of("broken"), details(result).get("failed_models"));
    assertEquals("failed_models", result.impacts().get(0).id());
    assertEquals("broken_bundles", result.diagnosisList().get(0).definition().id());
  }

  public void testRedWhereNobodyRunsModels() {
    HealthIndicatorResult result = report(true, List.of(BROKEN));
    assertEquals(HealthStatus.RED, result.status());
    assertEquals("No node of the cluster runs models.", result.symptom());
    assertEquals("no_inference_nodes", result.diagnosisList().get(0).definition().id());
  }

  public void testYellowWhereAnIndexNamesAModelThatIsMissingOrAnotherVersion() {
    DiscoveryNodes nodes =
        DiscoveryNodes.builder().add(node("n", Map.of("sightline.device", "cpu"))).build();
    List<Unfit> unfit =
        List.of(
            new Unfit(new Field("a", "v", "gone", null), null),
            new Unfit(new Field("a", "w", "gone", null), null),
            new Unfit(new Field("b", "x.v", "clip", "1111"), "2222"),
            new Unfit(new Field("c", "v", "clip", "1111"), "2222"));
    HealthIndicatorResult result = report(true, nodes, List.of(WORKING, BROKEN), unfit);
    assertEquals(HealthStatus.YELLOW, result.status());
    assertEquals(
        "Models of this node cannot be used: [broken]. Indices name a model that is missing or has"
            + " another version: [a (gone), b (clip)].",
        result.symptom());
    assertEquals(
        List.of("unfit_vectors", "failed_models"), // the severe one first
        result.impacts().stream().map(HealthIndicatorImpact::id).toList());
    assertEquals(
        List.of("broken_bundles", "missing_models", "other_versions"),
        result.diagnosisList().stream().map(diagnosis -> diagnosis.definition().id()).toList());
    assertEquals(Set.of("a"), affected(result.diagnosisList().get(1)));
    assertEquals(Set.of("b", "c"), affected(result.diagnosisList().get(2)));
    List<?> fields = (List<?>) details(result).get("unfit_fields");
    assertEquals("as many as asked for", 2, fields.size());
    assertEquals(
        "{index=a, field=v, model_id=gone, version=null, found_version=null}",
        fields.get(0).toString());
  }

  private static Collection<String> affected(Diagnosis diagnosis) {
    return diagnosis.affectedResources().get(0).getValues();
  }

  public void testShort() {
    HealthIndicatorResult result = report(false, List.of(BROKEN), "cpu");
    assertEquals(HealthStatus.YELLOW, result.status());
    assertSame(HealthIndicatorDetails.EMPTY, result.details());
    assertEquals(List.of(), result.diagnosisList());
  }
}
