package org.sightline.plugin.store;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.test.ESSingleNodeTestCase;
import org.junit.Before;
import org.sightline.plugin.SightlinePlugin;
import org.sightline.plugin.store.ModelStore.Answer;
import org.sightline.plugin.store.ModelStore.Result;
import org.sightline.plugin.store.StoredModel.Part;

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
