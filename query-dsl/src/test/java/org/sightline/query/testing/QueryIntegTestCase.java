package org.sightline.query.testing;

import static org.elasticsearch.test.hamcrest.ElasticsearchAssertions.assertAcked;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.bulk.BulkRequestBuilder;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.support.PlainActionFuture;
import org.elasticsearch.action.support.WriteRequest;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.PluginsService;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.SearchModule;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.test.ESIntegTestCase;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.junit.Before;
import org.sightline.runtime.inference.Digest;

/**
 * Two nodes in this JVM, an index of three shards, searches given as JSON to one of the nodes,
 * whose inference is {@link #inference()}.
 */
@ESIntegTestCase.ClusterScope(numDataNodes = 2, supportsDedicatedMasters = false)
public abstract class QueryIntegTestCase extends ESIntegTestCase {
  protected static final String INDEX = "photos";

  /** After which a search counts as never answered, generous for a busy machine. */
  protected static final TimeValue PATIENCE = TimeValue.timeValueMinutes(1);

  private static final String MAPPING =
      """
      {"properties": {
        "photo": {"type": "keyword", "index": false, "doc_values": false},
        "photo_digest": {"type": "keyword"},
        "photo_vector": {"type": "dense_vector", "dims": 8, "similarity": "cosine",
          "index_options": {"type": "flat"}, "meta": {"sightline.model_id": "emoji-clip"}},
        "title": {"type": "text"},
        "album": {"type": "keyword"},
        "position": {"type": "integer"}}}
      """;

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(TestQueryPlugin.class);
  }

  @Before
  public void forgetEarlierTests() {
    inference().reset();
  }

  private static String coordinator() {
    String[] nodes = internalCluster().getNodeNames();
    Arrays.sort(nodes);
    return nodes[0];
  }

  private static TestQueryPlugin plugin() {
    return internalCluster()
        .getInstance(PluginsService.class, coordinator())
        .filterPlugins(TestQueryPlugin.class)
        .findFirst()
        .orElseThrow();
  }

  protected static ScriptedInference inference() {
    return plugin().inference();
  }

  protected static Client node() {
    return client(coordinator());
  }

  protected final void createPhotos(String index) {
    assertAcked(
        prepareCreate(index)
            .setSettings(
                Settings.builder()
                    .put("index.number_of_shards", 3)
                    .put("index.number_of_replicas", 0))
            .setMapping(MAPPING));
  }

  /** Source of the document at a place in the first stage's order for {@code angle 0}. */
  protected static Map<String, Object> photo(int position, float matchLogit, boolean digest) {
    String caption = "p" + position + " " + matchLogit;
    String image = ScriptedInference.image(caption);
    Map<String, Object> source = new HashMap<>();
    source.put("photo", position % 2 == 0 ? image : "data:image/png;base64," + image);
    source.put("photo_vector", ScriptedInference.embedding("angle " + position));
    source.put("title", "title " + matchLogit);
    source.put("album", position % 3 == 0 ? "2026" : "2025");
    source.put("position", position);
    if (digest) {
      source.put("photo_digest", Digest.sha256(caption.getBytes(StandardCharsets.UTF_8)));
    }
    return source;
  }

  protected final void index(String index, List<Map<String, Object>> photos) {
    BulkRequestBuilder bulk =
        node().prepareBulk().setRefreshPolicy(WriteRequest.RefreshPolicy.IMMEDIATE);
    for (Map<String, Object> photo : photos) {
      bulk.add(node().prepareIndex(index).setId("" + photo.get("position")).setSource(photo));
    }
    assertFalse(bulk.get().hasFailures());
  }

  protected final SearchRequest request(String index, String json) throws IOException {
    NamedXContentRegistry registry =
        new NamedXContentRegistry(
            new SearchModule(Settings.EMPTY, List.of(plugin())).getNamedXContents());
    try (XContentParser parser =
        JsonXContent.jsonXContent.createParser(parserConfig().withRegistry(registry), json)) {
      return new SearchRequest(index.split(","))
          .allowPartialSearchResults(false)
          .source(new SearchSourceBuilder().parseXContent(parser, true, feature -> true));
    }
  }

  /** What a search answered; taken out of the response, which is released at once. */
  protected record Answer(
      List<String> ids,
      List<Float> scores,
      long total,
      List<String> explanations,
      Map<String, String> aggregations,
      List<String> warnings) {}

  protected final Answer search(String json) throws IOException {
    return search(INDEX, json);
  }

  protected final Answer search(String index, String json) throws IOException {
    SearchRequest request = request(index, json);
    PlainActionFuture<Answer> future = new PlainActionFuture<>();
    AtomicInteger answers = new AtomicInteger();
    ThreadContext context = node().threadPool().getThreadContext();
    try (var ignored = context.stashContext()) {
      node()
          .search(
              request,
              ActionListener.wrap(
                  response -> {
                    answers.incrementAndGet();
                    future.onResponse(
                        answer(
                            response,
                            context.getResponseHeaders().getOrDefault("Warning", List.of())));
                  },
                  e -> {
                    answers.incrementAndGet();
                    future.onFailure(e);
                  }));
    }
    try {
      return future.actionGet(PATIENCE);
    } finally {
      assertEquals("answered once", 1, answers.get());
    }
  }

  private static Answer answer(SearchResponse response, List<String> warnings) {
    List<String> ids = new ArrayList<>();
    List<Float> scores = new ArrayList<>();
    List<String> explanations = new ArrayList<>();
    for (SearchHit hit : response.getHits().getHits()) {
      ids.add(hit.getId());
      scores.add(hit.getScore());
      if (hit.getExplanation() != null) {
        explanations.add(hit.getExplanation().toString());
      }
    }
    Map<String, String> aggregations = new TreeMap<>();
    if (response.getAggregations() != null) {
      response
          .getAggregations()
          .asList()
          .forEach(one -> aggregations.put(one.getName(), Strings.toString(one)));
    }
    long total =
        response.getHits().getTotalHits() == null ? -1 : response.getHits().getTotalHits().value();
    return new Answer(ids, scores, total, explanations, aggregations, warnings);
  }

  protected final Throwable searchFailure(String json) {
    return expectThrows(Exception.class, () -> search(json));
  }

  protected static List<String> ids(Integer... positions) {
    return Arrays.stream(positions).map(String::valueOf).toList();
  }
}
