package org.sightline.query.knn;

import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.sightline.query.testing.Json;
import org.sightline.query.testing.TestServices;

/** Which options a query takes. */
public class KnnOptionsTests extends ESTestCase {
  public void testOptionsAreChecked() {
    assertRefused("{'input':'a'}", "[image_text] needs [field], a dense_vector field");
    assertRefused("{'field':'v'}", "[image_text] needs [input]");
    assertRefused("{'field':'v','input':'a','k':0}", "[k] must be in [1, 10000], got [0]");
    assertRefused("{'field':'v','input':'a','k':10001}", "[k] must be in [1, 10000], got [10001]");
    assertRefused(
        "{'field':'v','input':'a','k':5,'num_candidates':4}",
        "[num_candidates] must be in [k: 5, 10000], got [4]");
    assertRefused(
        "{'field':'v','input':'a','num_candidates':10001}",
        "[num_candidates] must be in [1, 10000], got [10001]");
    assertRefused(
        "{'field':'v','input':'a','visit_percentage':101}",
        "[visit_percentage] must be in [0, 100], got [101.0]");
    assertRefused(
        "{'field':'v','input':'a','rescore_vector':{'oversample':0.5}}",
        "[rescore_vector]: [oversample] must be >= 1.0 or 0");
    assertRefused(
        "{'field':'v','input':'a','rescore_vector':{}}", "[rescore_vector]: Required [oversample]");
    assertRefused(
        "{'field':'v','input':'a','model_id':''}",
        "[model_id] is empty, expected the id of a model");
    assertRefused(
        "{'field':'v','input':'a','similarity':1e60}",
        "[similarity] must be a finite number, got [Infinity]");
    assertRefused(
        "{'field':'v','input':'…'}",
        "[input] is blank, expected a text with a letter, digit, symbol or emoji");
    assertRefused(
        "{'field':'v','input':'a','candidates':5}",
        "[1:53] [image_text] unknown field [candidates] did you mean [num_candidates]?");
    assertRefused(
        "{'feild':'v','input':'a'}",
        "[1:24] [image_text] unknown field [feild] did you mean [field]?");
    String shape =
        "[image_text] unknown field [photo_vector], the name of a vector field stands in [field]:"
            + " {\"image_text\": {\"field\": \"photo_vector\", \"input\": …}}";
    assertRefused("{'photo_vector':{'input':'a red heart','k':10}}", shape);
    assertRefused("{'photo_vector':'a red heart'}", shape);
    assertRefused("{'boost':2,'photo_vector':{'query':['a']}}", shape);
  }

  private void assertRefused(String json, String message) {
    Exception e =
        expectThrows(
            Exception.class,
            () -> {
              String query = Json.of("{'image_text':" + json + "}");
              try (XContentParser parser = createParser(JsonXContent.jsonXContent, query)) {
                parser.nextToken();
                parser.nextToken();
                parser.nextToken();
                ImageTextQueryBuilder.parse(parser, TestServices.create());
              }
            });
    assertEquals(message, e.getMessage());
    assertEquals(400, ExceptionsHelper.status(e).getStatus());
  }
}
