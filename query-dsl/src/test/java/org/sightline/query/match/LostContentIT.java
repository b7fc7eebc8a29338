package org.sightline.query.match;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.action.ActionFuture;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.test.ESIntegTestCase;
import org.sightline.query.match.RerankReport.Outcome;

/** Images that documents have, or had, and that a rerank cannot read. */
@ESIntegTestCase.SuiteScopeTestCase
public class LostContentIT extends MatchIntegTestCase {
  private static final String ALL =
      "{'standard':{'query':{'match_all':{}},'sort':{'position':'asc'}}}";
  private static final String FIRST_STAGE =
      "[image_text_match] could not rerank, documents are in the order of the first stage: ";
  private static final String ALLOW =
      "; or allow the order of the first stage with [allow_rerank_failures]";

  private static String all(String options) {
    return retriever(match(ALL, options), "");
  }

  /** Documents with digests whose pictures were removed. */
  private void indexWithoutPictures(String index, int from, int to) {
    List<Map<String, Object>> photos = new ArrayList<>();
    for (int i = from; i < to; i++) {
      Map<String, Object> photo = photo(i, logit(i), true);
      photo.remove("photo");
      photos.add(photo);
    }
    index(index, photos);
  }

  private void assertKeepsTheFirstStage(String index, String reason, List<String> ids)
      throws IOException {
    inference().reranks.clear();
    Answer answer = search(index, all("'allow_rerank_failures':true,'min_score':0.99"));
    assertEquals(ids, answer.ids());
    assertEquals(1, answer.warnings().size());
    String warning = answer.warnings().get(0);
    assertTrue(warning, warning.contains(FIRST_STAGE + reason));
    assertFalse("it is allowed", warning.contains(ALLOW));
    assertEquals(1, inference().fallbacks());
    assertEquals(reason, inference().reranks.get(0).failure());
  }

  public void testPicturesThatAreGone() throws IOException {
    createPhotos("gone");
    indexWithoutPictures("gone", 0, 10);
    String digest = (String) photo(3, logit(3), true).get("photo_digest");
    inference().cached.put(digest, "p3 " + logit(3));
    String reason =
        "[photo] cannot be read of [9] of [10] documents, the first: document [0] has a digest,"
            + " but no [photo] any more, and no inference node has its image tokens; index it"
            + " again with the image, through a pipeline whose [match_model_id] is [emoji-blip]"
            + " where it removes images";
    assertFails(400, reason + ALLOW, "gone", all(""));
    assertEquals(Outcome.FAILED, inference().reranks.get(0).outcome());
    assertKeepsTheFirstStage("gone", reason, ids(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));

    String verified =
        reason
            .replace("[9] of", "[10] of")
            .replace(", and no inference node has its image tokens", "");
    assertFails(400, verified + ALLOW, "gone", all("'verify_digests':true"));

    cacheAll();
    assertEquals("nothing is read", bestOf(IntStream.range(0, 10)), search("gone", all("")).ids());
  }

  public void testNothingMoreIsReadAfterTheFirstThatAreGone() throws IOException {
    createPhotos("many-gone");
    indexWithoutPictures("many-gone", 0, 40);
    Exception failure =
        expectThrows(Exception.class, () -> search("many-gone", all("'rank_window_size':40")));
    String reason = ElasticsearchException.guessRootCauses(failure)[0].getMessage();
    assertTrue(reason, reason.startsWith("[photo] cannot be read of at least ["));
    assertTrue(reason, reason.contains("] of [40] documents, the first: document ["));
    assertTrue(inference().fetches().toString(), inference().fetches().size() <= 2);
  }

  public void testDigestsInNestedObjectsTellAsWell() throws IOException {
    create(
        "nested-gone",
        """
        {"properties": {"position": {"type": "long"}, "gallery": {"type": "nested",
          "properties": {"photo": {"type": "binary"}, "photo_digest": {"type": "keyword"}}}}}
        """);
    String digest = (String) photo(1, 1, true).get("photo_digest");
    index(
        "nested-gone",
        List.of(
            Map.of("position", 0, "gallery", List.of(Map.of("alt", "none yet"))),
            Map.of("position", 1, "gallery", List.of(Map.of("photo_digest", digest)))));
    assertFails(
        400,
        "[gallery.photo] cannot be read of [1] of [2] documents, the first: document [1] has a"
            + " digest, but no [gallery.photo] any more, and no inference node has its image"
            + " tokens; index it again with the image, through a pipeline whose [match_model_id]"
            + " is [emoji-blip] where it removes images"
            + ALLOW,
        "nested-gone",
        all("").replace("'photo'", "'gallery.photo'"));
  }

  public void testFieldsThatSourceDoesNotKeep() throws IOException {
    String properties =
        """
        "properties": {"photo": {"type": "keyword", "store": true},
          "photo_digest": {"type": "keyword"}, "position": {"type": "long"}}}
        """;
    Map<String, String> sources =
        Map.of(
            "excluded", "'excludes':['pho*']",
            "included", "'includes':['position','photo_digest']",
            "no-source", "'enabled':false");
    for (Map.Entry<String, String> source : sources.entrySet()) {
      String index = source.getKey();
      create(index, "{'_source':{" + source.getValue() + "}," + properties);
      List<Map<String, Object>> photos = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Map<String, Object> photo = new HashMap<>(photo(i, logit(i), i % 2 == 0));
        photo.keySet().retainAll(List.of("photo", "photo_digest", "position"));
        photos.add(photo);
      }
      index(index, photos);
      String reason =
          "[photo] cannot be read of [4] of [4] documents, the first: the mapping of index ["
              + index
              + "] keeps [photo] out of [_source], from which alone it is read; index the"
              + " documents again with [photo] in [_source]";
      assertFails(400, reason + ALLOW, index, all(""));
      assertKeepsTheFirstStage(index, reason, ids(0, 1, 2, 3));
      assertEquals("nothing to fetch", List.of(), inference().fetches());
    }
    // beside an index that keeps it
    assertFails(
        400,
        "[photo] cannot be read of at least [4] of [10] documents, the first: the mapping of index"
            + " [excluded] keeps [photo] out of [_source], from which alone it is read; index the"
            + " documents again with [photo] in [_source]"
            + ALLOW,
        "excluded,photos",
        all(""));
  }

  public void testAShardThatFailsWhileItIsRead() throws Exception {
    createPhotos("lost");
    indexWithoutPictures("lost", 0, 3);
    for (boolean allowed : new boolean[] {false, true}) {
      inference().matchRequests.clear();
      inference().gate = new CompletableFuture<>();
      String options = "'rank_window_size':12" + (allowed ? ",'allow_rerank_failures':true" : "");
      ActionFuture<SearchResponse> search =
          node().search(request("photos,lost", all(options)).allowPartialSearchResults(true));
      assertBusy(() -> assertEquals(1, inference().matchRequests.size()));
      indicesAdmin().prepareDelete("lost").get();
      inference().gate.complete(null);
      if (allowed) {
        search.actionGet(PATIENCE).decRef();
        assertEquals(1, inference().fallbacks());
      } else {
        expectThrows(Exception.class, () -> search.actionGet(PATIENCE));
      }
      String failure = inference().reranks.get(0).failure();
      assertTrue(failure, failure.startsWith("[photo] cannot be read of [3] of [12] documents"));
      assertTrue(failure, failure.contains("could not read"));
      assertTrue(failure, failure.contains("send the search again"));
      inference().reranks.clear();
      createPhotos("lost");
      indexWithoutPictures("lost", 0, 3);
    }
  }
}
