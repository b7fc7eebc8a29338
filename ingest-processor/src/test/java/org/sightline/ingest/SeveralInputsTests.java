package org.sightline.ingest;

import static org.elasticsearch.ingest.IngestDocumentMatcher.assertIngestDocument;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.ingest.IngestDocument;
import org.sightline.runtime.inference.Digest;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;

/** Lists of pictures and texts, and pictures in lists of objects. */
public class SeveralInputsTests extends ProcessorTestCase {

  public SeveralInputsTests() {
    super("image_text_embedding", Map.of("model_id", "clip", "ignore_missing", true));
  }

  private static byte[] bytes(int number) {
    return new byte[] {1, 2, (byte) number};
  }

  private static String picture(int number) {
    return Base64.getEncoder().encodeToString(bytes(number));
  }

  private static List<Float> vector(int number) {
    return RecordingInference.boxedVector(InferenceInput.Image.of(bytes(number)));
  }

  private static List<Float> vector(String text) {
    return RecordingInference.boxedVector(new InferenceInput.Text(text));
  }

  private static Map<String, Object> at(int offset, List<Float> vector) {
    return Map.of("offset", offset, "vector", vector);
  }

  private static Map<String, Object> object(Object... names) {
    Map<String, Object> object = new HashMap<>();
    for (int i = 0; i < names.length; i += 2) {
      object.put((String) names[i], names[i + 1]);
    }
    return object;
  }

  private static Map<String, Object> field(String input, String type, String output) {
    return Map.of("input_field", input, "input_type", type, "output_field", output);
  }

  private static final Map<String, Object> PHOTOS = field("photos", "image", "photo_vectors");
  private static final Map<String, Object> EACH =
      field("gallery.photo", "image", "gallery.photo_vector");
  private static final Map<String, Object> FLAT = field("gallery.photo", "image", "photo_vectors");

  /** Runs the processor, again where it ran before. */
  private int run(IngestDocument document, Object inputOutput, Object... more) throws Exception {
    int before = inference.requests().size();
    Map<String, Object> config = config(more);
    config.put("input_output", inputOutput);
    calls = new Calls();
    create(config).execute(document, calls::accept);
    if (inference.requests().size() == before) {
      return 0;
    }
    inference.answer(before);
    assertSame(document, calls.onlyDocument());
    // simulate copies documents and knows few types
    assertIngestDocument(document, new IngestDocument(document));
    return inference.requests().get(before).inputs().size();
  }

  private static IngestDocument photos(Object... pictures) {
    return document(object("photos", new ArrayList<>(Arrays.asList(pictures))));
  }

  private static IngestDocument gallery(Object... elements) {
    return document(object("gallery", new ArrayList<>(Arrays.asList(elements))));
  }

  public void testEachPictureOfAListHasAVectorWithItsOffset() throws Exception {
    IngestDocument document = photos(picture(1), null, picture(2), "", picture(3));
    assertEquals(3, run(document, PHOTOS, "digest_field", "digests"));
    assertEquals(
        List.of(at(0, vector(1)), at(2, vector(2)), at(4, vector(3))),
        document.getFieldValue("photo_vectors", List.class));
    assertEquals(
        List.of(Digest.sha256(bytes(1)), Digest.sha256(bytes(2)), Digest.sha256(bytes(3))),
        document.getFieldValue("digests", List.class));
  }

  public void testAListOfOneIsAList() throws Exception {
    IngestDocument document = photos(picture(1));
    run(document, PHOTOS, "digest_field", "digests");
    assertEquals(List.of(at(0, vector(1))), document.getFieldValue("photo_vectors", List.class));
    assertEquals(List.of(Digest.sha256(bytes(1))), document.getFieldValue("digests", List.class));
  }

  public void testTextsOfAList() throws Exception {
    IngestDocument document = document(object("titles", List.of("a cat", "…", "a dog")));
    assertEquals(2, run(document, field("titles", "text", "v")));
    assertEquals(
        List.of(at(0, vector("a cat")), at(2, vector("a dog"))),
        document.getFieldValue("v", List.class));
  }

  public void testSeveralVectorsOfAPictureHaveItsOffset() throws Exception {
    Map<String, Object> config = config("input_output", PHOTOS);
    IngestDocument document = photos(picture(1), picture(2));
    calls = new Calls();
    create(config).execute(document, calls::accept);
    Embedding two = new Embedding(List.of(new float[] {1, 2}, new float[] {3, 4}));
    inference.answer(0, List.of(Outcome.success(two), Outcome.success(two)));
    calls.onlyDocument();
    assertEquals(
        List.of(
            at(0, List.of(1f, 2f)),
            at(0, List.of(3f, 4f)),
            at(1, List.of(1f, 2f)),
            at(1, List.of(3f, 4f))),
        document.getFieldValue("photo_vectors", List.class));
  }

  public void testEachObjectOfAListGetsItsOwnVector() throws Exception {
    IngestDocument document =
        gallery(
            object("photo", picture(1), "alt", "one"),
            object("alt", "none"),
            object("photo", null, "photo_vector", List.of(9f)),
            object("photo", picture(2)));
    assertEquals(2, run(document, EACH, "digest_field", "gallery.photo_digest"));
    assertEquals(
        List.of(
            object(
                "photo",
                picture(1),
                "alt",
                "one",
                "photo_vector",
                vector(1),
                "photo_digest",
                Digest.sha256(bytes(1))),
            object("alt", "none"),
            object("photo", null),
            object(
                "photo",
                picture(2),
                "photo_vector",
                vector(2),
                "photo_digest",
                Digest.sha256(bytes(2)))),
        document.getFieldValue("gallery", List.class));
  }

  public void testOneDigestListForPicturesWithVectorsOfTheirOwn() throws Exception {
    IngestDocument document =
        gallery(object("photo", picture(1)), object("alt", "none"), object("photo", picture(2)));
    run(document, EACH, "digest_field", "photo_digest");
    assertEquals(
        List.of(Digest.sha256(bytes(1)), Digest.sha256(bytes(2))),
        document.getFieldValue("photo_digest", List.class));
  }

  public void testPicturesOfObjectsInOneListWithTheirPlace() throws Exception {
    IngestDocument document =
        gallery(object("photo", picture(1)), null, object("alt", "x"), object("photo", picture(2)));
    assertEquals(2, run(document, FLAT));
    assertEquals(
        List.of(at(0, vector(1)), at(3, vector(2))),
        document.getFieldValue("photo_vectors", List.class));
  }

  public void testAnObjectInPlaceOfAListHasASingleVector() throws Exception {
    IngestDocument document = document(object("gallery", object("photo", picture(1))));
    run(document, EACH, "digest_field", "photo_digest");
    assertEquals(vector(1), document.getFieldValue("gallery.photo_vector", List.class));
    assertEquals(Digest.sha256(bytes(1)), document.getFieldValue("photo_digest", String.class));
  }

  public void testListsInLists() throws Exception {
    IngestDocument document =
        document(
            object(
                "shops",
                List.of(
                    object("goods", List.of(object("photos", List.of(picture(1), picture(2))))),
                    object("goods", List.of(object("photos", List.of(picture(3))))))));
    assertEquals(
        9,
        run(
            document,
            List.of(
                field("shops.goods.photos", "image", "all"),
                field("shops.goods.photos", "image", "shops.each"),
                field("shops.goods.photos", "image", "shops.goods.own")),
            "digest_field",
            null));
    assertEquals(
        List.of(at(0, vector(1)), at(1, vector(2)), at(2, vector(3))),
        document.getFieldValue("all", List.class));
    assertEquals(
        List.of(at(0, vector(1)), at(1, vector(2))),
        document.getFieldValue("shops.0.each", List.class));
    assertEquals(List.of(at(0, vector(3))), document.getFieldValue("shops.1.each", List.class));
    assertEquals(
        List.of(at(0, vector(3))), document.getFieldValue("shops.1.goods.0.own", List.class));
  }

  public void testPicturesAreRemovedWhereverTheyStand() throws Exception {
    IngestDocument document = gallery(object("photo", picture(1), "alt", "one"), object("alt", 2));
    document.setFieldValue("photos", new ArrayList<>(List.of(picture(3))));
    run(document, List.of(EACH, PHOTOS), "remove_binary", true);
    assertFalse(document.hasField("photos"));
    assertEquals(
        List.of(object("alt", "one", "photo_vector", vector(1)), object("alt", 2)),
        document.getFieldValue("gallery", List.class));
    // what is absent now stays embedded
    assertEquals(0, run(document, List.of(EACH, PHOTOS), "remove_binary", true));
    assertTrue(document.hasField("photo_vectors"));
    assertEquals(vector(1), document.getFieldValue("gallery.0.photo_vector", List.class));
  }

  public void testUnchangedListsCostNoInference() throws Exception {
    Map<String, Object> fields = randomFrom(List.of(PHOTOS, EACH, FLAT));
    IngestDocument document = gallery(object("photo", picture(1)), object("photo", picture(2)));
    document.setFieldValue("photos", new ArrayList<>(List.of(picture(1), picture(2))));
    assertEquals(2, run(document, fields, "skip_existing", true));
    IngestDocument before = new IngestDocument(document);
    assertEquals(0, run(document, fields, "skip_existing", true));
    assertIngestDocument(before, document);
    // the same pictures in another order
    document.setFieldValue("photos.0", picture(2));
    document.setFieldValue("photos.1", picture(1));
    document.setFieldValue("gallery.0.photo", picture(2));
    document.setFieldValue("gallery.1.photo", picture(1));
    assertEquals(2, run(document, fields, "skip_existing", true));
    // one of the vectors is not there
    Object output = fields.get("output_field");
    if (output.equals("gallery.photo_vector")) {
      document.removeField("gallery.1.photo_vector");
    } else {
      document.setFieldValue("photo_vectors", List.of(at(0, List.of(9f))));
    }
    assertEquals(2, run(document, fields, "skip_existing", true));
  }

  public void testAListWithoutPicturesTakesItsVectorsAlong() throws Exception {
    for (Object gone : Arrays.asList(null, List.of(), Arrays.asList(null, ""))) {
      IngestDocument document = document(object("photos", gone, "photo_vectors", List.of(9)));
      document.setFieldValue("digests", List.of("a"));
      assertEquals(0, run(document, PHOTOS, "digest_field", "digests", "skip_existing", true));
      assertFalse(document.hasField("photo_vectors"));
      assertFalse(document.hasField("digests"));
    }
    for (Object gone : Arrays.asList(null, List.of(), Arrays.asList((Object) null))) {
      IngestDocument document = document(object("gallery", gone, "photo_vectors", List.of(9)));
      run(document, FLAT);
      assertFalse(document.hasField("photo_vectors"));
    }
    IngestDocument document = gallery(object("alt", "the picture was removed"));
    document.setFieldValue("photo_vectors", List.of(9));
    run(document, FLAT);
    assertTrue("an absent key says nothing", document.hasField("photo_vectors"));
  }

  private String failure(IngestDocument document, Object fields, Object... more) throws Exception {
    IngestDocument before = new IngestDocument(document);
    Map<String, Object> config = config(more);
    config.put("input_output", fields);
    calls = new Calls();
    create(config).execute(document, calls::accept);
    Exception failure = calls.onlyFailure();
    assertEquals(400, ExceptionsHelper.status(failure).getStatus());
    assertIngestDocument(before, document);
    assertEquals(0, inference.requests().size());
    return failure.getMessage();
  }

  public void testMessagesNameThePlace() throws Exception {
    assertEquals(
        "[photos[1]] must be a base64 image, got the number [7]",
        failure(photos(picture(1), 7), PHOTOS));
    assertEquals(
        "[photos[0]] must be a base64 image, got a list of 1 values",
        failure(photos(List.of(picture(1))), PHOTOS));
    assertEquals(
        "[gallery[1].photo] must be a base64 image, got the boolean [true]",
        failure(gallery(object("photo", picture(1)), object("photo", true)), FLAT));
    assertEquals(
        "[gallery[0]] must be an object with [photo], got the string [a.png]",
        failure(gallery("a.png"), EACH));
    assertEquals(
        "[gallery[1].photo] is missing, expected a base64 image; set [ignore_missing] to true for"
            + " documents without it",
        failure(
            gallery(object("photo", picture(1)), object("alt", "x")),
            EACH,
            "ignore_missing",
            false));
    assertEquals(
        "the document has [10] inputs in [photos, title], allowed are at most [9]"
            + " (sightline.request.max_inputs)",
        failure(
            document(object("title", "a cat", "photos", Collections.nCopies(9, "no base64"))),
            List.of(PHOTOS, field("title", "text", "v"))));
  }

  public void testAPictureThatFailsFailsTheDocument() throws Exception {
    IngestDocument document = gallery(object("photo", picture(1)), object("photo", picture(2)));
    IngestDocument before = new IngestDocument(document);
    Map<String, Object> config = config("input_output", randomFrom(List.of(EACH, FLAT)));
    calls = new Calls();
    create(config).execute(document, calls::accept);
    inference.answer(
        0,
        List.of(
            RecordingInference.outcome(InferenceInput.Image.of(bytes(1))),
            Outcome.failure(InferenceException.invalid("is not an image"))));
    assertEquals("[gallery[1].photo] is not an image", calls.onlyFailure().getMessage());
    assertIngestDocument(before, document);
  }

  public void testFieldsAreListedOnceInTheFingerprints() throws Exception {
    IngestDocument document = gallery(object("photo", picture(1)), object("photo", picture(2)));
    run(document, List.of(EACH, FLAT), "skip_existing", true);
    Set<String> outputs = new TreeSet<>();
    for (Object entry : document.getFieldValue("embedding_fingerprints", List.class)) {
      outputs.add(entry.toString().substring(0, entry.toString().lastIndexOf('=')));
    }
    assertEquals(Set.of("gallery.photo_vector", "photo_vectors"), outputs);
  }

  /** What {@code foreach} does with each element. */
  public void testElementsOfForeach() throws Exception {
    IngestDocument document = document(Map.of());
    Map<String, Object> element = object("photo", picture(1));
    document.getIngestMetadata().put("_value", element);
    Map<String, Object> fields = field("_ingest._value.photo", "image", "_ingest._value.vector");
    Object[] options = {"skip_existing", true, "fingerprint_field", "_ingest._value.made_from"};
    assertEquals(1, run(document, fields, options));
    assertEquals(vector(1), element.get("vector"));
    assertEquals(0, run(document, fields, options));
    element.put("photo", picture(2));
    assertEquals(1, run(document, fields, options));
    assertEquals(vector(2), element.get("vector"));
  }
}
