package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.sightline.plugin.action.ApiInputs;
import org.sightline.query.input.InputSource;
import org.sightline.runtime.zeroshot.LabelSet;

public class ClassifyBodyTests extends ESTestCase {

  private ClassifyBody parse(String json) throws IOException {
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, json)) {
      return ClassifyBody.parse(parser, 3);
    }
  }

  private void assertRefused(String json, String message) {
    ParsingException e = expectThrows(ParsingException.class, () -> parse(json));
    assertEquals(message, e.getMessage());
    assertEquals(400, e.status().getStatus());
  }

  public void testDefaultsAndAllOptions() throws IOException {
    ApiInputs image = ApiInputs.single(new InputSource.Image("AAAA"));
    String input = "\"input\":{\"type\":\"image\",\"value\":\"AAAA\"},\"labels\":[\"a\",\"b\"]";
    assertEquals(
        new ClassifyBody(
            image, new LabelSet(List.of("a", "b"), List.of("a photo of a {}.")), Integer.MAX_VALUE),
        parse("{" + input + "}"));
    assertEquals(
        new ClassifyBody(image, new LabelSet(List.of("a", "b"), List.of("{}", "my {}")), 1),
        parse("{" + input + ",\"templates\":[\"{}\",\"my {}\"],\"num_top_classes\":1}"));
  }

  public void testRefusals() {
    assertRefused("{\"labels\":[\"a\"]}", "[input] is missing");
    assertRefused("{\"input\":\"a\"}", "[labels] is missing");
    assertRefused("{\"input\":\"a\",\"labels\":\"b\"}", "[labels] must be a list of strings");
    assertRefused("{\"input\":\"a\",\"labels\":[\"b\",1]}", "[labels[1]] must be a string");
    assertRefused(
        "{\"input\":\"a\",\"labels\":[]}", "[labels] must have 1 to 1000 entries, got [0]");
    assertRefused(
        "{\"input\":\"a\",\"labels\":[\"b\"],\"templates\":[\"c\"]}",
        "[templates] must have one {} each, got [c]");
    assertRefused(
        "{\"input\":\"a\",\"labels\":[\"b\"],\"num_top_classes\":0}",
        "[num_top_classes] must be a number of at least 1, got [0]");
    assertRefused(
        "{\"input\":\"a\",\"label\":[\"b\"]}",
        "unknown key [label], allowed are [input, labels, num_top_classes, templates]");
  }
}
