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
    store = new ModelStore(client(), Runnable::run, System::currentTimeMillis);
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
}
