package org.sightline.ingest;

import static org.elasticsearch.ingest.IngestDocumentMatcher.assertIngestDocument;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.elasticsearch.ingest.CompoundProcessor;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.IngestPipelineFieldAccessPattern;
import org.elasticsearch.ingest.Pipeline;
import org.elasticsearch.ingest.Processor;
import org.sightline.runtime.inference.Digest;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;

/** What was derived does not outlive its source, and is not derived again from the same. */
public class FreshnessTests extends ProcessorTestCase {
  private static final String OTHER = Base64.getEncoder().encodeToString(new byte[] {1, 2, 3});
  private static final List<Map<String, String>> FIELDS =
      List.of(
          Map.of("input_field", "photo", "input_type", "image", "output_field", "photo_vector"),
          Map.of("input_field", "back", "input_type", "image", "output_field", "back_vector"),
          Map.of("input_field", "title", "input_type", "text", "output_field", "title_vector"));

  public FreshnessTests() {
    super(
        "image_text_embedding",
        Map.of(
            "model_id",
            "clip",
            "input_output",
            FIELDS,
            "digest_field",
            "photo_digest",
            "ignore_missing",
            true));
  }

  private static Map<String, Object> source() {
    return new HashMap<>(Map.of("photo", PHOTO, "back", OTHER, "title", "a red heart"));
  }

  /** Runs the processor again on what it wrote, as an update does. */
  private List<InferenceInput> again(IngestDocument document, Object... more) throws Exception {
    int before = inference.requests().size();
    calls = new Calls();
    create(config(more)).execute(document, calls::accept);
    if (inference.requests().size() == before) {
      assertSame(document, calls.onlyDocument());
      return List.of();
    }
    inference.answer(before);
    assertSame(document, calls.onlyDocument());
    return inference.requests().get(before).inputs();
  }

  private IngestDocument embedded(Object... more) throws Exception {
    IngestDocument document = document(source());
    assertEquals(3, again(document, more).size());
    return document;
  }

  private static void assertVector(InferenceInput input, IngestDocument document, String field) {
    assertEquals(RecordingInference.boxedVector(input), document.getFieldValue(field, List.class));
  }

  public void testUnchangedInputsCostNoInference() throws Exception {
    IngestDocument document = embedded("skip_existing", true);
    List<?> fingerprints = document.getFieldValue("embedding_fingerprints", List.class);
    assertEquals(3, fingerprints.size());
    for (Object fingerprint : fingerprints) {
      assertTrue(
          fingerprint.toString(),
          fingerprint.toString().matches("(photo|back|title)_vector=[-_A-Za-z0-9]{22}"));
    }
    IngestDocument before = new IngestDocument(document);
    assertEquals(List.of(), again(document, "skip_existing", true));
    assertIngestDocument(before, document);
  }

  public void testOnlyWhatChangedIsEmbedded() throws Exception {
    IngestDocument document = embedded("skip_existing", true);
    document.setFieldValue("title", "a blue car");
    InferenceInput car = new InferenceInput.Text("a blue car");
    assertEquals(List.of(car), again(document, "skip_existing", true));
    assertVector(car, document, "title_vector");

    document.setFieldValue("back", PHOTO);
    assertEquals(1, again(document, "skip_existing", true).size());
    assertVector(InferenceInput.Image.of(PICTURE), document, "back_vector");

    document.setFieldValue("photo", OTHER);
    assertEquals(1, again(document, "skip_existing", true).size());
    assertEquals(
        Digest.sha256(new byte[] {1, 2, 3}), document.getFieldValue("photo_digest", String.class));
    assertEquals(List.of(), again(document, "skip_existing", true));
  }

  public void testAnotherModelOrVersionMakesAllAnew() throws Exception {
    IngestDocument document = embedded("skip_existing", true);
    assertEquals(3, again(document, "skip_existing", true, "model_id", "many").size());
    assertEquals(3, again(document, "skip_existing", true).size());
    services = services.withVersion(() -> "another");
    assertEquals(3, again(document, "skip_existing", true).size());
    assertEquals(List.of(), again(document, "skip_existing", true));
  }

  public void testAModelThatIsExchangedMeanwhileLeavesNoFingerprint() throws Exception {
    IngestDocument document = document(source());
    AtomicReference<String> version = new AtomicReference<>("one");
    services = services.withVersion(version::get);
    calls = new Calls();
    create(config("skip_existing", true)).execute(document, calls::accept);
    version.set("another");
    inference.answer(0);
    calls.onlyDocument();
    assertTrue(document.hasField("title_vector"));
    assertFalse(document.hasField("embedding_fingerprints"));
  }

  public void testVectorsOfUnknownOriginAreMadeAnew() throws Exception {
    Map<String, Object> source = source();
    source.put("photo_vector", List.of(9f));
    source.put("title_vector", List.of(8f));
    source.put("photo_digest", Digest.sha256(PICTURE));
    if (randomBoolean()) {
      source.put("embedding_fingerprints", randomFrom(7, List.of(7), "photo_vector=", Map.of()));
    }
    IngestDocument document = document(source);
    assertEquals(3, again(document, "skip_existing", true).size());
    assertVector(new InferenceInput.Text("a red heart"), document, "title_vector");
    assertEquals(List.of(), again(document, "skip_existing", true));
  }

  public void testVectorsThatSourceDoesNotShowAreMadeAnew() throws Exception {
    IngestDocument document = embedded("skip_existing", true);
    document.removeField("photo_vector");
    document.setFieldValue(
        "title_vector", randomFrom(List.of(), Map.of(), List.of(Map.of(), Map.of())));
    assertEquals(2, again(document, "skip_existing", true).size());
    assertVector(InferenceInput.Image.of(PICTURE), document, "photo_vector");
  }

  public void testSeveralVectorsOfAnImageAreKept() throws Exception {
    IngestDocument document = document(Map.of("photo", PHOTO));
    Object[] options = {"skip_existing", true, "model_id", "many"};
    calls = new Calls();
    create(config(options)).execute(document, calls::accept);
    Embedding two = new Embedding(List.of(new float[] {1, 2}, new float[] {3, 4}));
    inference.answer(0, List.of(Outcome.success(two)));
    calls.onlyDocument();
    IngestDocument before = new IngestDocument(document);
    assertEquals(List.of(), again(document, options));
    assertIngestDocument(before, document);
    // what is left where vectors are not shown
    document.setFieldValue(
        "photo_vector", List.of(Map.of("vector", List.of(9f)), Map.of("other", 1)));
    assertEquals(1, again(document, options).size());
  }

  public void testFingerprintsOfOtherProcessorsAreKept() throws Exception {
    Map<String, Object> source = source();
    source.put("made_from", new ArrayList<>(List.of("other=abc")));
    IngestDocument document = document(source);
    again(document, "skip_existing", true, "fingerprint_field", "made_from");
    List<?> written = document.getFieldValue("made_from", List.class);
    assertEquals(4, written.size());
    assertTrue(written.contains("other=abc"));
    // who does not say what it embeds leaves nothing that could be believed later
    again(document, "fingerprint_field", "made_from");
    assertEquals(List.of("other=abc"), document.getFieldValue("made_from", List.class));
  }

  public void testWithoutSkipExistingNothingIsRemembered() throws Exception {
    IngestDocument document = embedded();
    assertFalse(document.hasField("embedding_fingerprints"));
    assertEquals(3, again(document).size());
  }

  public void testWhatIsGoneTakesAlongWhatWasMadeOfIt() throws Exception {
    IngestDocument document = embedded("skip_existing", true);
    document.setFieldValue(
        "photo",
        randomFrom((Object) null, "", " \n", "data:image/png;base64,", new byte[0], List.of()));
    document.setFieldValue("title", randomFrom((Object) null, "", "…", List.of()));
    assertEquals(List.of(), again(document, "skip_existing", true));
    for (String gone : List.of("photo_vector", "photo_digest", "title_vector")) {
      assertFalse(gone, document.hasField(gone));
    }
    assertTrue("the other picture is there", document.hasField("back_vector"));
    List<?> left = document.getFieldValue("embedding_fingerprints", List.class);
    assertEquals(1, left.size());
    assertTrue(left.get(0).toString().startsWith("back_vector="));

    document.setFieldValue("back", (Object) null);
    again(document, "skip_existing", true);
    assertFalse(document.hasField("back_vector"));
    assertFalse(document.hasField("embedding_fingerprints"));
    again(document, "skip_existing", true);

    document.setFieldValue("photo", PHOTO);
    assertEquals(1, again(document, "skip_existing", true).size());
  }

  public void testAnObjectThatIsNullTakesItsFieldsAlong() throws Exception {
    Map<String, String> field =
        Map.of("input_field", "a.b.photo", "input_type", "image", "output_field", "v");
    Map<String, Object> source = new HashMap<>();
    source.put("v", List.of(9f));
    source.put("a", randomFrom((Object) null, new HashMap<>()));
    if (source.get("a") instanceof Map<?, ?>) {
      Map<String, Object> a = new HashMap<>();
      a.put("b", null);
      source.put("a", a);
    }
    IngestDocument document = document(source);
    again(document, "input_output", field, "digest_field", null);
    assertFalse(document.hasField("v"));
  }

  /** Pipelines may have paths resolved so that names in documents contain dots. */
  public void testNamesWithDots() throws Exception {
    List<Map<String, String>> fields =
        List.of(
            Map.of("input_field", "a.photo", "input_type", "image", "output_field", "a.v"),
            Map.of("input_field", "b.c.photo", "input_type", "image", "output_field", "b.c.v"));
    Map<String, Object> source = new HashMap<>();
    source.put("a.photo", null);
    source.put("a.v", List.of(9f));
    source.put("b.c", new ArrayList<>(List.of(new HashMap<>(Map.of("photo", PHOTO)))));
    IngestDocument document = document(source);
    Processor processor = create(config("input_output", fields, "digest_field", null));
    Pipeline pipeline =
        new Pipeline(
            "p",
            null,
            null,
            null,
            new CompoundProcessor(processor),
            IngestPipelineFieldAccessPattern.FLEXIBLE,
            null,
            null,
            null);
    calls = new Calls();
    document.executePipeline(pipeline, calls::accept);
    inference.answer(0);
    calls.onlyDocument();
    source.remove("a.v");
    source.put(
        "b.c",
        List.of(
            Map.of(
                "photo",
                PHOTO,
                "v",
                RecordingInference.boxedVector(InferenceInput.Image.of(PICTURE)))));
    assertEquals(source, document.getSource());
  }

  public void testAnAbsentKeyLeavesWhatIsThere() throws Exception {
    IngestDocument document = embedded("skip_existing", true, "remove_binary", true);
    assertFalse(document.hasField("photo"));
    IngestDocument before = new IngestDocument(document);
    assertEquals(List.of(), again(document, "skip_existing", true, "remove_binary", true));
    assertIngestDocument(before, document);
    if (randomBoolean()) {
      document.removeField("title");
      again(document, "skip_existing", true, "remove_binary", true);
      assertTrue(document.hasField("title_vector"));
    }
  }

  public void testWithoutIgnoreMissingWhatIsGoneFailsTheDocument() throws Exception {
    for (Map.Entry<String, Object> gone :
        Map.of(
                "is an empty list, expected a base64 image",
                List.of(),
                "is empty, expected a base64 image",
                randomFrom("", "data:image/png;base64,", new byte[0]))
            .entrySet()) {
      assertMissing("photo", gone.getValue(), gone.getKey());
    }
    assertMissing("photo", null, "is null, expected a base64 image");
    assertMissing("title", "!?", "is blank, expected a text with a letter, digit, symbol or emoji");
  }

  private void assertMissing(String field, Object value, String reason) throws Exception {
    Map<String, Object> source = source();
    source.put(field, value);
    source.put("photo_vector", List.of(9f));
    IngestDocument document = document(source);
    IngestDocument before = new IngestDocument(document);
    calls = new Calls();
    create(config("ignore_missing", false)).execute(document, calls::accept);
    assertEquals(
        "[" + field + "] " + reason + "; set [ignore_missing] to true for documents without it",
        calls.onlyFailure().getMessage());
    assertIngestDocument(before, document);
    assertEquals(0, inference.requests().size());
  }

  public void testAnOutputThatCannotBeWrittenLeavesTheDocumentAsItCame() throws Exception {
    List<Map<String, String>> fields = new ArrayList<>(FIELDS);
    fields.add(
        Map.of("input_field", "title", "input_type", "text", "output_field", "title.vector"));
    Map<String, Object> source = source();
    source.put("photo_vector", List.of(9f));
    IngestDocument document = document(source);
    IngestDocument before = new IngestDocument(document);
    calls = new Calls();
    create(config("input_output", fields, "skip_existing", true, "remove_binary", true))
        .execute(document, calls::accept);
    inference.answer(0);
    assertEquals(
        "[title.vector] cannot be written: cannot set [vector] with parent object of type"
            + " [java.lang.String] as part of path [title.vector]",
        calls.onlyFailure().getMessage());
    assertIngestDocument(before, document);
  }

  public void testVectorsGoOnlyWhereThoseOfTheModelAre() throws Exception {
    services =
        services.withMapped(
            Map.of(
                "index/photo_vector",
                new MappedModel("clip", null),
                "index/back_vector.vector",
                new MappedModel("blip", null)));
    IngestDocument document = document(source());
    document.getMetadata().setIndex("index");
    calls = new Calls();
    create(config()).execute(document, calls::accept);
    assertEquals(
        "[back_vector.vector] of index [index] has vectors of model [blip], the pipeline makes"
            + " those of model [clip]: name [blip] as [model_id], or another [output_field]",
        calls.onlyFailure().getMessage());
    assertTrue(calls.onlyFailure() instanceof IllegalArgumentException);
    assertEquals(0, inference.requests().size());

    MappedModel other = new MappedModel("clip", "ffff456789abcdef");
    services = services.withMapped(Map.of("index/title_vector", other));
    calls = new Calls();
    create(config()).execute(document, calls::accept);
    assertEquals(
        "[title_vector] of index [index] has vectors of version [ffff456789abcdef] of model [clip],"
            + " whose version is [0123456789abcdef]: embed the index again with that version, or"
            + " put version [ffff456789abcdef] back",
        calls.onlyFailure().getMessage());

    MappedModel same = new MappedModel("clip", "0123456789abcdef");
    services = services.withMapped(Map.of("index/title_vector", same));
    assertEquals(3, again(document).size());
  }
}
