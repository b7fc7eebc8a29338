package org.sightline.plugin.store;

import static org.hamcrest.Matchers.startsWith;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodeUtils;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.test.ESSingleNodeTestCase;
import org.junit.Before;
import org.sightline.plugin.SightlinePlugin;
import org.sightline.plugin.action.ModelOperation;
import org.sightline.plugin.action.ModelsRequest;
import org.sightline.plugin.action.ModelsResponse;
import org.sightline.plugin.store.ModelStore.Answer;
import org.sightline.plugin.store.ModelStore.Result;
import org.sightline.plugin.store.StoredModel.Part;
import org.sightline.plugin.store.Trials.Turn;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.model.ModelStatus;

/** Pushes that meet each other or a damaged store, on a node with the store's index. */
public class ModelStoreIT extends ESSingleNodeTestCase {
  private StoreDocuments documents;
  private ModelStore store;

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(SightlinePlugin.class);
  }

  @Before
  public void openStore() {
    documents = new StoreDocuments(client());
    ClusterService cluster = getInstanceFromNode(ClusterService.class);
    store =
        new ModelStore(
            client(), Runnable::run, System::currentTimeMillis, () -> cluster.state().nodes());
  }

  private static <T> T await(CompletableFuture<T> stage) throws Exception {
    return stage.get(60, TimeUnit.SECONDS);
  }

  private Answer put(StoredModel model) throws Exception {
    return await(store.put(model, before -> {}));
  }

  /** Brings what an answer says is missing. */
  private void bring(StoredModel model, List<Part> missing) throws Exception {
    Map<String, byte[]> files = Bundles.files(model);
    for (Part part : missing) {
      byte[] file = files.get(model.names().get(part.sha256()));
      int from = part.number() * model.partBytes();
      byte[] bytes = Arrays.copyOfRange(file, from, from + part.length());
      await(store.putPart(model.id(), part.sha256(), part.number(), bytes));
    }
  }

  private StoredModel pushed() throws Exception {
    StoredModel model = Bundles.cut(Bundles.model(16), 50_000);
    Answer begun = put(model);
    assertEquals(Result.INCOMPLETE, begun.result());
    bring(model, begun.missing());
    assertEquals(Result.CREATED, put(model).result());
    assertEquals(Result.NOOP, put(model).result());
    return model;
  }

  public void testAPushBringsPartsThatTheStoreHasLost() throws Exception {
    StoredModel model = pushed();
    Part lost = randomFrom(model.parts());
    await(documents.remove(List.of(lost.id())));
    Answer again = put(model);
    assertEquals(Result.INCOMPLETE, again.result());
    assertTrue(again.missing().contains(lost));
    bring(model, again.missing());
    assertEquals(Result.UPDATED, put(model).result());
    assertEquals(Result.NOOP, put(model).result());
  }

  public void testAPushBringsAFileThatTheStoreHasDamaged() throws Exception {
    StoredModel model = pushed();
    Part damaged = randomFrom(model.parts());
    await(documents.put(damaged, new byte[damaged.length()]));
    Answer again = put(model);
    assertEquals(Result.INCOMPLETE, again.result());
    bring(model, again.missing());
    assertEquals(Result.UPDATED, put(model).result());
  }

  /** As a node with an earlier version of the plugin sees what a later one has stored. */
  public void testAModelThatNeedsALaterVersionIsListedAndTheOthersServe() throws Exception {
    String manifest = Bundles.manifest().replaceFirst("\\{", "{\"magic\": 1,");
    StoreCatalog later =
        StoreCatalog.read(
            Map.of(
                "catalog",
                Map.of(
                    "models",
                    Map.of("later", Map.of("manifest", manifest, "part_bytes", 1)),
                    "pending",
                    Map.of())));
    await(documents.change(catalog -> later));
    ClusterModels models = getInstanceFromNode(ClusterModels.class);
    await(models.refresh());
    assertTrue("the others are listed", list(null).byModel().containsKey("later"));
    ModelStatus status = list("later").byModel().get("later").get(0).status();
    assertEquals(ModelStatus.State.FAILED, status.state());
    String why =
        "it needs a later version of the plugin: the manifest has an unknown field [magic],"
            + " expected only [";
    assertThat(status.reason(), startsWith(why));
    InferenceException e = expectThrows(InferenceException.class, () -> models.require("later"));
    assertEquals(InferenceException.Kind.MODEL_UNAVAILABLE, e.kind());
    assertThat(
        e.getMessage(), startsWith("model [later] cannot be used on node [node_s_0]: " + why));
    // a push beside it neither changes nor removes it
    pushed();
    await(models.refresh());
    assertEquals(later.unreadable(), await(store.catalog()).unreadable());
    assertTrue(models.find("tiny-clip").isPresent());
  }

  private ModelsResponse list(String id) {
    return client()
        .execute(ModelOperation.LIST.type(), new ModelsRequest(id, TimeValue.ZERO))
        .actionGet();
  }

  /** Its parts may be gone with it, so it must not serve. */
  public void testAPushThatAnotherReplacedIsRefused() throws Exception {
    StoredModel one = Bundles.model(16);
    StoredModel two = Bundles.model(8);
    bring(one, put(one).missing());
    CompletableFuture<Answer> ends =
        store.put(
            one,
            before -> {
              try {
                put(two); // has the same files, and ends while the other one is about to end
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    ExecutionException failure = expectThrows(ExecutionException.class, () -> await(ends));
    assertEquals(RestStatus.CONFLICT, ExceptionsHelper.status(failure.getCause()));
    assertEquals(two, await(store.catalog()).models().get(one.id()));
  }

  private Trials trials(DiscoveryNode local, DiscoveryNode... others) {
    DiscoveryNodes.Builder nodes = DiscoveryNodes.builder().add(local).localNodeId(local.getId());
    for (DiscoveryNode other : others) {
      nodes.add(other);
    }
    DiscoveryNodes all = nodes.build();
    return new Trials(documents, () -> all);
  }

  private static ModelStatus status(StoredModel model, ModelStatus.State state) {
    return new ModelStatus(model.id(), state, null, null, model.version(), 0, Map.of());
  }

  /** A bundle that ends the process ends two nodes at most, and none of them twice. */
  public void testAVersionIsLoadedByOneNodeFirst() throws Exception {
    StoredModel model = pushed();
    DiscoveryNode a = DiscoveryNodeUtils.create("a");
    DiscoveryNode b = DiscoveryNodeUtils.create("b");
    DiscoveryNode c = DiscoveryNodeUtils.create("c");
    assertEquals(Turn.OURS, await(trials(a, b).take(model)));
    assertEquals("asked again", Turn.OURS, await(trials(a, b).take(model)));
    assertEquals(Turn.LATER, await(trials(b, a).take(model)));
    assertEquals(
        "node [" + a.getName() + "] loads it first",
        trials(b, a).waiting(await(store.catalog()), model));
    assertEquals("a is lost", Turn.OURS, await(trials(b).take(model)));
    assertEquals(Turn.LATER, await(trials(c, b).take(model)));
    assertEquals("b is lost as well", Turn.NEVER, await(trials(c).take(model)));
    assertEquals(
        "[2] times a node was lost while it loaded this version for the first time, the last was ["
            + b.getName()
            + "]; no node loads it until it is pushed again: try it with [sightline-models"
            + " verify]",
        trials(c).refusal(await(store.catalog()), model).orElseThrow());
    assertEquals("pushed again", Result.NOOP, put(model).result());
    assertEquals(Turn.OURS, await(trials(c).take(model)));
    await(trials(c).end(model, status(model, ModelStatus.State.LOADED), null));
    assertEquals(Turn.FREE, await(trials(a, c).take(model)));
    assertEquals(Result.NOOP, put(model).result());
    assertEquals("which changes nothing", Turn.FREE, await(trials(a, c).take(model)));
  }

  public void testAVersionThatDoesNotLoadOnANode() throws Exception {
    StoredModel model = pushed();
    DiscoveryNode a = DiscoveryNodeUtils.create("a");
    DiscoveryNode b = DiscoveryNodeUtils.create("b");
    assertEquals(Turn.OURS, await(trials(a, b).take(model)));
    await(trials(a, b).end(model, status(model, ModelStatus.State.FAILED), null));
    assertEquals("it may be another node's", Turn.OURS, await(trials(b, a).take(model)));
    InferenceException endless =
        new InferenceException(InferenceException.Kind.DEADLINE_EXCEEDED, "it did not end");
    await(trials(b, a).end(model, null, endless));
    assertEquals(Turn.NEVER, await(trials(a, b).take(model)));
    assertEquals(
        "node ["
            + b.getName()
            + "]: it did not end; no node loads it until it is pushed again: try it with"
            + " [sightline-models verify]",
        trials(a, b).refusal(await(store.catalog()), model).orElseThrow());
    assertEquals("another version is another matter", Turn.FREE, await(take(Bundles.model(8), a)));
  }

  private CompletableFuture<Turn> take(StoredModel model, DiscoveryNode node) {
    return trials(node).take(model);
  }
}
