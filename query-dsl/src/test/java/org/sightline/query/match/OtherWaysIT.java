package org.sightline.query.match;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.elasticsearch.action.search.SearchProgressListener;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse.Clusters;
import org.elasticsearch.action.search.SearchShard;
import org.elasticsearch.action.search.SearchTask;
import org.elasticsearch.action.search.TransportSearchAction.SearchTimeProvider;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.retriever.RetrieverBuilder;
import org.elasticsearch.tasks.TaskId;
import org.elasticsearch.test.ESIntegTestCase;
import org.sightline.query.input.QueryInput;
import org.sightline.query.testing.FusionRetrieverBuilder;

/**
 * Other ways to a search that Elasticsearch has in modules which are not published, by the classes
 * of the server that they are made of: fused retrievers ({@code rrf}, {@code linear}), and searches
 * that tell of their progress (asynchronous search).
 */
@ESIntegTestCase.SuiteScopeTestCase
public class OtherWaysIT extends MatchIntegTestCase {
  private static final String BY_TITLE =
      "{'standard':{'query':{'range':{'position':{'gte':20}}},'sort':{'position':'desc'}}}";
  private static final String IMAGE_TEXT =
      "{'standard':{'query':{'image_text':{'field':'photo_vector','k':60,'input':'angle 0'}}}}";

  private RetrieverBuilder parsed(String retriever) throws IOException {
    return request(INDEX, retriever(retriever, "")).source().retriever();
  }

  /** The sum of the reciprocal ranks of each document. */
  private static Map<String, Double> fused(List<List<String>> results) {
    Map<String, Double> scores = new HashMap<>();
    for (List<String> ids : results) {
      for (int i = 0; i < ids.size(); i++) {
        scores.merge(ids.get(i), 1.0 / (60 + i + 1), Double::sum);
      }
    }
    return scores;
  }

  public void testFusedWithOtherRetrievers() throws IOException {
    String rerank = match(KNN, "'rank_window_size':17,'min_score':0.2");
    for (List<String> children :
        List.of(
            List.of(IMAGE_TEXT, BY_TITLE),
            List.of(rerank, BY_TITLE),
            List.of(rerank, IMAGE_TEXT, BY_TITLE))) {
      List<List<String>> alone = new ArrayList<>();
      List<RetrieverBuilder> retrievers = new ArrayList<>();
      for (String child : children) {
        alone.add(search(retriever(child, "'size':17")).ids());
        retrievers.add(parsed(child));
      }
      RetrieverBuilder fusion =
          new FusionRetrieverBuilder(17, retrievers.toArray(RetrieverBuilder[]::new));
      SearchRequest request =
          new SearchRequest(INDEX).source(new SearchSourceBuilder().retriever(fusion).size(17));
      Map<String, Double> scores = fused(alone);
      List<Double> best =
          scores.values().stream().sorted(Comparator.reverseOrder()).limit(17).toList();
      List<String> ids = search(request).ids();
      assertEquals(17, ids.stream().distinct().count());
      for (int i = 0; i < 17; i++) {
        assertEquals(best.get(i), scores.get(ids.get(i)), 1e-9);
      }
    }
  }

  public void testFusedBelowARerank() throws IOException {
    RetrieverBuilder fusion = new FusionRetrieverBuilder(12, parsed(IMAGE_TEXT), parsed(BY_TITLE));
    SearchRequest alone =
        new SearchRequest(INDEX).source(new SearchSourceBuilder().retriever(fusion).size(12));
    List<String> window = search(alone).ids();
    RetrieverBuilder reranked =
        new ImageTextMatchRetrieverBuilder(
            new FusionRetrieverBuilder(12, parsed(IMAGE_TEXT), parsed(BY_TITLE)),
            12,
            new MatchOptions(
                "emoji-blip", QueryInput.text("a red heart"), "photo", null, false, null, false),
            services());
    SearchRequest request =
        new SearchRequest(INDEX).source(new SearchSourceBuilder().retriever(reranked).size(12));
    assertEquals(bestOf(window.stream().mapToInt(Integer::parseInt)), search(request).ids());
  }

  /** A search whose task tells of its progress, as that of an asynchronous search does. */
  private static final class Watched extends SearchRequest {
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger shards = new AtomicInteger();

    private Watched(SearchSourceBuilder source) {
      super(INDEX);
      source(source);
    }

    @Override
    public SearchTask createTask(
        long id, String type, String action, TaskId parent, Map<String, String> headers) {
      SearchTask task = super.createTask(id, type, action, parent, headers);
      task.setProgressListener(
          new SearchProgressListener() {
            @Override
            protected void onListShards(
                List<SearchShard> found,
                Map<String, Integer> skipped,
                Clusters clusters,
                boolean fetches,
                SearchTimeProvider times) {
              begun.incrementAndGet();
              shards.addAndGet(found.size());
            }
          });
      return task;
    }
  }

  public void testProgressIsThatOfTheSearchAlone() throws IOException {
    for (String retriever : List.of(IMAGE_TEXT, match(KNN, "'rank_window_size':20"))) {
      String json = retriever(retriever, "");
      Watched watched = new Watched(request(INDEX, json).source());
      assertEquals(search(json).ids(), search(watched).ids());
      assertEquals("not of the searches that it starts", 1, watched.begun.get());
      assertEquals(3, watched.shards.get());
    }
  }
}
