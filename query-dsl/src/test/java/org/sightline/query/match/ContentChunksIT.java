package org.sightline.query.match;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionFuture;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.search.TransportSearchAction;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.test.ESIntegTestCase;
import org.sightline.query.testing.ScriptedInference;

/** Content is fetched and matched in chunks of 16 images, two of which are under way. */
@ESIntegTestCase.SuiteScopeTestCase
public class ContentChunksIT extends MatchIntegTestCase {
  /** All 60 images are fetched, in chunks of 16, 16, 16 and 12. */
  private static final String ALL = "'rank_window_size':60,'verify_digests':true";

  private static void awaitMatches(int requests) throws Exception {
    assertBusy(() -> assertEquals(requests, inference().matchRequests.size()));
  }

  public void testTwoAreUnderWayAndNeverMore() throws Exception {
    List<CompletableFuture<Void>> gates =
        IntStream.range(0, 4).mapToObj(i -> new CompletableFuture<Void>()).toList();
    inference().gates = gates.iterator();
    ActionFuture<SearchResponse> search = node().search(request(INDEX, matchKnn(ALL)));
    for (int answered = 0; answered < 2; answered++) {
      awaitMatches(answered + 2);
      // time in which a chunk that must not come would come
      search("{'query':{'match':{'title':'title'}}}");
      assertEquals(answered + 2, inference().matchRequests.size());
      assertEquals(answered + 2, inference().fetches().size());
      gates.get(answered).complete(null);
    }
    awaitMatches(4);
    gates.forEach(gate -> gate.complete(null));
    search.actionGet(PATIENCE).decRef();
    assertEquals(60, inference().fetched());
    assertEquals(60, inference().reranks.get(0).matched());
  }

  public void testOrderAndFailuresDoNotDependOnWhoIsFirst() throws Exception {
    createPhotos("broken");
    List<Map<String, Object>> photos = new ArrayList<>();
    for (int i = 0; i < PHOTOS; i++) {
      Map<String, Object> photo = new HashMap<>(photo(i, logit(i), true));
      if (i == 5 || i == 20) {
        photo.put("photo", ScriptedInference.image("broken " + i));
        photo.remove("photo_digest");
      }
      photos.add(photo);
    }
    index("broken", photos);
    // the first chunk is alone, as two documents have no digest; of the others each first is late
    CompletableFuture<Void> now = CompletableFuture.completedFuture(null);
    CompletableFuture<Void> late = new CompletableFuture<>();
    inference().gates = List.of(now, late, now, now).iterator();
    CompletableFuture<Answer> search = new CompletableFuture<>();
    Thread searcher =
        new Thread(
            () -> {
              try {
                search.complete(search("broken", matchKnn(ALL)));
              } catch (IOException | RuntimeException | AssertionError e) {
                search.completeExceptionally(e);
              }
            },
            "searcher");
    searcher.start();
    awaitMatches(4);
    late.complete(null);
    Answer answer = search.get(PATIENCE.seconds(), TimeUnit.SECONDS);
    searcher.join();
    List<String> expected =
        new ArrayList<>(bestOf(IntStream.range(0, PHOTOS).filter(i -> i != 5 && i != 20)));
    expected.addAll(ids(5, 20));
    assertEquals(expected, answer.ids());
    // those of the nodes' settings come along
    List<String> warnings =
        answer.warnings().stream().filter(one -> one.contains("[image_text_match]")).toList();
    assertEquals(warnings.toString(), 1, warnings.size());
    assertTrue(
        warnings.get(0),
        warnings
            .get(0)
            .contains(
                "could not score [2] of [60] documents, they are ranked last; the first: document"
                    + " [5]: [photo]"));
  }

  public void testCancellationStopsTheNextChunk() throws Exception {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    inference().gates = List.of(gate, gate).iterator();
    ActionFuture<SearchResponse> search = node().search(request(INDEX, matchKnn(ALL)));
    awaitMatches(2);
    clusterAdmin().prepareCancelTasks().setActions(TransportSearchAction.TYPE.name()).get();
    gate.complete(null);
    Exception failure = expectThrows(Exception.class, () -> search.actionGet(PATIENCE));
    assertNotNull(ExceptionsHelper.unwrap(failure, TaskCancelledException.class));
    assertEquals(List.of(16, 16), inference().fetches());
    assertEquals(2, inference().matchRequests.size());
    assertEquals(1, inference().reranks.size());
  }

  public void testAFailureIsToldOnce() throws IOException {
    inference().failOnBytes = true;
    assertFails(503, "the model is gone", matchKnn(ALL));
    assertEquals(1, inference().reranks.size());
    Answer answer = search(matchKnn(ALL + ",'allow_rerank_failures':true"));
    assertEquals(1, answer.warnings().size());
    assertEquals(1, inference().fallbacks());
    assertTrue("" + inference().fetches(), inference().fetches().size() <= 2 * 2);
  }
}
