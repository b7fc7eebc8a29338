package org.sightline.ingest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.ingest.IngestDocument;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;

public class ImageCaptionProcessorTests extends ProcessorTestCase {

  public ImageCaptionProcessorTests() {
    super(
        "image_caption",
        Map.of("model_id", "blip", "input_field", "photo", "target_field", "photo_caption"));
  }

  private void answerCaptions(Caption... captions) {
    inference
        .captions()
        .get(0)
        .stage()
        .complete(new CaptionResponse("blip", List.of(Outcome.success(List.of(captions)))));
  }

  /** Logits whose probability is the given one. */
  private void answerMatches(double... probabilities) {
    List<Outcome<MatchScore>> scores = new ArrayList<>();
    for (double p : probabilities) {
      scores.add(Outcome.success(new MatchScore(0, (float) Math.log(p / (1 - p)), null)));
    }
    inference.matches().get(0).stage().complete(new MatchResponse("blip", scores));
  }

  private static List<?> list(IngestDocument document, String field) {
    return document.getFieldValue(field, List.class);
  }

  public void testWritesCaptions() throws Exception {
    IngestDocument document =
        execute(
            Map.of("photo", PHOTO),
            "prompt",
            "a picture of",
            "num_captions",
            2,
            "num_beams",
            4,
            "max_length",
            16,
            "min_length",
            3,
            "repetition_penalty",
            1.5,
            "length_penalty",
            0.5);
    assertEquals(
        new CaptionOptions("a picture of", 2, 4, 16, 3, 1.5, 0.5, null, null),
        inference.captions().get(0).request().options());
    assertEquals(Purpose.CAPTION, inference.captions().get(0).request().purpose());
    assertEquals(0, calls.documents().size());
    answerCaptions(new Caption("a cat", -0.5f), new Caption("cat", -1f));
    assertSame(document, calls.onlyDocument());
    assertEquals(
        List.of(Map.of("text", "a cat", "score", -0.5f), Map.of("text", "cat", "score", -1f)),
        list(document, "photo_caption"));
    assertEquals("nothing is matched", 0, inference.matches().size());
    // simulate copies documents and knows few types
    assertEquals(document.getSource(), new IngestDocument(document).getSource());
  }

  public void testOptionsOfDrawing() throws Exception {
    execute(Map.of("photo", PHOTO), "top_p", 0.9, "seed", -3, "num_captions", 5);
    assertEquals(
        new CaptionOptions(null, 5, null, null, null, null, null, 0.9, -3L),
        inference.captions().get(0).request().options());
  }

  public void testKeepsWhatMatches() throws Exception {
    Map<String, Object> source = new HashMap<>();
    source.put("photo", PHOTO);
    source.put("title", "a dog");
    source.put("tags", new ArrayList<>(List.of("tabby", "barking")));
    source.put("alt", new HashMap<>(Map.of("en", "a cat on a mat")));
    IngestDocument document =
        execute(
            source,
            "num_captions",
            2,
            "min_match",
            0.6,
            "filter_fields",
            List.of("title", "tags", "alt.en", "missing"));
    answerCaptions(new Caption("a cat", -0.5f), new Caption("a car", -1f));
    assertEquals("not before the filter has answered", 0, calls.documents().size());
    assertEquals(
        List.of("a cat", "a car", "a dog", "tabby", "barking", "a cat on a mat"),
        inference.matches().get(0).request().inputs().stream()
            .map(input -> ((InferenceInput.Text) input).value())
            .toList());
    InferenceInput.Image query =
        (InferenceInput.Image) inference.matches().get(0).request().query();
    assertArrayEquals(PICTURE, query.bytes());

    answerMatches(0.75, 0.125, 0.25, 0.875, 0.5, 0.6000001);

    assertSame(document, calls.onlyDocument());
    assertEquals(1, list(document, "photo_caption").size());
    Map<?, ?> kept = (Map<?, ?>) list(document, "photo_caption").get(0);
    assertEquals("a cat", kept.get("text"));
    assertEquals(0.75f, (float) kept.get("match_probability"), 1e-6f);
    assertFalse("dropped as a whole", document.hasField("title"));
    assertEquals(List.of("tabby"), list(document, "tags"));
    assertEquals("a cat on a mat", document.getFieldValue("alt.en", String.class));
    List<?> report = list(document, "photo_caption_filter");
    assertEquals(4, report.size());
    Map<?, ?> dog = (Map<?, ?>) report.get(0);
    assertEquals("title", dog.get("field"));
    assertEquals("a dog", dog.get("text"));
    assertEquals(false, dog.get("kept"));
    assertEquals(0.25f, (float) dog.get("match_probability"), 1e-6f);
    assertEquals(true, ((Map<?, ?>) report.get(3)).get("kept"));
    assertEquals(document.getSource(), new IngestDocument(document).getSource());
  }

  public void testNothingIsWrittenWhenTheFilterFails() throws Exception {
    IngestDocument document =
        execute(
            Map.of("photo", PHOTO, "title", "a dog"),
            "min_match",
            0.5,
            "filter_fields",
            List.of("title"));
    answerCaptions(new Caption("a cat", -0.5f));
    inference
        .matches()
        .get(0)
        .stage()
        .completeExceptionally(
            new InferenceException(InferenceException.Kind.OVERLOADED, "the queue is full"));
    assertEquals(429, ExceptionsHelper.status(calls.onlyFailure()).getStatus());
    assertFalse(document.hasField("photo_caption"));
    assertEquals("a dog", document.getFieldValue("title", String.class));
  }

  public void testCountsAreChecked() throws Exception {
    execute(Map.of("photo", PHOTO), "min_match", 0.5);
    answerCaptions(new Caption("a cat", -0.5f));
    answerMatches(0.5, 0.5);
    assertEquals("matching answered [2] results for [1] inputs", calls.onlyFailure().getMessage());
  }

  public void testMissingAndWrongInputs() throws Exception {
    IngestDocument document = execute(Map.of("other", 1), "ignore_missing", true);
    assertSame(document, calls.onlyDocument());
    execute(Map.of("other", 1));
    assertEquals(
        "[photo] is missing, expected a base64 image; set [ignore_missing] to true for documents"
            + " without it",
        calls.onlyFailure().getMessage());
    execute(
        Map.of("photo", PHOTO, "title", 7), "min_match", 0.5, "filter_fields", List.of("title"));
    assertEquals(
        "[title] must be a string or a list of strings, got the number [7]",
        calls.onlyFailure().getMessage());
    assertEquals("refused before anything is asked", 0, inference.captions().size());
    execute(Map.of("photo", PHOTO));
    inference
        .captions()
        .get(0)
        .stage()
        .complete(
            new CaptionResponse(
                "blip",
                List.of(Outcome.failure(InferenceException.invalid("is not an image: 4 bytes")))));
    assertEquals("[photo] is not an image: 4 bytes", calls.onlyFailure().getMessage());
    assertEquals(400, ExceptionsHelper.status(calls.onlyFailure()).getStatus());
  }

  public void testCaptionsOfAPictureThatIsGoneGoToo() throws Exception {
    Map<String, Object> source = new HashMap<>();
    source.put("photo", randomFrom((Object) null, "", List.of()));
    source.put("title", 7);
    source.put("photo_caption", List.of());
    source.put("photo_caption_filter", List.of());
    Object[] options = {"min_match", 0.5, "filter_fields", List.of("title")};
    execute(source, options);
    assertTrue(calls.onlyFailure().getMessage(), calls.onlyFailure() != null);
    options =
        new Object[] {"min_match", 0.5, "filter_fields", List.of("title"), "ignore_missing", true};
    IngestDocument document = execute(source, options);
    calls.onlyDocument();
    assertFalse(document.hasField("photo_caption"));
    assertFalse(document.hasField("photo_caption_filter"));
    source.remove("photo");
    document = execute(source, options);
    calls.onlyDocument();
    assertTrue("an absent key says nothing", document.hasField("photo_caption"));
  }

  public void testBlankTextsAreNotJudged() throws Exception {
    Map<String, Object> source = new HashMap<>();
    source.put("photo", PHOTO);
    source.put("title", " ");
    source.put("tags", new ArrayList<>(Arrays.asList("", "barking", null, "tabby")));
    IngestDocument document =
        execute(source, "min_match", 0.5, "filter_fields", List.of("title", "tags"));
    answerCaptions(new Caption("a cat", -0.5f), new Caption(".", -1f));
    assertEquals(
        List.of("a cat", "barking", "tabby"),
        inference.matches().get(0).request().inputs().stream()
            .map(input -> ((InferenceInput.Text) input).value())
            .toList());
    answerMatches(0.75, 0.25, 0.875);
    calls.onlyDocument();
    assertEquals(1, list(document, "photo_caption").size());
    assertEquals(" ", document.getFieldValue("title", String.class));
    assertEquals(Arrays.asList("", null, "tabby"), list(document, "tags"));
  }

  public void testAllFieldsAreWrittenOrNone() throws Exception {
    Map<String, Object> source = new HashMap<>();
    source.put("photo", PHOTO);
    source.put("title", "a dog");
    IngestDocument document =
        execute(
            source,
            "min_match",
            0.5,
            "filter_fields",
            List.of("title"),
            "filter_target_field",
            "photo.report");
    answerCaptions(new Caption("a cat", -0.5f));
    answerMatches(0.75, 0.25);
    assertEquals(
        "[photo.report] cannot be written: cannot set [report] with parent object of type"
            + " [java.lang.String] as part of path [photo.report]",
        calls.onlyFailure().getMessage());
    assertFalse(document.hasField("photo_caption"));
    assertEquals("a dog", document.getFieldValue("title", String.class));
  }

  public void testListsAreRefusedWithTheWayThatWorks() throws Exception {
    execute(Map.of("photo", List.of(PHOTO)), "ignore_missing", true);
    assertEquals(
        "[photo] is a list, [image_caption] takes one picture: send one, or a list of objects with"
            + " one each, for [foreach]",
        calls.onlyFailure().getMessage());
    Map<String, Object> source = Map.of("gallery", List.of(Map.of("photo", PHOTO)));
    execute(source, "ignore_missing", true, "input_field", "gallery.photo");
    assertEquals(
        "[gallery] is a list, [image_caption] takes one picture: put it into [foreach] with [field]"
            + " [gallery] and give it [input_field] [_ingest._value.photo]",
        calls.onlyFailure().getMessage());
  }

  public void testRefusedOptions() {
    assertRefused("[num_beams] must be in [1, 16], got [17]", "num_beams", 17);
    assertRefused(
        "[top_p] draws at random and [num_beams] searches, expected only one of them",
        "top_p",
        0.9,
        "num_beams",
        3);
    assertRefused("[min_match] must be in [0, 1], got [1.5]", "min_match", 1.5);
    assertRefused(
        "[filter_fields] needs [min_match], without which nothing is filtered",
        "filter_fields",
        List.of("title"));
    assertRefused(
        "[match_model_id] needs [min_match], without which nothing is filtered",
        "match_model_id",
        "blip");
    assertRefused(
        "[filter_fields] must hold strings, got the number [3]",
        "min_match",
        0.5,
        "filter_fields",
        List.of(3));
    assertRefused(
        "[filter_fields] must name each field once, got [a, a]",
        "min_match",
        0.5,
        "filter_fields",
        List.of("a", "a"));
    assertRefused(
        "[filter_fields] must not have [target_field] [photo_caption]",
        "min_match",
        0.5,
        "filter_fields",
        List.of("photo_caption"));
    assertRefused("[target_field] must not be the input, got [photo]", "target_field", "photo");
    assertRefused(
        "processor [image_caption] doesn't support one or more provided configuration parameters"
            + " [beams]",
        "beams",
        3);
  }

  public void testModelsAreCheckedWhenAPipelineIsStored() throws Exception {
    create(config("min_match", 0.5)).extraValidation();
    assertInvalid(
        config("model_id", "clip"),
        "[model_id] needs the role [caption_decoder], model [clip] has [image_embedding,"
            + " text_embedding]");
    assertInvalid(
        config("model_id", "captioner", "min_match", 0.5),
        "[match_model_id] needs the role [matching], model [captioner] has [caption_decoder,"
            + " image_tokens]");
    create(config("model_id", "captioner", "min_match", 0.5, "match_model_id", "blip"))
        .extraValidation();
  }
}
