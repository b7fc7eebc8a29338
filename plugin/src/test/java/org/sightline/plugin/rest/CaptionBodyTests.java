package org.sightline.plugin.rest;

import java.io.IOException;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.sightline.plugin.action.ApiInputs;
import org.sightline.query.input.InputSource;
import org.sightline.runtime.inference.CaptionOptions;

public class CaptionBodyTests extends ESTestCase {
  private static final String INPUT = "\"input\":{\"type\":\"image\",\"value\":\"AAAA\"}";

  private CaptionBody parse(String json) throws IOException {
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, json)) {
      return CaptionBody.parse(parser, 3);
    }
  }

  private void assertRefused(String options, String message) {
    ParsingException e =
        expectThrows(ParsingException.class, () -> parse("{" + INPUT + "," + options + "}"));
    assertEquals(message, e.getMessage());
    assertEquals(400, e.status().getStatus());
  }

  public void testDefaultsAndAllOptions() throws IOException {
    ApiInputs image = ApiInputs.single(new InputSource.Image("AAAA"));
    assertEquals(new CaptionBody(image, CaptionOptions.DEFAULTS), parse("{" + INPUT + "}"));
    assertEquals(
        new CaptionBody(
            image, new CaptionOptions("a picture of", 2, 3, 20, 5, 1.1, 0.0, null, null)),
        parse(
            "{"
                + INPUT
                + ",\"prompt\":\"a picture of\",\"num_captions\":2,\"num_beams\":3,"
                + "\"max_length\":20,\"min_length\":5,\"repetition_penalty\":1.1,"
                + "\"length_penalty\":0}"));
    assertEquals(
        new CaptionBody(
            image, new CaptionOptions(null, null, null, null, null, null, null, 0.9, -7L)),
        parse("{" + INPUT + ",\"top_p\":0.9,\"seed\":-7}"));
  }

  public void testRefusals() {
    ParsingException e = expectThrows(ParsingException.class, () -> parse("{}"));
    assertEquals("[input] is missing", e.getMessage());
    assertRefused("\"num_beams\":0", "[num_beams] must be in [1, 16], got [0]");
    assertRefused("\"num_beams\":1.5", "[num_beams] must be a whole number, got [1.5]");
    assertRefused("\"num_beams\":1e12", "[num_beams] must be in [1, 16], got [2147483647]");
    assertRefused("\"num_beams\":\"3\"", "[num_beams] must be a number, got [3]");
    assertRefused("\"prompt\":3", "[prompt] must be a string");
    assertRefused("\"top_p\":2", "[top_p] must be in (0, 1.0], got [2.0]");
    assertRefused("\"seed\":1", "[seed] needs [top_p], nothing is drawn without it");
    assertRefused(
        "\"beams\":3",
        "unknown key [beams], allowed are [input, length_penalty, max_length, min_length,"
            + " num_beams, num_captions, prompt, repetition_penalty, seed, top_p]");
  }
}
