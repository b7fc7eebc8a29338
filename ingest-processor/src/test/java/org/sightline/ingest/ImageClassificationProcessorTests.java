package org.sightline.ingest;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ElasticsearchParseException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.ingest.ConfigurationUtils;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.ingest.TestIngestDocument;
import org.elasticsearch.test.ESTestCase;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;

public class ImageClassificationProcessorTests extends ESTestCase {
  private static final String PHOTO =
      Base64.getEncoder().encodeToString("a picture".getBytes(StandardCharsets.UTF_8));

  private final RecordingInference inference = new RecordingInference();
  private List<String> indexed = List.of();
  private final List<IngestDocument> documents = new ArrayList<>();
  private final List<Exception> failures = new ArrayList<>();

  private static Map<String, Object> config(Object... more) {
    Map<String, Object> config = new HashMap<>();
    config.put("model_id", "clip");
    config.put("input_field", "photo");
    config.put("target_field", "photo_labels");
    config.put("labels", List.of("cat", "dog", "bird"));
    for (int i = 0; i < more.length; i += 2) {
      if (more[i + 1] == null) {
        config.remove((String) more[i]);
      } else {
        config.put((String) more[i], more[i + 1]);
      }
    }
    return config;
  }

  /** As Elasticsearch does it: the leftovers of the factory are refused. */
  private ImageClassificationProcessor create(Map<String, Object> config) throws Exception {
    Processor.Factory factory =
        ImageClassificationProcessor.factory(new TestServices(inference, 100, indexed));
    return (ImageClassificationProcessor)
        ConfigurationUtils.readProcessor(
            Map.of("image_classification", factory),
            null,
            "image_classification",
            config,
            ProjectId.DEFAULT);
  }

  private IngestDocument execute(Map<String, Object> source, Object... more) throws Exception {
    IngestDocument document = TestIngestDocument.withDefaultVersion(new HashMap<>(source));
    create(config(more))
        .execute(
            document,
            (result, failure) -> {
              documents.add(result);
              failures.add(failure);
            });
    return document;
  }

  private Exception onlyFailure() {
    assertEquals("handler called exactly once", 1, failures.size());
    assertNull(documents.get(0));
    return failures.get(0);
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
    assertEquals("not before the image is embedded", 0, documents.size());
    answer(1);
    assertEquals(1, documents.size());
    assertSame(document, documents.get(0));
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
    assertNotNull(documents.get(0));
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
    assertEquals("[photo] is missing, expected a base64 image", onlyFailure().getMessage());
    assertEquals(400, ExceptionsHelper.status(failures.get(0)).getStatus());
    failures.clear();
    documents.clear();

    IngestDocument document = execute(Map.of("other", 1), "ignore_missing", true);
    assertSame(document, documents.get(0));
    assertFalse(document.hasField("photo_labels"));
    failures.clear();
    documents.clear();

    execute(Map.of("v", List.of(1, "2", 3)), "input_field", null, "vector_field", "v");
    assertEquals(
        "[v] must be a list of numbers, or of objects with one in [vector], got a list of 3 values",
        onlyFailure().getMessage());
    failures.clear();
    documents.clear();

    execute(Map.of("v", List.of(1, 2)), "input_field", null, "vector_field", "v");
    assertEquals("[v] has 2 dimensions, those of model [clip] have 3", onlyFailure().getMessage());
    assertEquals(0, inference.requests().size());
  }

  public void testFailuresStayWithTheirDocument() throws Exception {
    IngestDocument document = execute(Map.of("photo", PHOTO));
    answer(0);
    inference.answer(1, List.of(Outcome.failure(InferenceException.invalid("is not an image"))));
    assertEquals("[photo] is not an image", onlyFailure().getMessage());
    assertFalse(document.hasField("photo_labels"));
    failures.clear();
    documents.clear();

    execute(Map.of("photo", PHOTO));
    inference.fail(
        2, new InferenceException(InferenceException.Kind.OVERLOADED, "the queue is full"));
    answer(3);
    assertEquals(429, ExceptionsHelper.status(onlyFailure()).getStatus());
  }

  public void testLabelsOfAnIndex() throws Exception {
    Map<String, String> source = Map.of("index", "products", "field", "category");
    indexed = List.of("shoe", "hat");
    execute(Map.of("photo", PHOTO), "labels", source, "templates", List.of("{}"));
    assertEquals(
        List.of(new InferenceInput.Text("shoe"), new InferenceInput.Text("hat")),
        inference.requests().get(0).inputs());
    answer(0);
    answer(1);
    assertEquals(
        "hat",
        ((Map<?, ?>) documents.get(0).getFieldValue("photo_labels", List.class).get(0))
            .get("label"));
    documents.clear();
    failures.clear();

    indexed = List.of();
    execute(Map.of("photo", PHOTO), "labels", source);
    assertEquals(
        "[labels] finds no values of [category] in [products]", onlyFailure().getMessage());
    assertEquals(400, ExceptionsHelper.status(failures.get(0)).getStatus());
    documents.clear();
    failures.clear();

    execute(Map.of("photo", PHOTO), "labels", Map.of("index", "none", "field", "category"));
    assertEquals("no such index [none]", onlyFailure().getMessage());
    assertEquals(404, ExceptionsHelper.status(failures.get(0)).getStatus());
  }

  private void assertRefused(String message, Object... more) {
    ElasticsearchParseException e =
        expectThrows(ElasticsearchParseException.class, () -> create(config(more)));
    assertEquals(message, e.getMessage());
    assertEquals(400, e.status().getStatus());
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
    Exception e =
        expectThrows(
            IllegalArgumentException.class,
            () -> create(config("model_id", "texts")).extraValidation());
    assertEquals(
        "classification needs the role [image_embedding], model [texts] has [text_embedding]",
        e.getMessage());
    e =
        expectThrows(
            IllegalArgumentException.class,
            () -> create(config("model_id", "none")).extraValidation());
    assertTrue(e.getMessage(), e.getMessage().startsWith("model [none] does not exist"));
  }
}
