package org.sightline.ingest;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;

/** Image tokens that ingest has a second model keep, for reranks. */
public class MatchModelTests extends ProcessorTestCase {
  private static final String OTHER =
      Base64.getEncoder().encodeToString("another".getBytes(StandardCharsets.UTF_8));

  public MatchModelTests() {
    super(
        "image_text_embedding",
        Map.of(
            "model_id",
            "clip",
            "match_model_id",
            "matcher",
            "input_output",
            List.of(
                field("photos", "image", "photo_vectors"), field("title", "text", "title_vector")),
            "remove_binary",
            true));
  }

  private static Map<String, Object> field(String input, String type, String output) {
    Map<String, Object> field = new HashMap<>();
    field.put("input_field", input);
    field.put("input_type", type);
    field.put("output_field", output);
    return field;
  }

  private static Map<String, Object> photos() {
    return Map.of("photos", List.of(PHOTO, OTHER, PHOTO), "title", "a cat");
  }

  private static List<InferenceInput> images(EmbedRequest request) {
    return request.inputs().stream().filter(InferenceInput.Image.class::isInstance).toList();
  }

  public void testTheModelThatMatchesEncodesEachImageOnce() throws Exception {
    IngestDocument document = execute(photos());
    assertEquals(2, inference.requests().size());
    EmbedRequest embed = inference.requests().get(0);
    assertEquals("clip", embed.modelId());
    assertEquals(4, embed.inputs().size());
    EmbedRequest tokens = inference.requests().get(1);
    assertEquals("matcher", tokens.modelId());
    assertEquals(Purpose.INGEST, tokens.purpose());
    assertEquals(images(embed).subList(0, 2), tokens.inputs());
    inference.answer(0);
    assertEquals("not before its tokens are kept", List.of(), calls.documents());
    assertTrue(document.hasField("photos"));
    inference.answer(1);
    assertSame(document, calls.onlyDocument());
    assertFalse(document.hasField("photos"));
    assertEquals(3, document.getFieldValue("photo_vectors", List.class).size());
  }

  public void testAPictureWhoseTokensAreNotKeptStays() throws Exception {
    IngestDocument document = execute(photos());
    inference.answer(0);
    inference.answer(
        1,
        List.of(
            RecordingInference.outcome(new InferenceInput.Text("any")),
            Outcome.failure(
                new InferenceException(InferenceException.Kind.OVERLOADED, "queue is full"))));
    assertEquals("[photos[1]] queue is full", calls.onlyFailure().getMessage());
    assertTrue(document.hasField("photos"));
    assertFalse(document.hasField("photo_vectors"));
  }

  public void testNothingIsAskedOfItWithoutImages() throws Exception {
    execute(Map.of("title", "a cat"), "ignore_missing", true);
    assertEquals(List.of("clip"), inference.requests().stream().map(r -> r.modelId()).toList());
    inference.answer(0);
    calls.onlyDocument();
  }

  public void testKeptVectorsHaveTheirTokensMade() throws Exception {
    IngestDocument document =
        execute(photos(), "skip_existing", true, "remove_binary", null, "match_model_id", null);
    inference.answer(0);
    Map<String, Object> stored = calls.onlyDocument().getSource();
    document = execute(stored, "skip_existing", true);
    assertEquals("nothing to embed", 2, inference.requests().size());
    assertEquals("matcher", inference.requests().get(1).modelId());
    assertTrue(document.hasField("photos"));
    inference.answer(1);
    assertSame(document, calls.onlyDocument());
    assertFalse(document.hasField("photos"));
  }

  public void testTheSameModelEncodesOnce() throws Exception {
    Object[] same = {"model_id", "matcher", "skip_existing", true, "remove_binary", null};
    execute(photos(), same);
    assertEquals(1, inference.requests().size());
    inference.answer(0);
    execute(calls.onlyDocument().getSource(), same);
    assertEquals("the tokens may be gone", 2, inference.requests().size());
    assertEquals(2, inference.requests().get(1).inputs().size());
  }

  public void testTheModelMustMatchAndEmbed() throws Exception {
    assertInvalid(
        config("match_model_id", "clip"),
        "[match_model_id] needs the role [matching], model [clip] has"
            + " [image_embedding, text_embedding]");
    assertInvalid(
        config("match_model_id", "blip"),
        "[match_model_id] needs the role [image_embedding], model [blip] has"
            + " [caption_decoder, image_tokens, matching]");
    create(config()).extraValidation();
  }

  public void testAPipelineThatLeavesNothingToRerankIsTold() throws Exception {
    Processor processor = create(config("match_model_id", null));
    processor.extraValidation();
    assertWarnings(
        "[image_text_embedding] with [remove_binary]: no rerank can score the pictures that are"
            + " removed, because model [clip] does not match texts with images; where documents"
            + " are reranked, name the model that reranks as [match_model_id]");
    create(config("match_model_id", null, "remove_binary", null)).extraValidation();
    Map<String, Object> matching = config("match_model_id", null, "model_id", "matcher");
    matching.put("input_output", field("photos", "image", "photo_vectors"));
    create(matching).extraValidation();
  }
}
