package org.sightline.query.task;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionFuture;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.search.TransportSearchAction;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.test.ESIntegTestCase;
import org.sightline.query.testing.QueryIntegTestCase;

/** While models are slow: threads stay free, and a cancelled search does not go on. */
@ESIntegTestCase.SuiteScopeTestCase
public class WaitingForInferenceIT extends QueryIntegTestCase {
  private static final String RERANK =
      "{'retriever':{'image_text_match':{'retriever':{'standard':{}},'model_id':'emoji-blip',"
          + "'input':'a red heart','field':'photo'}}}";
  private static final String FIRST_STAGE =
      "{'query':{'image_text':{'field':'photo_vector','input':'angle 0'}}}";

  @Override
  protected void setupSuiteScopeCluster() {
    createPhotos(INDEX);
    List<Map<String, Object>> photos = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      photos.add(photo(i, i, true));
    }
    index(INDEX, photos);
  }

  private ActionFuture<SearchResponse> start(String json) {
    try {
      return node().search(request(INDEX, json));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void testNoThreadWaits() throws Exception {
    inference().gate = new CompletableFuture<>();
    int each = 40;
    List<ActionFuture<SearchResponse>> searches = new CopyOnWriteArrayList<>();
    // a search that waited would hold up this thread, and not the test
    Thread starter =
        new Thread(
            () -> {
              for (int i = 0; i < each; i++) {
                searches.add(start(RERANK));
                searches.add(start(FIRST_STAGE));
              }
            },
            "starter");
    starter.start();
    try {
      // all of them are with the models at once, many more than there are search threads
      assertBusy(
          () -> {
            assertEquals(each, inference().matchRequests.size());
            assertEquals(each, inference().embedRequests.size());
          },
          60,
          TimeUnit.SECONDS);
      assertEquals(10, search("{'query':{'match_all':{}}}").ids().size());
    } finally {
      inference().gate.complete(null);
      starter.join();
    }
    for (ActionFuture<SearchResponse> search : searches) {
      SearchResponse response = search.actionGet(PATIENCE);
      try {
        assertEquals(10, response.getHits().getHits().length);
      } finally {
        response.decRef();
      }
    }
  }

  public void testCancelledSearchDoesNotGoOn() throws Exception {
    inference().gate = new CompletableFuture<>();
    ActionFuture<SearchResponse> search = start(RERANK);
    assertBusy(() -> assertEquals(1, inference().matchRequests.size()));
    assertEquals(
        1,
        clusterAdmin()
            .prepareCancelTasks()
            .setActions(TransportSearchAction.TYPE.name())
            .get()
            .getTasks()
            .size());
    // nothing is cached, so a search that goes on would send images now
    inference().gate.complete(null);
    Exception failure = expectThrows(Exception.class, () -> search.actionGet(PATIENCE));
    assertNotNull(ExceptionsHelper.unwrap(failure, TaskCancelledException.class));
    assertEquals(List.of(), inference().imagesSent());
  }
}
