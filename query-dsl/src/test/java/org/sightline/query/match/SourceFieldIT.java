package org.sightline.query.match;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.test.ESIntegTestCase;
import org.sightline.query.testing.Json;
import org.sightline.query.testing.QueryIntegTestCase;
import org.sightline.query.testing.ScriptedInference;

/** Wherever a mapping and a document keep a picture, a rerank reads it. */
@ESIntegTestCase.SuiteScopeTestCase
public class SourceFieldIT extends QueryIntegTestCase {
  private static final double[] LOGITS = {1, 3, 2};
  private static final List<String> BEST_FIRST = ids(1, 2, 0);

  @Override
  protected void setupSuiteScopeCluster() {}

  private void createWith(String index, String mode, String properties) {
    prepareCreate(index)
        .setSettings(
            Settings.builder()
                .put("index.number_of_shards", 2)
                .put("index.number_of_replicas", 0)
                .put("index.mapping.source.mode", mode))
        .setMapping(Json.of("{'properties':{'position':{'type':'long'}," + properties + "}}"))
        .get();
  }

  private static String picture(int position) {
    return ScriptedInference.image("p" + position + " " + LOGITS[position]);
  }

  private interface Document {
    Map<String, Object> of(int position);
  }

  private void assertReranks(String index, String field, Document document) throws IOException {
    List<Map<String, Object>> documents = new ArrayList<>();
    for (int i = 0; i < LOGITS.length; i++) {
      documents.add(document.of(i));
    }
    index(index, documents);
    assertOrder(index, field);
  }

  private void assertOrder(String index, String field) throws IOException {
    Answer answer =
        search(
            index,
            "{'retriever':{'image_text_match':{'retriever':{'standard':{'query':{'match_all':{}}}},"
                + "'model_id':'emoji-blip','input':'a red heart','field':'"
                + field
                + "'}}}");
    assertEquals(field, BEST_FIRST, answer.ids());
    assertEquals(field, List.of(), answer.warnings());
    assertEquals(1 / (1 + Math.exp(-3)), answer.scores().get(0), 1e-6);
  }

  public void testAliasesAndMultiFields() throws IOException {
    createWith(
        "aliased",
        "stored",
        "'photo':{'type':'binary'},'picture':{'type':'alias','path':'photo'},"
            + "'text':{'type':'text','fields':{'raw':{'type':'keyword'}}}");
    assertReranks(
        "aliased", "picture", i -> Map.of("position", i, "photo", picture(i), "text", picture(i)));
    assertOrder("aliased", "text.raw");
  }

  public void testAnAliasOfOneIndexIsAFieldOfAnother() throws IOException {
    createWith(
        "one", "stored", "'photo':{'type':'binary'},'picture':{'type':'alias','path':'photo'}");
    createWith("other", "stored", "'picture':{'type':'binary'}");
    index("one", List.of(Map.of("position", 0, "photo", picture(0))));
    index(
        "other",
        List.of(
            Map.of("position", 1, "picture", picture(1)),
            Map.of("position", 2, "picture", picture(2))));
    assertOrder("one,other", "picture");
  }

  public void testSyntheticSource() throws IOException {
    createWith(
        "synthetic",
        "synthetic",
        "'photo':{'type':'binary'},'gallery':{'properties':{'photo':{'type':'binary'}}},"
            + "'picture':{'type':'alias','path':'photo'}");
    assertReranks(
        "synthetic",
        "photo",
        i ->
            Map.of(
                "position",
                i,
                "photo",
                picture(i),
                "gallery",
                List.of(
                    Map.of("photo", ScriptedInference.image("worst -9")),
                    Map.of("photo", picture(i)))));
    assertOrder("synthetic", "picture");
    assertOrder("synthetic", "gallery.photo");
    Exception refused =
        expectThrows(
            Exception.class,
            () -> indexOne("synthetic", null, "photo", "data:image/png;base64," + picture(0)));
    assertTrue(refused.getMessage(), refused.getMessage().contains("failed to parse"));
  }

  public void testDottedNamesAndNestedObjects() throws IOException {
    createWith(
        "dotted",
        "stored",
        "'media':{'properties':{'photo':{'type':'binary'}}},"
            + "'gallery':{'type':'nested','properties':{'photo':{'type':'binary'}}}");
    assertReranks(
        "dotted",
        "media.photo",
        i ->
            Map.of(
                "position",
                i,
                "media.photo",
                picture(i),
                "gallery",
                List.of(Map.of("photo", picture(i)))));
    assertOrder("dotted", "gallery.photo");
  }
}
