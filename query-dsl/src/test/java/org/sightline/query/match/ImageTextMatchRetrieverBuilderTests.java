package org.sightline.query.match;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.search.SearchModule;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.retriever.KnnRetrieverBuilder;
import org.elasticsearch.search.retriever.RetrieverBuilder;
import org.elasticsearch.search.retriever.RetrieverParserContext;
import org.elasticsearch.search.retriever.StandardRetrieverBuilder;
import org.elasticsearch.test.AbstractXContentTestCase;
import org.elasticsearch.usage.SearchUsage;
import org.elasticsearch.xcontent.NamedXContentRegistry;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.sightline.query.input.QueryInput;
import org.sightline.query.testing.Json;
import org.sightline.query.testing.TestQueryPlugin;
import org.sightline.query.testing.TestServices;

/** Parsing and checks of the retriever. */
public class ImageTextMatchRetrieverBuilderTests
    extends AbstractXContentTestCase<ImageTextMatchRetrieverBuilder> {
  private final TestServices services = TestServices.create();

  private static final String CHILD = "'retriever':{'standard':{}}";
  private static final String REST = "'model_id':'m','input':'a cat','field':'photo'";

  @Override
  protected NamedXContentRegistry xContentRegistry() {
    return new NamedXContentRegistry(
        new SearchModule(Settings.EMPTY, List.of(new TestQueryPlugin())).getNamedXContents());
  }

  @Override
  protected ImageTextMatchRetrieverBuilder createTestInstance() {
    boolean image = randomBoolean();
    MatchOptions options =
        new MatchOptions(
            randomAlphaOfLength(5),
            image
                ? QueryInput.image(randomAlphaOfLength(5))
                : QueryInput.text(randomAlphaOfLength(5)),
            randomAlphaOfLength(5),
            image || randomBoolean() ? null : randomAlphaOfLength(5),
            image == false && randomBoolean(),
            randomFrom(ScoreMode.values()),
            randomBoolean());
    RetrieverBuilder child =
        randomBoolean()
            ? new StandardRetrieverBuilder(QueryBuilders.termQuery("a", "b"))
            : new KnnRetrieverBuilder("v", new float[] {1, 2}, null, 10, 20, null, null, null);
    ImageTextMatchRetrieverBuilder retriever =
        new ImageTextMatchRetrieverBuilder(child, randomIntBetween(1, 10_000), options, services);
    if (randomBoolean()) {
      retriever.minScore(randomFloat());
    }
    if (randomBoolean()) {
      retriever.retrieverName(randomAlphaOfLength(4));
    }
    if (randomBoolean()) {
      retriever.getPreFilterQueryBuilders().add(QueryBuilders.termQuery("c", "d"));
    }
    return retriever;
  }

  @Override
  protected ImageTextMatchRetrieverBuilder doParseInstance(XContentParser parser)
      throws IOException {
    return (ImageTextMatchRetrieverBuilder)
        RetrieverBuilder.parseTopLevelRetrieverBuilder(
            parser, new RetrieverParserContext(new SearchUsage(), feature -> true));
  }

  @Override
  protected boolean supportsUnknownFields() {
    return false;
  }

  private ImageTextMatchRetrieverBuilder parse(String options) throws IOException {
    try (XContentParser parser =
        createParser(
            JsonXContent.jsonXContent, Json.of("{'image_text_match':{" + options + "}}"))) {
      return doParseInstance(parser);
    }
  }

  private void assertRefused(String options, String message) {
    Exception e = expectThrows(Exception.class, () -> parse(options));
    assertEquals(message, e.getMessage());
    assertEquals(400, ExceptionsHelper.status(e).getStatus());
  }

  public void testDefaults() throws IOException {
    ImageTextMatchRetrieverBuilder expected =
        new ImageTextMatchRetrieverBuilder(
            new StandardRetrieverBuilder(),
            10,
            new MatchOptions(
                "m",
                QueryInput.text("a cat"),
                "photo",
                null,
                false,
                ScoreMode.MATCH_PROBABILITY,
                false),
            services);
    assertEquals(expected, parse(CHILD + "," + REST));
    assertNull(parse(CHILD + "," + REST).minScore());
  }

  public void testEqualityCoversEveryOption() throws IOException {
    ImageTextMatchRetrieverBuilder plain = parse(CHILD + "," + REST);
    for (String option :
        List.of(
            "'rank_window_size':11",
            "'min_score':0.5",
            "'score_mode':'match_plus_similarity'",
            "'allow_rerank_failures':true",
            "'digest_field':'d'",
            "'verify_digests':true",
            "'filter':{'term':{'a':'b'}}")) {
      ImageTextMatchRetrieverBuilder other = parse(CHILD + "," + REST + "," + option);
      assertNotEquals(option, plain, other);
      assertEquals(option, other, parse(CHILD + "," + REST + "," + option));
    }
  }

  public void testRequiredOptions() {
    assertRefused(REST, "[image_text_match] needs [retriever]");
    assertRefused(CHILD + ",'input':'a','field':'f'", "[image_text_match] needs [model_id]");
    assertRefused(CHILD + ",'model_id':'m','field':'f'", "[image_text_match] needs [input]");
    assertRefused(CHILD + ",'model_id':'m','input':'a'", "[image_text_match] needs [field]");
  }

  public void testWindowIsBounded() {
    assertRefused(
        CHILD + "," + REST + ",'rank_window_size':0",
        "[rank_window_size] must be in [1, 10000], got [0]");
    assertRefused(
        CHILD + "," + REST + ",'rank_window_size':10001",
        "[rank_window_size] must be in [1, 10000], got [10001]");
  }

  public void testInputIsOneTextOrImage() {
    String rest = CHILD + ",'model_id':'m','field':'photo','input':";
    assertRefused(
        rest + "'…'", "[input] is blank, expected a text with a letter, digit, symbol or emoji");
    assertRefused(
        rest + "['a','b']",
        "[image_text_match] matches one text or one image, [input] has [2] inputs");
    assertRefused(
        rest + "{'type':'document','index':'i','id':'1','path':'v'}",
        "[input] of [image_text_match] must be a text or an image, a [document] has only a vector");
    assertRefused(
        rest + "{'type':'text','value':'a','weight':-1}",
        "[weight] has no meaning in [image_text_match], which has one [input]");
    assertRefused(
        rest + "{'type':'image','value':'aGk='},'digest_field':'d'",
        "[digest_field] has no meaning when [input] is an image and [field] holds texts");
    assertRefused(
        rest + "{'type':'image','value':'aGk='},'verify_digests':true",
        "[verify_digests] has no meaning when [input] is an image and [field] holds texts");
  }

  public void testOtherOptions() {
    assertRefused(
        CHILD + "," + REST + ",'min_score':1e60",
        "[min_score] must be a finite number, got [Infinity]");
    Exception e =
        expectThrows(Exception.class, () -> parse(CHILD + "," + REST + ",'score_mode':'best'"));
    assertEquals(
        "[score_mode] must be one of [match_probability, match_plus_similarity], got [best]",
        ExceptionsHelper.unwrapCause(e).getCause().getMessage());
    assertRefused(
        CHILD + "," + REST + ",'rank_window':5",
        "[1:97] [image_text_match] unknown field [rank_window] did you mean [rank_window_size]?");
  }

  public void testSizeMustNotExceedTheWindow() throws IOException {
    ActionRequestValidationException e =
        parse(CHILD + "," + REST).validate(new SearchSourceBuilder().size(11), null, false, false);
    assertEquals(
        List.of(
            "[image_text_match] requires [rank_window_size: 10] be greater than or equal to [size:"
                + " 11]"),
        e.validationErrors());
    assertNull(
        parse(CHILD + "," + REST).validate(new SearchSourceBuilder().size(10), null, false, false));
  }

  public void testWindowOfAChildMustNotBeSmaller() throws IOException {
    String nested =
        "'rank_window_size':20,"
            + REST
            + ",'retriever':{'image_text_match':{"
            + CHILD
            + ","
            + REST
            + "}}";
    ActionRequestValidationException e =
        parse(nested).validate(new SearchSourceBuilder(), null, true, false);
    assertEquals(new ArrayList<>(e.validationErrors()).toString(), 3, e.validationErrors().size());
    assertEquals("cannot specify [image_text_match] and [scroll]", e.validationErrors().get(0));
  }
}
