package org.sightline.plugin.store;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.cluster.ClusterChangedEvent;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.block.ClusterBlocks;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.gateway.GatewayService;
import org.elasticsearch.index.IndexVersion;
import org.elasticsearch.test.ESTestCase;
import org.sightline.runtime.LocalRuntime;
import org.sightline.runtime.limits.RuntimeLimits;
import org.sightline.runtime.model.ModelStatus;
import org.sightline.runtime.model.ModelStatus.State;

/** Which models are loaded after a start; all work happens on the test's thread. */
public class PreloadTests extends ESTestCase {
  private static final ClusterState STARTING =
      ClusterState.builder(ClusterName.DEFAULT)
          .blocks(ClusterBlocks.builder().addGlobalBlock(GatewayService.STATE_NOT_RECOVERED_BLOCK))
          .build();

  /** An index whose mapping names a model. */
  private static ClusterState recovered(String modelId) {
    String mapping =
        "{\"_doc\":{\"properties\":{\"v\":{\"type\":\"dense_vector\",\"meta\":"
            + "{\"sightline.model_id\":\""
            + modelId
            + "\"}}}}}";
    return ClusterState.builder(ClusterName.DEFAULT)
        .metadata(
            Metadata.builder()
                .version(1)
                .put(
                    ProjectMetadata.builder(ProjectId.DEFAULT)
                        .put(
                            IndexMetadata.builder("photos")
                                .settings(indexSettings(IndexVersion.current(), 1, 0))
                                .putMapping(mapping))))
        .build();
  }

  /** The states of the two models after a start with that setting. */
  private static Map<String, State> states(ClusterState state, String... wanted) {
    try (LocalRuntime runtime =
        LocalRuntime.open(
            List.of(Bundles.FOLDER.getParent()),
            RuntimeLimits.defaults(),
            Runnable::run,
            Runnable::run)) {
      Preload preload =
          new Preload(List.of(wanted), runtime, new ModelUses(() -> state), Runnable::run);
      preload.clusterChanged(new ClusterChangedEvent("start", STARTING, STARTING));
      assertTrue(
          "nothing before the cluster's state is there",
          runtime.models().stream().noneMatch(model -> model.state() == State.LOADED));
      preload.clusterChanged(new ClusterChangedEvent("recovered", state, STARTING));
      Map<String, State> states = new TreeMap<>();
      for (ModelStatus model : runtime.models()) {
        states.put(model.id(), model.state());
      }
      return states;
    }
  }

  private static void assertLoaded(Map<String, State> states, String... loaded) {
    for (String model : List.of("tiny-clip", "tiny-blip")) {
      State expected = List.of(loaded).contains(model) ? State.LOADED : State.AVAILABLE;
      assertEquals(model, expected, states.get(model));
    }
  }

  public void testModelsThatAnIndexNames() {
    assertLoaded(states(recovered("tiny-clip"), "auto"), "tiny-clip");
    assertLoaded(states(recovered("not-here"), "auto"));
  }

  public void testModelsThatTheSettingNames() {
    assertLoaded(states(recovered("tiny-clip"), "tiny-blip", "not-here"), "tiny-blip");
    assertLoaded(states(recovered("tiny-clip"), "auto", "tiny-blip"), "tiny-clip", "tiny-blip");
    assertLoaded(states(recovered("not-here"), "*"), "tiny-clip", "tiny-blip");
  }

  public void testNone() {
    assertLoaded(states(recovered("tiny-clip")));
  }
}
