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
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.ExceptionsHelper;
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
import org.sightline.query.QueryServices;
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
    plugin().forget();
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

  /** Of the node that searches are sent to. */
  protected static QueryServices services() {
    return plugin().queryServices();
  }

  protected static Client node() {
    return client(coordinator());
  }

  protected final void createPhotos(String index) {
    create(index, MAPPING);
  }

  /** Creates an index of three shards. */
  protected final void create(String index, String mapping) {
    assertAcked(
        prepareCreate(index)
            .setSettings(
                Settings.builder()
                    .put("index.number_of_shards", 3)
                    .put("index.number_of_replicas", 0))
            .setMapping(Json.of(mapping)));
  }

  /** Creates an index whose only field is a vector. */
  protected final void createVectors(String index, String field, int dimensions, String options) {
    String vector = Strings.format("'type':'dense_vector','dims':%d%s", dimensions, options);
    create(index, "{'properties':{'" + field + "':{" + vector + "}}}");
  }

  /** Indexes the document {@code 1}, which has one field. */
  protected final void indexOne(String index, String routing, String field, Object value) {
    node()
        .prepareIndex(index)
        .setId("1")
        .setRouting(routing)
        .setSource(field, value)
        .setRefreshPolicy(WriteRequest.RefreshPolicy.IMMEDIATE)
        .get();
  }

  /** The vector field that {@link #imageText} and {@link #knn} search. */
  protected String vectorField() {
    return "photo_vector";
  }

  /** A search for a query; {@code more} are further sections, each after a comma. */
  protected static String body(String query, String more) {
    return "{'query':" + query + more + "}";
  }

  /** The query {@code image_text}; {@code options} are further ones, each after a comma. */
  protected final String imageText(String input, String options) {
    return Strings.format(
        "{'image_text':{'field':'%s','input':%s%s}}", vectorField(), input, options);
  }

  /** A {@code knn} query, section or retriever, with the query vector builder. */
  protected final String knn(String input, int k, String options) {
    return Strings.format(
        "{'knn':{'field':'%s','k':%d,'num_candidates':60,'query_vector_builder':"
            + "{'image_text_embedding':{'model_id':'emoji-clip','input':%s}}%s}}",
        vectorField(), k, input, options);
  }

  /** The input object of an image. */
  protected static String image(String caption) {
    return "{'type':'image','value':'" + ScriptedInference.image(caption) + "'}";
  }

  /** The input object of a stored vector. */
  protected static String document(String index, String id, String path) {
    return Strings.format(
        "{'type':'document','index':'%s','id':'%s','path':'%s'}", index, id, path);
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
        JsonXContent.jsonXContent.createParser(
            parserConfig().withRegistry(registry), Json.of(json))) {
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
    return search(request(index, json));
  }

  protected final Answer search(SearchRequest request) {
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

  protected final void assertFails(int status, String message, String json) {
    assertFails(status, message, INDEX, json);
  }

  /** The search fails with that status, and its root cause has that message. */
  protected final void assertFails(int status, String message, String index, String json) {
    Exception failure = expectThrows(Exception.class, () -> search(index, json));
    assertEquals(message, ElasticsearchException.guessRootCauses(failure)[0].getMessage());
    assertEquals(status, ExceptionsHelper.status(failure).getStatus());
  }

  protected static List<String> ids(Integer... positions) {
    return Arrays.stream(positions).map(String::valueOf).toList();
  }
}
