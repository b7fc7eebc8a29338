package org.sightline.query.input;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.test.AbstractWireSerializingTestCase;
import org.elasticsearch.xcontent.ToXContent;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.XContentType;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.sightline.query.testing.Json;

/** Every shape of an input, what is refused and how it is said, and the wire. */
public class QueryInputTests extends AbstractWireSerializingTestCase<QueryInput> {

  /** Of any shape, for other tests as well. */
  public static QueryInput randomInput() {
    List<WeightedInput> inputs = new ArrayList<>();
    for (int i = randomIntBetween(1, 4); i > 0; i--) {
      inputs.add(
          new WeightedInput(
              randomSource(), randomFrom(1f, -1f, 0.25f, (float) randomDoubleBetween(1, 9, true))));
    }
    return new QueryInput(inputs);
  }

  private static InputSource randomSource() {
    return switch (randomIntBetween(0, 2)) {
      case 0 -> new InputSource.Text(randomAlphaOfLengthBetween(1, 20));
      case 1 -> new InputSource.Image(randomAlphaOfLengthBetween(0, 20));
      default ->
          new InputSource.Document(
              randomAlphaOfLength(5),
              randomAlphaOfLength(5),
              randomAlphaOfLength(5),
              randomBoolean() ? null : randomAlphaOfLength(5));
    };
  }

  @Override
  protected Writeable.Reader<QueryInput> instanceReader() {
    return QueryInput::read;
  }

  @Override
  protected QueryInput createTestInstance() {
    return randomInput();
  }

  @Override
  protected QueryInput mutateInstance(QueryInput instance) {
    return randomValueOtherThan(instance, QueryInputTests::randomInput);
  }

  private QueryInput parse(String json) throws IOException {
    try (XContentParser parser = createParser(JsonXContent.jsonXContent, Json.of(json))) {
      parser.nextToken();
      QueryInput input = QueryInput.parse(parser);
      assertNull("all of the value is consumed", parser.nextToken());
      return input;
    }
  }

  private void assertRefused(String json, String message) {
    ParsingException e = expectThrows(ParsingException.class, () -> parse(json));
    assertEquals(message, e.getMessage());
    assertEquals(400, e.status().getStatus());
  }

  public void testXContentRoundTrip() throws IOException {
    for (int run = 0; run < 50; run++) {
      QueryInput input = randomInput();
      XContentType type = randomFrom(XContentType.JSON, XContentType.CBOR, XContentType.SMILE);
      try (XContentBuilder builder = XContentBuilder.builder(type.xContent())) {
        builder.startObject().field("input", input).endObject();
        try (XContentParser parser =
            createParser(
                type.xContent(), org.elasticsearch.common.bytes.BytesReference.bytes(builder))) {
          parser.nextToken();
          parser.nextToken();
          parser.nextToken();
          assertEquals(input, QueryInput.parse(parser));
        }
      }
    }
  }

  public void testStringIsText() throws IOException {
    assertEquals(QueryInput.text("a red heart"), parse("'a red heart'"));
    assertEquals(QueryInput.text("a red heart"), parse("{'type':'text','value':'a red heart'}"));
  }

  public void testImageIsKeptAsItCame() throws IOException {
    assertEquals(
        QueryInput.image("data:image/png;base64,aGk="),
        parse("{'value':'data:image/png;base64,aGk=','type':'image'}"));
    assertEquals(
        QueryInput.image("aGk="), parse("{'type':'image','format':'base64','value':'aGk='}"));
  }

  public void testDocument() throws IOException {
    assertEquals(
        QueryInput.of(new InputSource.Document("photos", "1", "photo_vector", null)),
        parse("{'type':'document','index':'photos','id':'1','path':'photo_vector'}"));
    assertEquals(
        QueryInput.of(new InputSource.Document("photos", "1", "v", "r")),
        parse("{'type':'document','index':'photos','id':'1','path':'v','routing':'r'}"));
  }

  public void testWeightedList() throws IOException {
    QueryInput input =
        parse(
            "['a cat', {'type':'text','value':'black','weight':-0.5}, {'weight':2,'type':'image',"
                + "'value':'aGk='}]");
    assertEquals(
        new QueryInput(
            List.of(
                WeightedInput.of(new InputSource.Text("a cat")),
                new WeightedInput(new InputSource.Text("black"), -0.5f),
                new WeightedInput(new InputSource.Image("aGk="), 2f))),
        input);
    assertTrue(input.needsModel());
    assertEquals("input[2]", input.nameOf(2));
  }

  public void testListOfOneIsThatOne() throws IOException {
    assertEquals(QueryInput.text("a cat"), parse("['a cat']"));
    assertEquals("input", QueryInput.text("a cat").nameOf(0));
    assertEquals(
        Json.of("{'input':'a cat'}"),
        Strings.toString(
            (ToXContent) (builder, params) -> builder.field("input", QueryInput.text("a cat"))));
  }

  public void testNeedsModelUnlessAllAreDocuments() {
    InputSource document = new InputSource.Document("photos", "1", "v", null);
    assertFalse(QueryInput.of(document).needsModel());
    assertTrue(
        new QueryInput(
                List.of(WeightedInput.of(document), WeightedInput.of(new InputSource.Text("x"))))
            .needsModel());
  }

  public void testUrlIsRefused() {
    assertRefused(
        "{'type':'image_url','value':'https://example.org/cat.png'}",
        "[input] of type [image_url] is not allowed: no host is on the allow-list,"
            + " send the picture as type [image] with a base64 [value]");
  }

  public void testAPictureIsNoText() {
    String png = "iVBORw0KGgo" + "A".repeat(61);
    String form =
        " is a picture in base64, not a text: give it as {\"type\": \"image\", \"value\": \"…\"}";
    assertRefused("'" + png + "'", "[input]" + form);
    assertRefused("'data:image/jpeg;base64,/9j/'", "[input]" + form);
    assertRefused("['a cat',{'type':'text','value':'" + png + "'}]", "[input[1]]" + form);
  }

  public void testWrongShapes() {
    assertRefused(
        "7",
        "[input] must be a text, an object with a [type] of [text, image, document],"
            + " or a list of these, got [VALUE_NUMBER]");
    assertRefused(
        "[['a']]",
        "[input] must be a text, an object with a [type] of [text, image, document],"
            + " or a list of these, got [START_ARRAY]");
    assertRefused("[]", "[input] is an empty list, expected at least one input");
    assertRefused(
        "' … '", "[input] is blank, expected a text with a letter, digit, symbol or emoji");
    assertRefused(
        "['a cat',{'type':'text','value':''}]",
        "[input[1]] is blank, expected a text with a letter, digit, symbol or emoji");
    assertRefused(
        "{'value':'a cat'}", "[input] has no [type], expected one of [text, image, document]");
    assertRefused(
        "{'type':'video','value':'a {} cat'}",
        "[type] of an [input] must be one of [text, image, document], got [video]");
  }

  public void testUnknownKeysAreNamedWithTheAllowedOnes() {
    assertRefused(
        "{'type':'text','value':'a cat','boost':{'deep':[1,2]}}",
        "unknown key [boost] in an [input] of type [text], allowed are [type, value, weight]");
    assertRefused(
        "{'type':'image','value':'aGk=','{}':1}",
        "unknown key [{}] in an [input] of type [image], allowed are [type, value, format, weight]");
    assertRefused(
        "{'type':'document','index':'i','id':'1','path':'v','value':'x'}",
        "unknown key [value] in an [input] of type [document], allowed are [type, index, id, path,"
            + " routing, weight]");
  }

  public void testMissingAndWrongValues() {
    assertRefused("{'type':'text'}", "[input] of type [text] needs [value], a string");
    assertRefused("{'type':'image','value':12}", "[input] of type [image] needs [value], a string");
    assertRefused(
        "{'type':'document','index':'i','path':'v'}",
        "[input] of type [document] needs [id], a string");
    assertRefused(
        "{'type':'document','index':' ','id':'1','path':'v'}",
        "[index] of an [input] document is empty");
    assertRefused(
        "{'type':'image','value':'aGk=','format':'hex'}",
        "[format] of an [input] of type [image] must be [base64], got [hex]");
  }

  public void testWeights() {
    assertRefused(
        "{'type':'text','value':'a','weight':0}",
        "[weight] must be a finite number other than 0, got [0.0]");
    assertRefused(
        "{'type':'text','value':'a','weight':1e99}",
        "[weight] must be a finite number other than 0, got [Infinity]");
    assertRefused(
        "{'type':'text','value':'a','weight':'much'}",
        "[weight] of an [input] must be a number, got [VALUE_STRING]");
    IllegalArgumentException e =
        expectThrows(
            IllegalArgumentException.class,
            () -> new WeightedInput(new InputSource.Text("a"), Float.NaN));
    assertEquals("[weight] must be a finite number other than 0, got [NaN]", e.getMessage());
  }

  public void testTooManyInputs() throws IOException {
    String inputs = "'a',".repeat(QueryInput.MAX_INPUTS - 1) + "'a'";
    assertEquals(QueryInput.MAX_INPUTS, parse("[" + inputs + "]").inputs().size());
    assertRefused(
        "[" + inputs + ",'a']",
        "[input] has more than [32] inputs, which is the most that is allowed");
  }
}
