package org.sightline.query.match;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.elasticsearch.test.ESIntegTestCase;
import org.sightline.query.testing.QueryIntegTestCase;
import org.sightline.query.testing.ScriptedInference;
import org.sightline.runtime.inference.Digest;
import org.sightline.runtime.inference.InferenceInput;

/** Documents with several pictures or texts, which count by their best; digests that lie. */
@ESIntegTestCase.SuiteScopeTestCase
public class BestPictureIT extends QueryIntegTestCase {
  private static final String ALL =
      "{'standard':{'query':{'match_all':{}},'sort':{'position':'asc'}}}";

  @Override
  protected void setupSuiteScopeCluster() {
    create(
        INDEX,
        """
        {"properties": {
          "photos": {"type": "keyword", "index": false, "doc_values": false},
          "photos_digest": {"type": "keyword"},
          "gallery": {"type": "nested", "properties": {"photo": {"type": "binary"}}},
          "titles": {"type": "text"},
          "position": {"type": "integer"}}}
        """);
    index(
        INDEX,
        List.of(
            photos(0, true, 1, 2, 3), // best 3
            photos(1, true, -1, 4), // best 4
            photos(2, true, 2), // a list of one
            photos(3, false, 0, 3.5), // no digests
            photos(4, true), // none
            photos(5, true, 0.5, 0.25)));
  }

  private static String caption(int position, double logit) {
    return "p" + position + " " + logit;
  }

  private static String digest(String caption) {
    return Digest.sha256(caption.getBytes(StandardCharsets.UTF_8));
  }

  private static Map<String, Object> photos(int position, boolean digests, double... logits) {
    List<String> captions = new ArrayList<>();
    for (double logit : logits) {
      captions.add(caption(position, logit));
    }
    Map<String, Object> document = new HashMap<>();
    document.put("position", position);
    document.put("photos", captions.stream().map(ScriptedInference::image).toList());
    document.put(
        "gallery",
        captions.stream().map(one -> Map.of("photo", ScriptedInference.image(one))).toList());
    document.put("titles", captions);
    if (digests) {
      document.put("photos_digest", captions.stream().map(BestPictureIT::digest).toList());
    }
    return document;
  }

  private static String match(String field, String options) {
    return "{'retriever':{'image_text_match':{'retriever':"
        + ALL
        + ",'model_id':'emoji-blip','input':'a red heart','field':'"
        + field
        + "'"
        + (options.isEmpty() ? "" : "," + options)
        + "}}}";
  }

  private static final List<String> BEST_FIRST = ids(1, 3, 0, 2, 5, 4);

  public void testDocumentsCountByTheirBestPicture() throws IOException {
    Answer answer = search(match("photos", ""));
    assertEquals(BEST_FIRST, answer.ids());
    assertEquals(1 / (1 + Math.exp(-4)), answer.scores().get(0), 1e-6);
    assertEquals(1 / (1 + Math.exp(-3.5)), answer.scores().get(1), 1e-6);
    assertEquals(List.of(), answer.warnings());
    assertEquals("every digest was asked for", 8, inference().referencesSent());
    assertEquals(10, inference().imagesSent().size());
    assertEquals(6, inference().reranks.get(0).fetched());
    assertEquals(5, inference().reranks.get(0).sent());
    assertEquals(5, inference().reranks.get(0).matched());
  }

  public void testPicturesInAnArrayOfObjects() throws IOException {
    Answer answer = search(match("gallery.photo", ""));
    assertEquals(BEST_FIRST, answer.ids());
    assertEquals(List.of(), answer.warnings());
  }

  public void testDigestsCountWhenAllAreKnown() throws IOException {
    for (int position : new int[] {0, 1}) {
      for (double logit : new double[] {-1, 1, 2, 4}) {
        inference().cached.put(digest(caption(position, logit)), caption(position, logit));
      }
    }
    // of document 0 the best picture is not known, of document 1 both are
    Answer answer = search(match("photos", "'rank_window_size':2"));
    assertEquals(ids(1, 0), answer.ids());
    assertEquals(1 / (1 + Math.exp(-3)), answer.scores().get(1), 1e-6);
    assertEquals(
        "all of document 0, none of document 1",
        List.of("p0 1.0", "p0 2.0", "p0 3.0"),
        inference().imagesSent());
  }

  public void testTextsAgainstAPicture() throws IOException {
    String body = match("titles", "").replace("'a red heart'", image("a red heart"));
    assertEquals(BEST_FIRST, search(body).ids());
    assertEquals(1, inference().matchRequests.size());
  }

  public void testBadPicturesAreLeftOut() throws IOException {
    Map<String, Object> partly = photos(0, false, 1, 2);
    partly.put(
        "photos",
        Arrays.asList(
            ScriptedInference.image("p0 1.0"), null, "", "???", ScriptedInference.image("broken")));
    Map<String, Object> number = photos(1, false);
    number.put("photos", List.of(7));
    create("damaged", "{'properties':{'photos':{'type':'keyword'},'position':{'type':'long'}}}");
    index("damaged", List.of(partly, number, photos(2, false, 3)));
    Answer answer = search("damaged", match("photos", ""));
    assertEquals(ids(2, 0, 1), answer.ids());
    assertEquals(answer.warnings().toString(), 2, answer.warnings().size());
    assertTrue(
        answer.warnings().get(0),
        answer
            .warnings()
            .get(0)
            .contains(
                "[image_text_match] could not score [1] of [3] documents, they are ranked last;"
                    + " the first: document [1]: [photos] must be a base64 image, got [Integer]"));
    assertTrue(
        answer.warnings().get(1),
        answer
            .warnings()
            .get(1)
            .contains(
                "[image_text_match] could not score all of [photos] in [1] of [3] documents, the"
                    + " rest of it counts; the first: document [0]: [photos[3]] is not base64"));
  }

  public void testPicturesOfADocumentAreBounded() throws IOException {
    create("many", "{'properties':{'photos':{'type':'binary'},'position':{'type':'long'}}}");
    double[] logits = IntStream.range(0, 64).mapToDouble(i -> i / 32.0).toArray();
    index(
        "many",
        List.of(
            photos(0, false, logits),
            photos(1, false, IntStream.range(0, 65).mapToDouble(i -> i).toArray()),
            photos(2, false, 1)));
    Answer answer = search("many", match("photos", ""));
    assertEquals(ids(0, 2, 1), answer.ids());
    assertTrue(
        answer.warnings().toString(),
        answer
            .warnings()
            .get(0)
            .contains("document [1]: [photos] has [65] images, allowed are at most [64]"));
  }

  public void testPicturesInMemoryAreBounded() throws IOException {
    create(
        "wide",
        """
        {"properties": {"photos": {"type": "keyword", "index": false, "doc_values": false},
          "photos_digest": {"type": "keyword"}, "position": {"type": "long"}}}
        """);
    List<Map<String, Object>> documents = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      documents.add(photos(i, true, IntStream.range(0, 7).mapToDouble(j -> j).toArray()));
    }
    for (int i = 20; i < 60; i++) {
      documents.add(photos(i, false, IntStream.range(0, 5).mapToDouble(j -> j).toArray()));
    }
    index("wide", documents);
    search("wide", match("photos", "'rank_window_size':60"));
    List<Integer> sent =
        inference().matchRequests.stream()
            .filter(
                request ->
                    request.inputs().get(0) instanceof InferenceInput.Image image
                        && image.bytes() != null)
            .map(request -> request.inputs().size())
            .toList();
    assertEquals(20 * 7 + 40 * 5, sent.stream().mapToInt(i -> i).sum());
    assertTrue(sent.toString(), sent.stream().allMatch(size -> size <= 20));
    assertEquals(60, inference().fetched());
    assertTrue(
        "two documents of seven, three of five: " + inference().fetches(),
        inference().fetches().stream().filter(documentsAtOnce -> documentsAtOnce > 3).count() <= 1);
  }

  private static final String STALE =
      "[image_text_match] [1] of [%d] documents have a digest in [photos_digest] that is not of"
          + " their [photos], which changed without the ingest pipeline: the picture was scored,"
          + " but their vectors are stale too; update them with [_update_by_query] and the pipeline";

  public void testADigestThatDoesNotFitItsPictureIsTold() throws IOException {
    create(
        "changed",
        """
        {"properties": {"photos": {"type": "keyword", "index": false, "doc_values": false},
          "photos_digest": {"type": "keyword"}, "position": {"type": "long"}}}
        """);
    Map<String, Object> changed = photos(0, false, 1);
    changed.put("photos_digest", digest(caption(0, 5)));
    Map<String, Object> several = photos(1, true, 2, 0);
    index("changed", List.of(changed, several));
    Answer answer = search("changed", match("photos", ""));
    assertEquals("the picture counts", ids(1, 0), answer.ids());
    assertEquals(1 / (1 + Math.exp(-1)), answer.scores().get(1), 1e-6);
    assertEquals(1, answer.warnings().size());
    assertTrue(
        answer.warnings().get(0),
        answer.warnings().get(0).contains(String.format(Locale.ROOT, STALE, 2)));

    // an inference node knows the old picture: nobody sees that there is another one
    inference().cached.put(digest(caption(0, 5)), caption(0, 5));
    answer = search("changed", match("photos", ""));
    assertEquals(ids(0, 1), answer.ids());
    assertEquals(List.of(), answer.warnings());
    // unless all pictures are looked at
    inference().matchRequests.clear();
    answer = search("changed", match("photos", "'verify_digests':true"));
    assertEquals(ids(1, 0), answer.ids());
    assertEquals(0, inference().referencesSent());
    assertTrue(
        answer.warnings().toString(),
        answer.warnings().get(0).contains(String.format(Locale.ROOT, STALE, 2)));
  }

  private static final String PICTURES_WITH_PICTURE =
      "[image_text_match] matches a picture with texts, [field] [%s] holds pictures: for pictures"
          + " like a picture use the query [image_text] or [knn], with the picture as [input]; or"
          + " give a text as [input]";

  public void testAPictureIsNotMatchedWithPictures() throws IOException {
    String body = match("gallery.photo", "").replace("'a red heart'", image("a red heart"));
    assertFails(400, String.format(Locale.ROOT, PICTURES_WITH_PICTURE, "gallery.photo"), body);
    assertEquals("by the mapping", List.of(), inference().matchRequests);

    create("unmapped", "{'dynamic':false,'properties':{'position':{'type':'long'}}}");
    String png = png("a picture of a cat");
    index(
        "unmapped",
        List.of(
            Map.of("position", 0, "photo", png),
            Map.of("position", 1, "photo", "data:image/png;base64,AAAA")));
    String photo = match("photo", "").replace("'a red heart'", image("a red heart"));
    assertFails(400, String.format(Locale.ROOT, PICTURES_WITH_PICTURE, "photo"), "unmapped", photo);
    assertEquals("by its content", List.of(), inference().matchRequests);

    index("unmapped", List.of(Map.of("position", 2, "photo", "a title 2.5")));
    Answer answer = search("unmapped", photo);
    assertEquals("one picture does not spoil the rest", ids(2, 0, 1), answer.ids());
    assertTrue(
        answer.warnings().toString(),
        answer
            .warnings()
            .get(0)
            .contains(
                "could not score [2] of [3] documents, they are ranked last; the first: document"
                    + " [0]: [photo] is a picture in base64, not a text"));
  }

  /** Base64 of what begins as a PNG does. */
  private static String png(String rest) {
    String bytes = "\u0089PNG\r\n\u001A\n" + rest + Collections.nCopies(10, rest);
    return Base64.getEncoder().encodeToString(bytes.getBytes(StandardCharsets.ISO_8859_1));
  }
}
