package org.sightline.query.match;

import static org.elasticsearch.test.hamcrest.ElasticsearchAssertions.assertResponse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.search.profile.ProfileResult;
import org.elasticsearch.search.profile.SearchProfileShardResult;
import org.elasticsearch.test.ESIntegTestCase;
import org.sightline.query.match.RerankReport.Outcome;
import org.sightline.query.testing.Hidden;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.MatchStats;

/** What a rerank may see, and what it lets users see of itself. */
@ESIntegTestCase.SuiteScopeTestCase
public class RerankSightIT extends MatchIntegTestCase {
  public void testHiddenImageIsNotMatchedByDigest() throws IOException {
    cacheAll();
    inference().visibleFields = index -> Hidden.of("photo");
    assertFails(
        400,
        "[field] [photo] does not exist in [photos], did you mean [photo_digest]?",
        matchKnn(""));
    assertEquals(List.of(), inference().matchRequests);
    inference().visibleFields = index -> Hidden.of("price");
    inference().matchRequests.clear();
    search(matchKnn(""));
    assertEquals(10, inference().referencesSent());
    inference().matchRequests.clear();
    search(
        matchKnn("").replace("'field':'photo'", "'field':'title','digest_field':'photo_digest'"));
    assertEquals("the title's name covers no other digest", 0, inference().referencesSent());
  }

  private static RerankReport onlyReport() {
    assertEquals(1, inference().reranks.size());
    RerankReport report = inference().reranks.get(0);
    assertTrue(report.toString(), report.firstStageNanos() > 0);
    long parts = report.firstStageNanos() + report.fetchNanos() + report.matchNanos();
    assertTrue(report.toString(), parts <= report.tookNanos());
    return report;
  }

  public void testReport() throws IOException {
    cacheAll();
    for (int i = 0; i < 3; i++) {
      inference().cached.remove((String) photo(i, logit(i), true).get("photo_digest"));
    }
    inference().stats = new MatchStats(1, 2, 3, 5, 7, 0, null);
    search(matchKnn("'rank_window_size':20"));
    RerankReport report = onlyReport();
    assertEquals(
        new RerankReport(
            "emoji-blip",
            "photo",
            "a red heart",
            Outcome.RERANKED,
            null,
            20,
            20,
            3,
            3,
            report.tookNanos(),
            report.firstStageNanos(),
            report.fetchNanos(),
            report.matchNanos(),
            // two requests: by digest, then the three images
            new MatchStats(2, 4, 6, 10, 14, 0, null)),
        report);
    assertTrue(report.toString(), report.fetchNanos() > 0 && report.matchNanos() > 0);
  }

  public void testReportsOfFailures() throws IOException {
    inference().matchFailure =
        new InferenceException(InferenceException.Kind.OVERLOADED, "queue of [64] inputs is full");
    assertFails(429, "queue of [64] inputs is full", matchKnn(""));
    RerankReport failed = onlyReport();
    assertEquals(Outcome.FAILED, failed.outcome());
    assertEquals("queue of [64] inputs is full", failed.failure());
    inference().reranks.clear();
    search(matchKnn("'allow_rerank_failures':true"));
    RerankReport kept = onlyReport();
    assertEquals(Outcome.FIRST_STAGE, kept.outcome());
    assertEquals("queue of [64] inputs is full", kept.failure());
    assertEquals(10, kept.window());
    assertTrue("waiting in vain is matching too", kept.matchNanos() > 0);
    assertEquals(0, kept.matched());
  }

  /** What the coordinating node did, by the shards' ids; empty for a shard that has nothing. */
  private List<List<ProfileResult>> profile(String json) throws Exception {
    List<List<ProfileResult>> parts = new ArrayList<>();
    assertResponse(
        node().search(request(INDEX, json)),
        response -> {
          Map<String, SearchProfileShardResult> shards =
              new TreeMap<>(response.getSearchProfileShardResults());
          for (SearchProfileShardResult shard : shards.values()) {
            var dfs = shard.getSearchProfileDfsPhaseResult();
            ProfileResult statistics = dfs == null ? null : dfs.getDfsShardResult();
            parts.add(statistics == null ? List.of() : statistics.getProfiledChildren());
          }
        });
    return parts;
  }

  private static List<String> names(List<ProfileResult> parts) {
    return parts.stream().map(ProfileResult::getQueryName).toList();
  }

  public void testProfileOfARerank() throws Exception {
    inference().stats = new MatchStats(1, 2, 3, TimeUnit.MILLISECONDS.toNanos(5), 7, 1, null);
    List<List<ProfileResult>> shards =
        profile(retriever(match(KNN, "'rank_window_size':20"), "'profile':true"));
    assertEquals(3, shards.size());
    assertEquals(List.of("image_text_embedding", "image_text_match"), names(shards.get(0)));
    assertEquals("once for all shards", List.of(List.of(), List.of()), shards.subList(1, 3));
    ProfileResult embedding = shards.get(0).get(0);
    assertEquals("model [emoji-clip]", embedding.getLuceneDescription());
    assertEquals(Map.of("texts", 1), embedding.getDebugInfo());
    assertTrue(embedding.getTime() > 0);
    ProfileResult rerank = shards.get(0).get(1);
    RerankReport report = onlyReport();
    assertEquals("model [emoji-blip] on [photo]", rerank.getLuceneDescription());
    assertEquals(report.tookNanos(), rerank.getTime());
    Map<String, Object> expected = new TreeMap<>();
    expected.put("first_stage_in_nanos", report.firstStageNanos());
    expected.put("fetch_in_nanos", report.fetchNanos());
    expected.put("match_in_nanos", report.matchNanos());
    expected.put("outcome", "reranked");
    expected.put("window", 20);
    expected.put("matched", 20);
    expected.put("fetched", 20);
    expected.put("sent", 20);
    // of three requests: by digest, 16 images, 4 images
    expected.put("tokens_from_memory", 3);
    expected.put("tokens_from_disk", 6);
    expected.put("tokens_encoded", 9);
    expected.put("encode_in_nanos", TimeUnit.MILLISECONDS.toNanos(15));
    expected.put("queue_in_nanos", 21L);
    expected.put("failovers", 3);
    assertEquals(expected, rerank.getDebugInfo());
  }

  public void testProfileOfQueriesAndOfNestedReranks() throws Exception {
    String query =
        "{'query':{'image_text':{'field':'photo_vector','input':'angle 0'}},'profile':true}";
    assertEquals(List.of("image_text_embedding"), names(profile(query).get(0)));
    String knn = "{'knn':" + KNN.substring("{'knn':".length(), KNN.length() - 1);
    List<ProfileResult> section = profile(knn + ",'profile':true}").get(0);
    assertTrue("beside Elasticsearch's own", names(section).contains("image_text_embedding"));
    String nested = match(match(KNN, "'rank_window_size':20"), "'rank_window_size':10");
    assertEquals(
        List.of("image_text_embedding", "image_text_match", "image_text_match"),
        names(profile(retriever(nested, "'profile':true")).get(0)));
    for (List<ProfileResult> shard : profile(retriever(match(KNN, ""), ""))) {
      assertEquals("not asked for", List.of(), shard);
    }
  }
}
