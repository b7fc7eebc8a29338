package org.sightline.plugin.action;

import java.util.List;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.common.Strings;
import org.elasticsearch.test.ESTestCase;
import org.sightline.query.input.InputSource;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Outcome;

public class ResponseContentTests extends ESTestCase {
  private static final Outcome<Embedding> ONE =
      Outcome.success(new Embedding(List.of(new float[] {0.5f, -1f})));

  private static <T> Outcome<T> failure(String message) {
    return Outcome.failure(InferenceException.invalid(message));
  }

  public void testEmbeddings() {
    Outcome<Embedding> two =
        Outcome.success(new Embedding(List.of(new float[] {1f, 0f}, new float[] {0f, 1f})));
    assertEquals(
        "{\"model_id\":\"m\",\"dimensions\":2,\"embeddings\":[[0.5,-1.0],"
            + "{\"error\":{\"type\":\"invalid_input\",\"reason\":\"no\"}},"
            + "[[1.0,0.0],[0.0,1.0]]]}",
        Strings.toString(ApiResponse.embeddings("m", 2, List.of(ONE, failure("no"), two))));
  }

  public void testScores() {
    ApiResponse<MatchScore> response =
        ApiResponse.scores(
            "m",
            List.of(
                Outcome.success(new MatchScore(1f, 1f, 0.25f)),
                failure("no"),
                Outcome.success(new MatchScore(-2f, -2f, null))));
    assertEquals(
        "{\"model_id\":\"m\",\"scores\":["
            + "{\"probability\":0.5,\"logits\":[1.0,1.0],\"similarity\":0.25},"
            + "{\"error\":{\"type\":\"invalid_input\",\"reason\":\"no\"}},"
            + "{\"probability\":0.5,\"logits\":[-2.0,-2.0]}]}",
        Strings.toString(response));
  }

  public void testCaptions() {
    ApiResponse<List<Caption>> response =
        ApiResponse.captions(
            "m",
            List.of(
                Outcome.success(List.of(new Caption("a cat", -0.5f), new Caption("cat", -1f))),
                failure("no")));
    assertEquals(
        "{\"model_id\":\"m\",\"captions\":["
            + "[{\"text\":\"a cat\",\"score\":-0.5},{\"text\":\"cat\",\"score\":-1.0}],"
            + "{\"error\":{\"type\":\"invalid_input\",\"reason\":\"no\"}}]}",
        Strings.toString(response));
  }

  public void testTextsAmongImagesAreRefusedInTheirPlace() throws Exception {
    ApiInputs inputs =
        new ApiInputs(List.of(new InputSource.Text("a"), new InputSource.Image("AA==")), true);
    List<Outcome<InferenceInput>> decoded = inputs.decode(10, true);
    assertEquals(1, ApiInputs.usable(decoded).size());
    assertTrue(ApiInputs.usable(decoded).get(0) instanceof InferenceInput.Image);
    List<Outcome<Embedding>> results = inputs.merge(decoded, List.of(ONE));
    assertEquals("[input[0]] has the type [text], allowed is [image]", message(results.get(0)));
    assertSame(ONE, results.get(1));
  }

  public void testInputsThatCannotBeDecodedKeepTheirPlaces() throws Exception {
    ApiInputs inputs =
        new ApiInputs(
            List.of(
                new InputSource.Image("%%%%"),
                new InputSource.Text("a"),
                new InputSource.Document("i", "1", "v", null),
                new InputSource.Text("b"),
                new InputSource.Text(" …"),
                new InputSource.Text("data:image/png;base64,AAAA")),
            true);
    List<Outcome<InferenceInput>> decoded = inputs.decode(10, false);
    assertEquals(
        List.of(new InferenceInput.Text("a"), new InferenceInput.Text("b")),
        ApiInputs.usable(decoded));
    List<Outcome<Embedding>> merged = inputs.merge(decoded, List.of(ONE, failure("is not a word")));
    assertEquals(6, merged.size());
    assertEquals(
        "[input[0]] is not base64: [%] at character 1 of [%%%%], expected base64 or"
            + " data:image/…;base64,…",
        message(merged.get(0)));
    assertSame(ONE, merged.get(1));
    assertEquals(
        "[input[2]] has the type [document], allowed are [text, image]", message(merged.get(2)));
    assertEquals("[input[3]] is not a word", message(merged.get(3)));
    assertEquals(
        "[input[4]] is blank, expected a text with a letter, digit, symbol or emoji",
        message(merged.get(4)));
    String picture =
        "[input[5]] is a picture in base64, not a text: give it as {\"type\": \"image\","
            + " \"value\": \"…\"}";
    assertEquals(picture, message(merged.get(5)));
    InferenceException images =
        ((Outcome.Failure<InferenceInput>) inputs.decode(10, true).get(5)).error();
    assertEquals("where only images are taken", picture, images.getMessage());
  }

  private static String message(Outcome<Embedding> outcome) {
    return expectThrows(InferenceException.class, outcome::orThrow).getMessage();
  }

  public void testASingleInputFailsTheCall() {
    ApiInputs input = ApiInputs.single(new InputSource.Text("a"));
    ElasticsearchStatusException e =
        expectThrows(
            ElasticsearchStatusException.class,
            () -> input.merge(input.decode(10, false), List.of(failure("is not a word"))));
    assertEquals("[input] is not a word", e.getMessage());
    assertEquals(400, e.status().getStatus());
  }

  public void testCountsAreChecked() {
    ApiInputs input = ApiInputs.single(new InputSource.Text("a"));
    Exception e =
        expectThrows(
            Exception.class, () -> input.merge(input.decode(10, false), List.of(ONE, ONE)));
    assertEquals("inference answered [2] results for [1] inputs", e.getMessage());
  }
}
