package org.sightline.ingest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.ingest.IngestDocument;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;

public class ImageClassificationProcessorTests extends ProcessorTestCase {

  public ImageClassificationProcessorTests() {
    super(
        "image_classification",
        Map.of(
            "model_id",
            "clip",
            "input_field",
            "photo",
            "target_field",
            "photo_labels",
            "labels",
            List.of("cat", "dog", "bird")));
  }

  /** Texts lie on the axes in their order, images between them: nearest to the second. */
  private void answer(int index) {
    EmbedRequest request = inference.requests().get(index);
    List<Outcome<Embedding>> results = new ArrayList<>();
    for (InferenceInput input : request.inputs()) {
      float[] vector = {0.6f, 0.8f, 0};
      if (input instanceof InferenceInput.Text) {
        vector = new float[3];
        vector[results.size()] = 1;
      }
      results.add(Outcome.success(new Embedding(List.of(vector))));
    }
    inference.answer(index, results);
  }

  public void testWritesTheLikeliestLabels() throws Exception {
    IngestDocument document = execute(Map.of("photo", PHOTO), "num_top_classes", 2);
    assertEquals(
        List.of("a photo of a cat.", "a photo of a dog.", "a photo of a bird."),
        inference.requests().get(0).inputs().stream()
            .map(input -> ((InferenceInput.Text) input).value())
            .toList());
    answer(0);
    assertEquals("not before the image is embedded", 0, calls.documents().size());
    answer(1);
    assertEquals(1, calls.documents().size());
    assertSame(document, calls.onlyDocument());
    double sum = Math.exp(0.6) + Math.exp(0.8) + 1;
    List<?> labels = document.getFieldValue("photo_labels", List.class);
    assertEquals(2, labels.size());
    assertEquals("dog", ((Map<?, ?>) labels.get(0)).get("label"));
    assertEquals(Math.exp(0.8) / sum, (float) ((Map<?, ?>) labels.get(0)).get("probability"), 1e-6);
    assertEquals("cat", ((Map<?, ?>) labels.get(1)).get("label"));
    // simulate copies documents and knows few types
    assertEquals(document.getSource(), new IngestDocument(document).getSource());
  }

  public void testAVectorOfAnEarlierProcessorAndAMinimum() throws Exception {
    IngestDocument document =
        execute(
            Map.of("photo_vector", List.of(1.2f, 1.6, 0)),
            "input_field",
            null,
            "vector_field",
            "photo_vector",
            "templates",
            List.of("{}"),
            "num_top_classes",
            3,
            "min_probability",
            0.3);
    answer(0);
    assertEquals("the image is not embedded again", 1, inference.requests().size());
    assertNotNull(calls.onlyDocument());
    List<?> labels = document.getFieldValue("photo_labels", List.class);
    assertEquals(2, labels.size());
    assertEquals("dog", ((Map<?, ?>) labels.get(0)).get("label"));
  }

  /** The cosine is the best of the vectors: the first is of no label, the second most of a dog. */
  public void testSeveralVectorsOfAnEarlierProcessor() throws Exception {
    IngestDocument document =
        execute(
            Map.of(
                "photo_vectors",
                List.of(
                    Map.of("vector", List.of(-1, -1, -1)),
                    Map.of("vector", List.of(1.2f, 1.6, 0)))),
            "input_field",
            null,
            "vector_field",
            "photo_vectors",
            "num_top_classes",
            1);
    answer(0);
    List<?> labels = document.getFieldValue("photo_labels", List.class);
    assertEquals("dog", ((Map<?, ?>) labels.get(0)).get("label"));
    double sum = Math.exp(0.6) + Math.exp(0.8) + 1;
    assertEquals(Math.exp(0.8) / sum, (float) ((Map<?, ?>) labels.get(0)).get("probability"), 1e-6);
  }

  public void testMissingAndWrongInputs() throws Exception {
    execute(Map.of("other", 1));
    assertEquals(
        "[photo] is missing, expected a base64 image; set [ignore_missing] to true for documents"
            + " without it",
        calls.onlyFailure().getMessage());
    assertEquals(400, ExceptionsHelper.status(calls.onlyFailure()).getStatus());

    IngestDocument document = execute(Map.of("other", 1), "ignore_missing", true);
    assertSame(document, calls.onlyDocument());
    assertFalse(document.hasField("photo_labels"));

    execute(Map.of("v", List.of(1, "2", 3)), "input_field", null, "vector_field", "v");
    assertEquals(
        "[v] is no vector: expected a list of numbers, or of objects with one in [vector], as"
            + " [image_text_embedding] writes to its [output_field], got a list of 3 values",
        calls.onlyFailure().getMessage());

    execute(Map.of("v", List.of(1, 2)), "input_field", null, "vector_field", "v");
    assertEquals(
        "[v] has 2 dimensions, those of model [clip] have 3", calls.onlyFailure().getMessage());
    assertEquals(0, inference.requests().size());
  }

  public void testLabelsOfAPictureThatIsGoneGoToo() throws Exception {
    Map<String, Object> source = new HashMap<>();
    source.put("photo", randomFrom((Object) null, "", List.of()));
    source.put("photo_labels", List.of());
    execute(source);
    assertTrue(
        calls.onlyFailure().getMessage(),
        calls
            .onlyFailure()
            .getMessage()
            .endsWith("set [ignore_missing] to true for documents without it"));
    IngestDocument document = execute(source, "ignore_missing", true);
    calls.onlyDocument();
    assertFalse(document.hasField("photo_labels"));
    source.remove("photo");
    document = execute(source, "ignore_missing", true);
    calls.onlyDocument();
    assertTrue("an absent key says nothing", document.hasField("photo_labels"));
  }

  /** An earlier processor removes the vector of a picture that is gone. */
  public void testLabelsOfAVectorThatIsNotThereGo() throws Exception {
    Map<String, Object> source = new HashMap<>();
    source.put("photo_labels", List.of());
    if (randomBoolean()) {
      source.put("v", randomFrom((Object) null, List.of(), List.of(Map.of("offset", 0))));
    }
    Object[] options = {"input_field", null, "vector_field", "v", "ignore_missing", true};
    IngestDocument document = execute(source, options);
    calls.onlyDocument();
    assertFalse(document.hasField("photo_labels"));
    document = execute(source, "input_field", null, "vector_field", "v");
    assertEquals(
        "[v] is missing, expected a vector as [image_text_embedding] writes it; set"
            + " [ignore_missing] to true for documents without it",
        calls.onlyFailure().getMessage());
    assertTrue(document.hasField("photo_labels"));
  }

  public void testListsAreRefusedWithTheWayThatWorks() throws Exception {
    Map<String, Object> source = Map.of("gallery", List.of(Map.of("v", List.of(1, 2, 3))));
    Object[] options = {"input_field", null, "vector_field", "gallery.v", "ignore_missing", true};
    execute(source, options);
    assertEquals(
        "[gallery] is a list, [image_classification] takes one picture: put it into [foreach] with"
            + " [field] [gallery] and give it [vector_field] [_ingest._value.v]",
        calls.onlyFailure().getMessage());
  }

  public void testATargetThatCannotBeWritten() throws Exception {
    IngestDocument document = execute(Map.of("photo", PHOTO), "target_field", "photo.labels");
    answer(0);
    answer(1);
    assertTrue(
        calls.onlyFailure().getMessage(),
        calls.onlyFailure().getMessage().startsWith("[photo.labels] cannot be written: "));
    assertEquals(PHOTO, document.getFieldValue("photo", String.class));
  }

  public void testFailuresStayWithTheirDocument() throws Exception {
    IngestDocument document = execute(Map.of("photo", PHOTO));
    answer(0);
    inference.answer(1, List.of(Outcome.failure(InferenceException.invalid("is not an image"))));
    assertEquals("[photo] is not an image", calls.onlyFailure().getMessage());
    assertFalse(document.hasField("photo_labels"));

    execute(Map.of("photo", PHOTO));
    inference.fail(
        2, new InferenceException(InferenceException.Kind.OVERLOADED, "the queue is full"));
    answer(3);
    assertEquals(429, ExceptionsHelper.status(calls.onlyFailure()).getStatus());
  }

  public void testLabelsOfAnIndex() throws Exception {
    Map<String, String> source = Map.of("index", "products", "field", "category");
    services = services.with(List.of("shoe", "hat"));
    execute(Map.of("photo", PHOTO), "labels", source, "templates", List.of("{}"));
    assertEquals(
        List.of(new InferenceInput.Text("shoe"), new InferenceInput.Text("hat")),
        inference.requests().get(0).inputs());
    answer(0);
    answer(1);
    assertEquals(
        "hat",
        ((Map<?, ?>) calls.onlyDocument().getFieldValue("photo_labels", List.class).get(0))
            .get("label"));

    services = services.with(List.of());
    execute(Map.of("photo", PHOTO), "labels", source);
    assertEquals(
        "[labels] finds no values of [category] in [products]", calls.onlyFailure().getMessage());
    assertEquals(400, ExceptionsHelper.status(calls.onlyFailure()).getStatus());

    execute(Map.of("photo", PHOTO), "labels", Map.of("index", "none", "field", "category"));
    assertEquals("no such index [none]", calls.onlyFailure().getMessage());
    assertEquals(404, ExceptionsHelper.status(calls.onlyFailure()).getStatus());
  }

  public void testRefusedOptions() {
    assertRefused("[model_id] required property is missing", "model_id", null);
    assertRefused("[target_field] required property is missing", "target_field", null);
    assertRefused(
        "[input_field] expected either [input_field] or [vector_field], got neither",
        "input_field",
        null);
    assertRefused(
        "[input_field] expected either [input_field] or [vector_field], got both",
        "vector_field",
        "v");
    assertRefused("[target_field] must not be the input, got [photo]", "target_field", "photo");
    assertRefused(
        "[input_field] must be a dotted path without empty parts, got [a..b]",
        "input_field",
        "a..b");
    assertRefused("[labels] must have 1 to 1000 entries, got [0]", "labels", null);
    assertRefused("[labels] must hold strings, got the number [3]", "labels", List.of("a", 3));
    assertRefused("[labels] must be distinct, got [a] twice", "labels", List.of("a", "a"));
    assertRefused("[templates] must have one {} each, got [photo]", "templates", List.of("photo"));
    assertRefused("[field] required property is missing", "labels", Map.of("index", "a"));
    assertRefused(
        "[labels] does not support [size], expected [index, field]",
        "labels",
        Map.of("index", "a", "field", "b", "size", 1));
    assertRefused("[labels] must be a list of strings, got the string [cat]", "labels", "cat");
    assertRefused(
        "[templates] must have one {} each, got [photo]",
        "labels",
        Map.of("index", "a", "field", "b"),
        "templates",
        List.of("photo"));
    assertRefused("[num_top_classes] must be at least 1, got [0]", "num_top_classes", 0);
    assertRefused("[min_probability] must be in [0, 1], got [1.5]", "min_probability", 1.5);
    assertRefused(
        "processor [image_classification] doesn't support one or more provided configuration"
            + " parameters [k]",
        "k",
        3);
  }

  public void testModelsAreCheckedWhenAPipelineIsStored() throws Exception {
    create(config()).extraValidation();
    assertInvalid(
        config("model_id", "texts"),
        "classification needs the role [image_embedding], model [texts] has [text_embedding]");
    Exception e =
        expectThrows(
            IllegalArgumentException.class,
            () -> create(config("model_id", "none")).extraValidation());
    assertTrue(e.getMessage(), e.getMessage().startsWith("model [none] does not exist"));
  }
}
