package org.sightline.query.match;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.test.ESIntegTestCase;
import org.sightline.query.testing.Json;
import org.sightline.query.testing.ScriptedInference;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Purpose;

/** The retriever over three shards: order, window, filters, pages, aggregations, failures. */
@ESIntegTestCase.SuiteScopeTestCase
public class ImageTextMatchIT extends MatchIntegTestCase {
  private static List<String> firstStage(int size) {
    return IntStream.range(0, size).mapToObj(String::valueOf).toList();
  }

  private static void assertWarns(Answer answer, String words) {
    assertEquals(1, answer.warnings().size());
    String warning = answer.warnings().get(0);
    assertTrue(warning, warning.contains(Json.of(words)));
  }

  public void testReordersTheWindow() throws IOException {
    Answer answer = search(matchKnn("'rank_window_size':20"));
    assertEquals(bestOf(IntStream.range(0, 20)), answer.ids());
    for (int i = 0; i < 20; i++) {
      double logit = logit(Integer.parseInt(answer.ids().get(i)));
      assertEquals(1 / (1 + Math.exp(-logit)), answer.scores().get(i), 1e-6);
    }
    assertEquals(List.of(), answer.warnings());
  }

  public void testAsksAsWhatItIs() throws IOException {
    search(matchKnn("'rank_window_size':5"));
    for (MatchRequest request : inference().matchRequests) {
      assertEquals("emoji-blip", request.modelId());
      assertEquals(new InferenceInput.Text("a red heart"), request.query());
      assertEquals(Purpose.RERANK, request.purpose());
    }
    assertEquals(
        "one deadline for all",
        1,
        inference().matchRequests.stream().map(MatchRequest::deadline).distinct().count());
  }

  public void testDefaultWindowIsTen() throws IOException {
    assertEquals(bestOf(IntStream.range(0, 10)), search(matchKnn("")).ids());
  }

  public void testImagesAreSentOnlyWhenTheirFeaturesAreNotKnown() throws IOException {
    search(matchKnn("'rank_window_size':20"));
    assertEquals(20, inference().referencesSent());
    assertEquals(20, inference().imagesSent().size());
    assertEquals(20, new HashSet<>(inference().imagesSent()).size());

    inference().matchRequests.clear();
    Answer answer = search(matchKnn("'rank_window_size':25"));
    assertEquals(bestOf(IntStream.range(0, 25)), answer.ids());
    assertEquals(25, inference().referencesSent());
    Set<String> expected = new HashSet<>();
    IntStream.range(20, 25).forEach(i -> expected.add("p" + i + " " + logit(i)));
    assertEquals(expected, new HashSet<>(inference().imagesSent()));
    assertEquals(5, inference().imagesSent().size());
    assertEquals("documents of both searches", 20 + 5, inference().fetched());
  }

  public void testImagesAreSentAFewAtATime() throws IOException {
    search(matchKnn("'rank_window_size':50"));
    List<Integer> sizes =
        inference().matchRequests.stream()
            .map(request -> request.inputs().size())
            .sorted()
            .toList();
    assertEquals(List.of(2, 16, 16, 16, 50), sizes);
  }

  public void testNoDigestFieldNoReferences() throws IOException {
    Answer answer = search(matchKnn("'digest_field':'album','rank_window_size':20"));
    assertEquals(bestOf(IntStream.range(0, 20)), answer.ids());
    assertEquals(0, inference().referencesSent());
    assertFails(
        400,
        "[digest_field] [foto_digest] does not exist in [photos], did you mean [photo_digest]?",
        matchKnn("'digest_field':'foto_digest'"));
  }

  public void testDigestFieldOfAnotherTypeIsRefused() {
    assertFails(
        400,
        "[digest_field] must be a keyword field with doc values, [title] is of type [text] in"
            + " index [photos]",
        matchKnn("'digest_field':'title'"));
  }

  public void testDynamicallyMappedDigestIsFoundUnderItsKeyword() throws IOException {
    prepareCreate("dynamic").setMapping("photo", "type=keyword,index=false,doc_values=false").get();
    Map<String, Object> source = new HashMap<>(photo(1, 1, true));
    source.remove("photo_vector");
    index("dynamic", List.of(source));
    String all = "{'standard':{'query':{'match_all':{}}}}";
    assertEquals(ids(1), search("dynamic", retriever(match(all, ""), "")).ids());
    assertEquals(1, inference().referencesSent());
  }

  public void testMinScoreDropsByMatchScore() throws IOException {
    Answer answer = search(matchKnn("'rank_window_size':30,'min_score':0.5"));
    List<String> expected = bestOf(IntStream.range(0, 30).filter(i -> logit(i) >= 0));
    assertEquals(expected, answer.ids());
  }

  public void testFilterReachesTheFirstStage() throws IOException {
    Answer answer = search(matchKnn("'rank_window_size':20,'filter':{'term':{'album':'2026'}}"));
    assertEquals(bestOf(IntStream.iterate(0, i -> i < 60, i -> i + 3)), answer.ids());
  }

  public void testPages() throws IOException {
    List<String> all = bestOf(IntStream.range(0, 30));
    String window = match(KNN, "'rank_window_size':30");
    assertEquals(all.subList(0, 7), search(retriever(window, "'size':7")).ids());
    assertEquals(all.subList(7, 14), search(retriever(window, "'from':7,'size':7")).ids());
    assertEquals(all.subList(28, 30), search(retriever(window, "'from':28,'size':7")).ids());
    assertEquals(List.of(), search(retriever(window, "'from':40,'size':7")).ids());
  }

  public void testAggregationsAreAboutAllMatches() throws IOException {
    Answer answer =
        search(
            retriever(
                match(
                    "{'standard':{'query':{'range':{'position':{'lt':30}}}}}",
                    "'rank_window_size':5"),
                "'aggs':{'albums':{'terms':{'field':'album'}}}"));
    assertEquals(5, answer.ids().size());
    assertEquals(30, answer.total());
    assertEquals(
        "{'sterms#albums':{'doc_count_error_upper_bound':0,'sum_other_doc_count':0,"
            + "'buckets':[{'key':'2025','doc_count':20},{'key':'2026','doc_count':10}]}}",
        answer
            .aggregations()
            .get("albums")
            .replace('"', '\'')
            .replace("{'albums':", "{'sterms#albums':"));
  }

  public void testExplain() throws IOException {
    Answer answer =
        search(retriever(match(KNN, "'rank_window_size':5,'_name':'it'"), "'explain':true"));
    assertEquals(bestOf(IntStream.range(0, 5)), answer.ids());
    assertEquals(5, answer.explanations().size());
    for (int rank = 1; rank <= 5; rank++) {
      int position = Integer.parseInt(answer.ids().get(rank - 1));
      float logit = logit(position);
      String explanation = answer.explanations().get(rank - 1);
      for (String part :
          List.of(
              new MatchScore(0, logit, null).probability() + " = match probability",
              logit + " = logit of a match",
              "0.0 = logit of no match",
              logit / 10 + " = similarity of the embeddings",
              position + 1 + " = rank in the first stage",
              "= score in the first stage",
              "is at rank [" + rank + "], matched by model [emoji-blip]")) {
        assertTrue(explanation, explanation.contains(part));
      }
    }
    assertEquals(5, search(retriever(match(KNN, ""), "'size':5,'profile':true")).ids().size());
  }

  public void testNothingFound() throws IOException {
    Answer answer =
        search(
            retriever(
                match("{'standard':{'query':{'term':{'album':'none'}}}}", ""),
                "'aggs':{'albums':{'terms':{'field':'album'}}}"));
    assertEquals(List.of(), answer.ids());
    assertEquals(0, answer.total());
    assertEquals(List.of(), inference().matchRequests);
  }

  public void testImageTextQueryAsFirstStage() throws IOException {
    Answer answer =
        search(
            retriever(
                match(
                    "{'standard':{'query':{'image_text':{'field':'photo_vector','k':20,"
                        + "'input':'angle 0'}}}}",
                    "'rank_window_size':10,'filter':{'match_all':{}}"),
                ""));
    assertEquals(bestOf(IntStream.range(0, 10)), answer.ids());
  }

  public void testNestedInAnotherCompoundRetriever() throws IOException {
    // inner: the ten best of thirty by this query; outer: turned round by another query
    String inner = match(KNN, "'rank_window_size':30,'filter':{'range':{'position':{'lt':25}}}");
    String outer =
        match(inner, "'rank_window_size':10").replaceFirst("(?s)(.*)a red heart", "$1a sad face");
    Answer answer = search(retriever(outer, ""));
    List<String> expected =
        new ArrayList<>(bestOf(IntStream.range(0, 25)).subList(0, 10)).reversed();
    assertEquals(expected, answer.ids());
  }

  public void testFilterReachesThroughACompoundChild() throws IOException {
    String inner = match(KNN, "'rank_window_size':30");
    Answer answer =
        search(
            retriever(
                match(inner, "'rank_window_size':20,'filter':{'term':{'album':'2026'}}"), ""));
    assertEquals(bestOf(IntStream.iterate(0, i -> i < 60, i -> i + 3)), answer.ids());
  }

  public void testUnderAndOverARescorer() throws IOException {
    String byPosition =
        "'rescore':{'window_size':30,'query':{'score_mode':'total','query_weight':0,"
            + "'rescore_query':{'constant_score':{'filter':{'term':{'position':7}}}}}}";
    Answer over =
        search(
            retriever(
                "{'rescorer':{'retriever':"
                    + match(KNN, "'rank_window_size':30")
                    + ","
                    + byPosition
                    + "}}",
                "'size':3"));
    assertEquals("7", over.ids().get(0));
    Answer under =
        search(
            retriever(
                match(
                    "{'rescorer':{'retriever':{'standard':{'query':{'match_all':{}}}},"
                        + byPosition
                        + "}}",
                    "'rank_window_size':1"),
                "'size':1"));
    assertEquals(ids(7), under.ids());
  }

  public void testPlusSimilarity() throws IOException {
    Answer answer = search(matchKnn("'rank_window_size':20,'score_mode':'match_plus_similarity'"));
    assertEquals(bestOf(IntStream.range(0, 20)), answer.ids());
    for (int i = 0; i < 20; i++) {
      double sum = logit(Integer.parseInt(answer.ids().get(i))) * 1.1;
      assertEquals(sum < 0 ? 1 / (1 - sum) : 1 + sum, answer.scores().get(i), 1e-5);
    }
    inference().similarities = false;
    assertFails(
        400,
        "[score_mode] [match_plus_similarity] needs a model that gives a similarity as well, use"
            + " [match_probability]",
        matchKnn("'score_mode':'match_plus_similarity'"));
  }

  /** The search whose query is an image, matched with titles. */
  private static String titles(String image, String options) {
    return matchKnn(options)
        .replace("'input':'a red heart','field':'photo'", "'input':" + image + ",'field':'title'");
  }

  public void testImageAgainstTexts() throws IOException {
    Answer answer = search(titles(image("a red heart"), "'rank_window_size':20"));
    assertEquals(bestOf(IntStream.range(0, 20)), answer.ids());
    assertEquals(1, inference().matchRequests.size());
    MatchRequest request = inference().matchRequests.get(0);
    assertEquals(InferenceInput.Image.class, request.query().getClass());
    assertTrue(request.inputs().stream().allMatch(one -> one instanceof InferenceInput.Text));
  }

  public void testBadQueryImage() {
    assertFails(
        400,
        "[input] is not base64: [?] at character 1 of [????], expected base64 or"
            + " data:image/…;base64,…",
        titles("{'type':'image','value':'????'}", "'allow_rerank_failures':true"));
  }

  public void testDocumentsThatCannotBeScoredAreLast() throws IOException {
    Map<String, Object> without = new HashMap<>(photo(0, 0, false));
    without.remove("photo");
    Map<String, Object> broken = new HashMap<>(photo(1, 0, false));
    broken.put("photo", ScriptedInference.image("broken"));
    Map<String, Object> notBase64 = new HashMap<>(photo(2, 0, false));
    notBase64.put("photo", "???");
    Map<String, Object> many = new HashMap<>(photo(3, 0, false));
    many.put("photo", Collections.nCopies(65, "YQ=="));
    createPhotos("damaged");
    List<Map<String, Object>> photos = new ArrayList<>();
    photos.addAll(List.of(without, broken, notBase64, many));
    for (int i = 4; i < 10; i++) {
      photos.add(photo(i, logit(i), true));
    }
    index("damaged", photos);

    Answer answer = search("damaged", matchKnn("'rank_window_size':10"));
    List<String> expected = new ArrayList<>(bestOf(IntStream.range(4, 10)));
    expected.addAll(ids(0, 1, 2, 3));
    assertEquals(expected, answer.ids());
    assertWarns(
        answer,
        "'[image_text_match] could not score [3] of [10] documents, they are ranked last;"
            + " the first: document [");

    Answer dropped = search("damaged", matchKnn("'rank_window_size':10,'min_score':0.0001"));
    assertEquals(bestOf(IntStream.range(4, 10)), dropped.ids());
  }

  public void testFieldThatNoIndexMapsIsRefused() {
    assertFails(
        400,
        "[field] [foto] does not exist in [photos], did you mean [photo]?",
        matchKnn("").replace("'field':'photo'", "'field':'foto'"));
  }

  public void testFieldThatNoDocumentHasIsSaid() throws IOException {
    create("open", "{'dynamic':false,'properties':{'position':{'type':'long'}}}");
    index("open", IntStream.range(0, 10).mapToObj(i -> photo(i, logit(i), false)).toList());
    String all = "{'standard':{'query':{'match_all':{}}}}";
    Answer answer = search("open", retriever(match(all, ""), ""));
    assertEquals("unmapped, and there", bestOf(IntStream.range(0, 10)), answer.ids());
    answer = search("open", retriever(match(all, "").replace("'photo'", "'foto'"), ""));
    assertEquals(10, answer.ids().size());
    assertWarns(
        answer,
        "'[image_text_match] could not rerank, none of"
            + " [10] documents has [foto] in its _source'");
  }

  public void testFailedInferenceFailsTheSearch() {
    inference().matchFailure =
        new InferenceException(InferenceException.Kind.OVERLOADED, "queue of [64] inputs is full");
    assertFails(429, "queue of [64] inputs is full", matchKnn(""));
    inference().matchFailure =
        new InferenceException(InferenceException.Kind.UNSUPPORTED, "has no role [matching]");
    assertFails(400, "has no role [matching]", matchKnn("'allow_rerank_failures':false"));
    inference().matchFailure = null;
    inference().missingScores = 1;
    assertFails(500, "model [emoji-blip] answered [9] scores for [10] inputs", matchKnn(""));
  }

  public void testFailedInferenceMayBeAllowed() throws IOException {
    inference().matchFailure =
        new InferenceException(InferenceException.Kind.OVERLOADED, "queue of [64] inputs is full");
    Answer answer =
        search(matchKnn("'allow_rerank_failures':true,'rank_window_size':12,'min_score':0.99999"));
    // min_score is about match scores, and there are none
    assertEquals(firstStage(12), answer.ids());
    assertWarns(
        answer,
        "'[image_text_match] could not rerank, documents"
            + " are in the order of the first stage: queue of [64] inputs is full'");
    assertEquals(1, inference().fallbacks());
  }

  public void testFailureHalfWayIsAFailureOfTheWhole() throws IOException {
    cacheAll();
    inference().cached.remove((String) photo(3, logit(3), true).get("photo_digest"));
    inference().failOnBytes = true;
    assertFails(503, "the model is gone", matchKnn(""));
    Answer answer = search(matchKnn("'allow_rerank_failures':true"));
    assertEquals(firstStage(10), answer.ids());
  }

  public void testFailedFirstStageIsNeverAllowed() {
    String child = "{'standard':{'query':{'match':{'position':'not a number'}}}}";
    String body = retriever(match(child, "'allow_rerank_failures':true"), "");
    Exception failure = expectThrows(Exception.class, () -> search(body));
    assertEquals(400, ExceptionsHelper.status(failure).getStatus());
  }

  public void testSeveralIndices() throws IOException {
    createPhotos("photos-b");
    // the same ids as in the other index, and other logits
    List<Map<String, Object>> photos = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      photos.add(photo(i, 20 + i, i % 2 == 0));
    }
    index("photos-b", photos);
    Answer answer = search("photos,photos-b", matchKnn("'rank_window_size':10"));
    List<String> expected = new ArrayList<>(ids(4, 3, 2, 1, 0));
    expected.addAll(bestOf(IntStream.range(0, 5)));
    assertEquals(expected, answer.ids());
  }
}
