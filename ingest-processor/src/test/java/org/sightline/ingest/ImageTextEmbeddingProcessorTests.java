package org.sightline.ingest;

import static org.elasticsearch.ingest.IngestDocumentMatcher.assertIngestDocument;

import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.ingest.CompoundProcessor;
import org.elasticsearch.ingest.IngestDocument;
import org.sightline.runtime.inference.Digest;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;

public class ImageTextEmbeddingProcessorTests extends ProcessorTestCase {
  private static final InputOutput PHOTO_FIELD =
      new InputOutput("photo", InputType.IMAGE, "photo_vector");
  private static final InputOutput TITLE_FIELD =
      new InputOutput("title", InputType.TEXT, "title_vector");

  public ImageTextEmbeddingProcessorTests() {
    super("image_text_embedding", Map.of());
  }

  private static IngestDocument photoAndTitle() {
    return document(Map.of("photo", PHOTO, "title", "a cat"));
  }

  private static ImageTextEmbeddingOptions options(boolean skipExisting, boolean ignoreMissing) {
    return new ImageTextEmbeddingOptions(
        "clip",
        null,
        List.of(TITLE_FIELD, PHOTO_FIELD),
        "photo_digest",
        skipExisting,
        "made_from",
        ignoreMissing,
        false);
  }

  private ImageTextEmbeddingProcessor processor(ImageTextEmbeddingOptions options) {
    return new ImageTextEmbeddingProcessor("t", "d", options, new TestServices(inference, 100));
  }

  private Calls execute(ImageTextEmbeddingOptions options, IngestDocument document) {
    Calls calls = new Calls();
    processor(options).execute(document, calls::accept);
    return calls;
  }

  private static void assertVector(InferenceInput input, IngestDocument document, String field) {
    assertEquals(RecordingInference.boxedVector(input), document.getFieldValue(field, List.class));
  }

  private static void assertDigest(IngestDocument document, String field) {
    assertEquals(Digest.sha256(PICTURE), document.getFieldValue(field, String.class));
  }

  public void testOneRequestWithAllInputsAndVectorsInTheirFields() {
    IngestDocument document =
        document(Map.of("photo", "data:image/png;base64," + PHOTO, "title", "a cat"));
    Calls calls = execute(options(randomBoolean(), randomBoolean()), document);
    assertEquals("not before the inference answers", 0, calls.documents().size());
    assertEquals(1, inference.requests().size());
    assertEquals("clip", inference.requests().get(0).modelId());
    assertEquals(Purpose.INGEST, inference.requests().get(0).purpose());
    List<InferenceInput> inputs = inference.requests().get(0).inputs();
    assertEquals(2, inputs.size());
    assertEquals(new InferenceInput.Text("a cat"), inputs.get(0));
    assertArrayEquals(PICTURE, ((InferenceInput.Image) inputs.get(1)).bytes());

    inference.answer(0);

    assertSame(document, calls.onlyDocument());
    assertVector(inputs.get(0), document, "title_vector");
    assertVector(inputs.get(1), document, "photo_vector");
    assertDigest(document, "photo_digest");
    // simulate copies documents and knows few types
    assertIngestDocument(document, new IngestDocument(document));
  }

  public void testPicturesAreRemovedOnceTheyHaveTheirEmbeddings() {
    ImageTextEmbeddingOptions options =
        new ImageTextEmbeddingOptions(
            "clip",
            null,
            List.of(TITLE_FIELD, PHOTO_FIELD),
            "photo_digest",
            true,
            "made_from",
            true,
            true);
    IngestDocument document = photoAndTitle();
    Calls calls = execute(options, document);
    assertTrue("until the inference answers", document.hasField("photo"));
    inference.answer(0);
    calls.onlyDocument();
    assertFalse(document.hasField("photo"));
    assertEquals("a cat", document.getFieldValue("title", String.class));
    assertDigest(document, "photo_digest");

    document.setFieldValue("photo", PHOTO);
    execute(options, document).onlyDocument();
    assertEquals("nothing was embedded again", 1, inference.requests().size());
    assertFalse(document.hasField("photo"));

    execute(options, document).onlyDocument();
    assertTrue(document.hasField("photo_vector"));
  }

  public void testAFailureLeavesThePicture() {
    ImageTextEmbeddingOptions options =
        new ImageTextEmbeddingOptions(
            "clip", null, List.of(PHOTO_FIELD), null, false, "made_from", false, true);
    IngestDocument document = document(Map.of("photo", PHOTO));
    Calls calls = execute(options, document);
    inference.fail(0, InferenceException.invalid("is none"));
    calls.onlyFailure();
    assertTrue("for on_failure to see", document.hasField("photo"));
  }

  public void testNestedPathsAndBytes() {
    ImageTextEmbeddingOptions options =
        new ImageTextEmbeddingOptions(
            "clip",
            null,
            List.of(new InputOutput("media.photo", InputType.IMAGE, "vectors.photo")),
            "meta.digest",
            false,
            "made_from",
            false,
            false);
    IngestDocument document = document(Map.of("media", Map.of("photo", PICTURE)));
    Calls calls = execute(options, document);
    inference.answer(0);
    calls.onlyDocument();
    assertVector(InferenceInput.Image.of(PICTURE), document, "vectors.photo");
    assertDigest(document, "meta.digest");
  }

  public void testMissingInputs() {
    Map<String, Object> source = new HashMap<>(Map.of("title", "a cat"));
    Exception failure = execute(options(false, false), document(source)).onlyFailure();
    assertEquals(
        "[photo] is missing, expected a base64 image; set [ignore_missing] to true for documents"
            + " without it",
        failure.getMessage());
    assertEquals(400, ExceptionsHelper.status(failure).getStatus());
    assertEquals(0, inference.requests().size());

    IngestDocument document = document(source);
    Calls calls = execute(options(false, true), document);
    inference.answer(0);
    calls.onlyDocument();
    assertEquals(List.of(new InferenceInput.Text("a cat")), inference.requests().get(0).inputs());
    assertTrue(document.hasField("title_vector"));
    assertFalse(document.hasField("photo_vector"));
    assertFalse(document.hasField("photo_digest"));

    IngestDocument nothing = document(Map.of("other", 1));
    assertSame(nothing, execute(options(false, true), nothing).onlyDocument());
    assertEquals(1, inference.requests().size());
  }

  public void testValuesOfTheWrongType() {
    Map<Object, String> described =
        Map.of(
            42,
            "the number [42]",
            true,
            "the boolean [true]",
            Map.of("x", 1),
            "an object with 1 fields");
    described.forEach(
        (value, words) -> {
          Exception failure =
              execute(options(false, randomBoolean()), document(Map.of("title", value)))
                  .onlyFailure();
          assertEquals(
              "[title] must be a text with a letter, digit, symbol or emoji, got " + words,
              failure.getMessage());
          failure =
              execute(
                      options(false, randomBoolean()),
                      document(Map.of("title", "a cat", "photo", value)))
                  .onlyFailure();
          assertEquals("[photo] must be a base64 image, got " + words, failure.getMessage());
        });
    assertEquals(0, inference.requests().size());
  }

  public void testAPictureAsATextIsRefused() {
    Exception failure =
        execute(
                options(false, randomBoolean()),
                document(Map.of("title", "data:image/png;base64,iVBORw0KGgo=")))
            .onlyFailure();
    assertEquals(
        "[title] is a picture in base64, not a text: give it [input_type] [image]",
        failure.getMessage());
    assertEquals(0, inference.requests().size());
  }

  public void testImagesAreBoundedAndBase64() {
    String large = Base64.getEncoder().encodeToString(new byte[101]);
    Object value = randomBoolean() ? large : new byte[101];
    Exception failure =
        execute(options(false, false), document(Map.of("title", "a", "photo", value)))
            .onlyFailure();
    assertEquals("[photo] has 101 bytes, allowed are at most 100", failure.getMessage());
    assertEquals(400, ExceptionsHelper.status(failure).getStatus());
    failure =
        execute(options(false, false), document(Map.of("title", "a", "photo", "not base64!")))
            .onlyFailure();
    assertEquals(
        "[photo] is not base64: [ ] at character 4 of [not base64!], expected base64 or"
            + " data:image/…;base64,…",
        failure.getMessage());
    assertEquals(0, inference.requests().size());
  }

  public void testWithoutSkipExistingVectorsAreReplaced() {
    IngestDocument document =
        document(
            Map.of(
                "photo",
                PHOTO,
                "title",
                "a cat",
                "photo_vector",
                List.of(9f),
                "photo_digest",
                Digest.sha256(PICTURE)));
    Calls calls = execute(options(false, false), document);
    inference.answer(0);
    calls.onlyDocument();
    assertVector(InferenceInput.Image.of(PICTURE), document, "photo_vector");
  }

  public void testFailureOfAnInputNamesItsFieldAndLeavesTheDocumentAlone() {
    IngestDocument document = photoAndTitle();
    IngestDocument before = new IngestDocument(document);
    Calls calls = execute(options(false, false), document);
    inference.answer(
        0,
        List.of(
            RecordingInference.outcome(new InferenceInput.Text("a cat")),
            Outcome.failure(
                InferenceException.invalid("is not an image: 9 bytes, expected one of JPEG"))));
    Exception failure = calls.onlyFailure();
    assertEquals("[photo] is not an image: 9 bytes, expected one of JPEG", failure.getMessage());
    assertEquals(400, ExceptionsHelper.status(failure).getStatus());
    assertIngestDocument(before, document);
  }

  public void testCountsAreChecked() {
    IngestDocument document = photoAndTitle();
    Calls calls = execute(options(false, false), document);
    inference.answer(0, List.of(RecordingInference.outcome(new InferenceInput.Text("a cat"))));
    Exception failure = calls.onlyFailure();
    assertEquals("model [clip] answered [1] results for [2] inputs", failure.getMessage());
    assertFalse(document.hasField("title_vector"));
  }

  private static final Embedding TWO =
      new Embedding(List.of(new float[] {1, 2}, new float[] {3, 4}));

  public void testSeveralVectorsOfAnImageAreNestedObjects() {
    IngestDocument document = photoAndTitle();
    Calls calls = execute(options(randomBoolean(), false), document);
    InferenceInput title = inference.requests().get(0).inputs().get(0);
    inference.answer(0, List.of(RecordingInference.outcome(title), Outcome.success(TWO)));
    assertSame(document, calls.onlyDocument());
    assertEquals(
        List.of(Map.of("vector", List.of(1f, 2f)), Map.of("vector", List.of(3f, 4f))),
        document.getFieldValue("photo_vector", List.class));
    assertVector(title, document, "title_vector");
    assertDigest(document, "photo_digest");
    // later processors write into what they find, and simulate copies it
    document.setFieldValue("photo_vector.0.rank", 1);
    assertIngestDocument(document, new IngestDocument(document));
  }

  public void testSeveralVectorsOfATextAreRefused() {
    IngestDocument document = photoAndTitle();
    IngestDocument before = new IngestDocument(document);
    Calls calls = execute(options(false, false), document);
    inference.answer(0, List.of(Outcome.success(TWO), Outcome.success(TWO)));
    assertEquals(
        "[title] has 2 vectors with model [clip], expected one", calls.onlyFailure().getMessage());
    assertIngestDocument(before, document);
  }

  public void testStatusOfFailures() {
    Map<InferenceException.Kind, Integer> statuses =
        Map.of(
            InferenceException.Kind.INVALID_INPUT, 400,
            InferenceException.Kind.UNKNOWN_MODEL, 400,
            InferenceException.Kind.UNSUPPORTED, 400,
            InferenceException.Kind.MODEL_UNAVAILABLE, 503,
            InferenceException.Kind.OVERLOADED, 429,
            InferenceException.Kind.DEADLINE_EXCEEDED, 504,
            InferenceException.Kind.IMAGE_REQUIRED, 500,
            InferenceException.Kind.INTERNAL, 500,
            InferenceException.Kind.ERROR, 500,
            InferenceException.Kind.CANCELLED, 400);
    for (InferenceException.Kind kind : InferenceException.Kind.values()) {
      Calls calls = execute(options(false, false), photoAndTitle());
      InferenceException failure = new InferenceException(kind, "why");
      inference.fail(inference.requests().size() - 1, failure);
      Exception answered = calls.onlyFailure();
      assertEquals("why", answered.getMessage());
      assertEquals(
          kind.name(),
          statuses.get(kind).intValue(),
          ExceptionsHelper.status(answered).getStatus());
    }
  }

  public void testStatusSurvivesTheCompoundProcessor() {
    Calls calls = new Calls();
    new CompoundProcessor(processor(options(false, false))).execute(photoAndTitle(), calls::accept);
    inference.fail(
        0, new InferenceException(InferenceException.Kind.OVERLOADED, "queue of 2 is full"));
    assertEquals(429, ExceptionsHelper.status(calls.onlyFailure()).getStatus());
  }

  public void testInferenceThatThrowsCallsTheHandlerOnce() {
    Calls calls = new Calls();
    IngestServices broken = new TestServices(null, 100);
    new ImageTextEmbeddingProcessor("t", "d", options(false, false), broken)
        .execute(photoAndTitle(), calls::accept);
    assertTrue(calls.onlyFailure() instanceof NullPointerException);
  }
}
