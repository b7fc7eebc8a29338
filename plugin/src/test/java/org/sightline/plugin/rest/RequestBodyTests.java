package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.sightline.plugin.action.ApiCall;
import org.sightline.plugin.action.ApiInputs;
import org.sightline.plugin.action.InferenceAction.ClassifyOptions;
import org.sightline.query.input.InputSource;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.zeroshot.LabelSet;

public class RequestBodyTests extends ESTestCase {
  private static final String INPUT = "\"input\":{\"type\":\"image\",\"value\":\"AAAA\"}";
  private static final ApiInputs IMAGE = ApiInputs.single(new InputSource.Image("AAAA"));

  private interface Body<O> {
    ApiCall<O> parse(String modelId, XContentParser parser, int maxInputs) throws IOException;
  }

  private <O> ApiCall<O> parse(Body<O> body, String json) throws IOException {
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, json)) {
      return body.parse("m", parser, 3);
    }
  }

  private void assertRefused(Body<?> body, String json, String message) {
    ParsingException e = expectThrows(ParsingException.class, () -> parse(body, json));
    assertEquals(message, e.getMessage());
    assertEquals(400, e.status().getStatus());
  }

  private static <O> ApiCall<O> call(ApiInputs inputs, O options) {
    return new ApiCall<>("m", inputs, options);
  }

  public void testSingleInputs() throws IOException {
    assertEquals(
        call(ApiInputs.single(new InputSource.Text("a cat")), null),
        parse(RequestBody::embed, "{\"input\":\"a cat\"}"));
    assertEquals(call(IMAGE, null), parse(RequestBody::embed, "{" + INPUT + "}"));
  }

  public void testListsAndQueries() throws IOException {
    assertEquals(
        call(
            new ApiInputs(List.of(new InputSource.Text("a"), new InputSource.Text("b")), true),
            new InputSource.Image("AAAA")),
        parse(
            RequestBody::match,
            "{\"input\":[\"a\",{\"type\":\"text\",\"value\":\"b\"}],"
                + "\"query\":{\"type\":\"image\",\"value\":\"AAAA\"}}"));
    assertEquals(
        "a blank text is refused in its place, not with the list",
        2,
        parse(RequestBody::embed, "{\"input\":[\"a\",\"\"]}").inputs().sources().size());
    assertTrue(
        "a list of one is a list",
        parse(RequestBody::embed, "{\"input\":[\"a\"]}").inputs().list());
  }

  /** Beyond a depth of 1,000 the parser itself refuses. */
  public void testABodyIsOneObjectAndNotTooDeep() {
    Body<Void> embed = RequestBody::embed;
    String behind = "the body must end with its object, got more behind it";
    assertRefused(embed, "{\"input\":\"a\"} {\"input\":\"b\"}", behind);
    assertRefused(embed, "{\"input\":\"a\"}[", behind);
    for (String deep : List.of("[".repeat(2000), "{\"a\":".repeat(2000))) {
      for (String place : List.of("%s", "{%s", "{\"input\":%s", "{\"input\":\"a\"}%s")) {
        String json = place.replace("%s", deep);
        Exception e = expectThrows(Exception.class, () -> parse(embed, json));
        assertEquals(json, RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
      }
      String value = "{\"input\":{\"type\":\"image\",\"value\":" + deep;
      Exception e = expectThrows(Exception.class, () -> parse(embed, value));
      assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(e));
    }
  }

  public void testRefusedInputs() {
    Body<Void> embed = RequestBody::embed;
    Body<InputSource> match = RequestBody::match;
    assertRefused(embed, "[]", "the body must be an object with [input]");
    assertRefused(embed, "{}", "[input] is missing");
    assertRefused(match, "{\"input\":\"a\"}", "[query] is missing");
    assertRefused(match, "{\"query\":\"a\"}", "[input] is missing");
    assertRefused(
        embed, "{\"input\":\"a\",\"query\":\"b\"}", "unknown key [query], allowed are [input]");
    assertRefused(match, "{\"inptu\":\"a\"}", "unknown key [inptu], allowed are [input, query]");
    assertRefused(match, "{\"{}\":\"a\"}", "unknown key [{}], allowed are [input, query]");
    assertRefused(embed, "{\"input\":[]}", "[input] is an empty list, expected at least one input");
    assertRefused(
        embed, "{\"input\":[\"a\",\"b\",\"c\",\"d\"]}", "[input] has more than [3] inputs");
    assertRefused(embed, "{\"input\":[[\"a\"]]}", "[input[0]] must be a single input, got a list");
    assertRefused(
        match, "{\"input\":\"a\",\"query\":[\"a\"]}", "[query] must be a single input, got a list");
    assertRefused(
        embed,
        "{\"input\":[\"a\",{\"type\":\"text\",\"value\":\"b\",\"weight\":2}]}",
        "[input[1]] has a [weight], which only searches combine");
  }

  public void testCaption() throws IOException {
    Body<CaptionOptions> caption = RequestBody::caption;
    assertEquals(call(IMAGE, CaptionOptions.DEFAULTS), parse(caption, "{" + INPUT + "}"));
    assertEquals(
        call(IMAGE, new CaptionOptions("a picture of", 2, 3, 20, 5, 1.1, 0.0, null, null)),
        parse(
            caption,
            "{"
                + INPUT
                + ",\"prompt\":\"a picture of\",\"num_captions\":2,\"num_beams\":3,"
                + "\"max_length\":20,\"min_length\":5,\"repetition_penalty\":1.1,"
                + "\"length_penalty\":0}"));
    assertEquals(
        call(IMAGE, new CaptionOptions(null, null, null, null, null, null, null, 0.9, -7L)),
        parse(caption, "{" + INPUT + ",\"top_p\":0.9,\"seed\":-7}"));
    assertRefused(caption, "{}", "[input] is missing");
    String before = "{" + INPUT + ",";
    assertRefused(caption, before + "\"num_beams\":0}", "[num_beams] must be in [1, 16], got [0]");
    assertRefused(
        caption, before + "\"num_beams\":1.5}", "[num_beams] must be a whole number, got [1.5]");
    assertRefused(
        caption,
        before + "\"num_beams\":1e12}",
        "[num_beams] must be in [1, 16], got [2147483647]");
    assertRefused(
        caption, before + "\"num_beams\":\"3\"}", "[num_beams] must be a number, got [3]");
    assertRefused(caption, before + "\"prompt\":3}", "[prompt] must be a string");
    assertRefused(caption, before + "\"top_p\":2}", "[top_p] must be in (0, 1.0], got [2.0]");
    assertRefused(
        caption, before + "\"seed\":1}", "[seed] needs [top_p], nothing is drawn without it");
    assertRefused(
        caption,
        before + "\"beams\":3}",
        "unknown key [beams], allowed are [input, length_penalty, max_length, min_length,"
            + " num_beams, num_captions, prompt, repetition_penalty, seed, top_p]");
  }

  public void testClassify() throws IOException {
    Body<ClassifyOptions> classify = RequestBody::classify;
    List<String> labels = List.of("a", "b");
    String input = "{" + INPUT + ",\"labels\":[\"a\",\"b\"]";
    assertEquals(
        call(
            IMAGE,
            new ClassifyOptions(
                new LabelSet(labels, List.of("a photo of a {}.")), Integer.MAX_VALUE)),
        parse(classify, input + "}"));
    assertEquals(
        call(IMAGE, new ClassifyOptions(new LabelSet(labels, List.of("{}", "my {}")), 1)),
        parse(classify, input + ",\"templates\":[\"{}\",\"my {}\"],\"num_top_classes\":1}"));
    assertRefused(classify, "{\"labels\":[\"a\"]}", "[input] is missing");
    assertRefused(classify, "{\"input\":\"a\"}", "[labels] is missing");
    String before = "{\"input\":\"a\",";
    assertRefused(classify, before + "\"labels\":\"b\"}", "[labels] must be a list of strings");
    assertRefused(classify, before + "\"labels\":[\"b\",1]}", "[labels[1]] must be a string");
    assertRefused(
        classify, before + "\"labels\":[]}", "[labels] must have 1 to 1000 entries, got [0]");
    assertRefused(
        classify,
        before + "\"labels\":[\"b\"],\"templates\":[\"c\"]}",
        "[templates] must have one {} each, got [c]");
    assertRefused(
        classify,
        before + "\"labels\":[\"b\"],\"num_top_classes\":0}",
        "[num_top_classes] must be a number of at least 1, got [0]");
    assertRefused(
        classify,
        before + "\"label\":[\"b\"]}",
        "unknown key [label], allowed are [input, labels, num_top_classes, templates]");
  }
}
