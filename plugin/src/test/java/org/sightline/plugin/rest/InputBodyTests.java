package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.sightline.plugin.action.ApiInputs;
import org.sightline.query.input.InputSource;

public class InputBodyTests extends ESTestCase {

  private InputBody parse(String json, boolean withQuery) throws IOException {
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, json)) {
      return InputBody.parse(parser, withQuery, 3);
    }
  }

  private void assertRefused(String json, boolean withQuery, String message) {
    ParsingException e = expectThrows(ParsingException.class, () -> parse(json, withQuery));
    assertEquals(message, e.getMessage());
    assertEquals(400, e.status().getStatus());
  }

  public void testSingleInputs() throws IOException {
    assertEquals(
        new InputBody(null, ApiInputs.single(new InputSource.Text("a cat"))),
        parse("{\"input\":\"a cat\"}", false));
    assertEquals(
        new InputBody(null, ApiInputs.single(new InputSource.Image("AAAA"))),
        parse("{\"input\":{\"type\":\"image\",\"value\":\"AAAA\"}}", false));
  }

  public void testListsAndQueries() throws IOException {
    assertEquals(
        new InputBody(
            new InputSource.Image("AAAA"),
            new ApiInputs(List.of(new InputSource.Text("a"), new InputSource.Text("b")), true)),
        parse(
            "{\"input\":[\"a\",{\"type\":\"text\",\"value\":\"b\"}],"
                + "\"query\":{\"type\":\"image\",\"value\":\"AAAA\"}}",
            true));
    assertTrue("a list of one is a list", parse("{\"input\":[\"a\"]}", false).input().list());
  }

  public void testRefusals() {
    assertRefused("[]", false, "the body must be an object with [input]");
    assertRefused("{}", false, "[input] is missing");
    assertRefused("{\"input\":\"a\"}", true, "[query] is missing");
    assertRefused("{\"query\":\"a\"}", true, "[input] is missing");
    assertRefused(
        "{\"input\":\"a\",\"query\":\"b\"}", false, "unknown key [query], allowed are [input]");
    assertRefused("{\"inptu\":\"a\"}", true, "unknown key [inptu], allowed are [input, query]");
    assertRefused("{\"{}\":\"a\"}", true, "unknown key [{}], allowed are [input, query]");
    assertRefused("{\"input\":[]}", false, "[input] is an empty list, expected at least one input");
    assertRefused(
        "{\"input\":[\"a\",\"b\",\"c\",\"d\"]}", false, "[input] has more than [3] inputs");
    assertRefused("{\"input\":[[\"a\"]]}", false, "[input[0]] must be a single input, got a list");
    assertRefused(
        "{\"input\":\"a\",\"query\":[\"a\"]}", true, "[query] must be a single input, got a list");
    assertRefused(
        "{\"input\":[\"a\",{\"type\":\"text\",\"value\":\"b\",\"weight\":2}]}",
        false,
        "[input[1]] has a [weight], which only searches combine");
  }
}
