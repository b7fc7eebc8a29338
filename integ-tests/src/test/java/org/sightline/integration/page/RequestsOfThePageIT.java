package org.sightline.integration.page;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.load.PhotoIndex;

/** What the page's modules make of what is asked, where no cluster is needed to tell. */
@ExtendWith(PageExtension.class)
class RequestsOfThePageIT {
  private static final String FIELDS =
      "{ vector: 'photo_vector', named: true, picture: 'photo', title: 'title', texts: ['title'] }";

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }

  private static JsonNode of(PageNode node, String module, String names, String expression) {
    try (Tab tab = node.tab().open("/start")) {
      return tab.evaluate(
          "Promise.all([import('./store.js'), import('./"
              + module
              + "')])"
              + ".then(([{ NOTHING_ASKED: nothing }, { "
              + names
              + " }]) => "
              + expression
              + ")");
    }
  }

  @Test
  void ranksAreFusedWhereTheClusterCan(PageNode node) throws IOException {
    JsonNode first =
        of(
            node,
            "request.js",
            "firstStage",
            "firstStage({ ...nothing, text: 'red heart', words: true, filters: [{ field: 'group',"
                + " kind: 'terms', values: ['people'] }] }, "
                + FIELDS
                + ", 100, true)");
    String filter = "{ \"terms\": { \"group\": [\"people\"] } }";
    assertEquals(
        json(
            PhotoIndex.json(
                """
            { "retriever": { "rrf": { "rank_window_size": 100, "retrievers": [
              { "standard": { "query": { "image_text": { "field": "photo_vector",
                "input": "red heart", "k": 100, "num_candidates": 150, "filter": [ %s ] } } } },
              { "standard": { "query": { "bool": { "must": { "multi_match": {
                "query": "red heart", "fields": ["title"] } }, "filter": [ %s ] } } } } ] } } }""",
                filter, filter)),
        first);
  }

  @Test
  void wordsAloneFindNothingThatTheyDoNotMean(PageNode node) throws IOException {
    JsonNode first =
        of(
            node,
            "request.js",
            "firstStage",
            "firstStage({ ...nothing, text: 'red heart', words: true, filters: [{ field: 'taken',"
                + " kind: 'date', gte: '2020-01-31', lte: '' }] }, "
                + FIELDS
                + ", 100, false).query.bool");
    assertEquals(1, first.required("minimum_should_match").asInt());
    assertEquals(2, first.required("should").size());
    assertEquals(
        json(
            "{ \"range\": { \"taken\": { \"gte\": \"2020-01-31\", \"format\": \"yyyy-MM-dd\" } } }"),
        first.required("filter").get(0));
  }

  @Test
  void deeperPagesAskForMoreNeighbours(PageNode node) {
    JsonNode ks =
        of(
            node,
            "request.js",
            "listBody",
            "[[0, 60], [60, 240], [900, 240], [9_800, 200]].map(([from, size]) => listBody("
                + "{ ...nothing, text: 'heart' }, "
                + FIELDS
                + ", { from, size }).query.image_text.k)");
    assertEquals("[100,1000,10000,10000]", ks.toString());
  }

  @Test
  void theAddressHoldsEverything(PageNode node) {
    JsonNode same =
        of(
            node,
            "link.js",
            "toFragment, fromFragment",
            """
            (() => {
              const ask = { ...nothing, index: "a b", text: "x & y = z?#", words: true, rerank: true,
                window: 20, cutoff: 0.25, times: true, picture: "p", vector: "v", title: "t",
                model: "m", rerankModel: "r", open: { index: "a", id: "1/2" },
                chips: [{ kind: "text", value: "ü", weight: -0.5 }],
                filters: [{ field: "f", kind: "number", gte: "1", lte: "" }] };
              const back = fromFragment(toFragment("search", ask));
              return [back.view, JSON.stringify(back.ask) === JSON.stringify(ask), back.ask];
            })()""");
    assertEquals("search", same.get(0).asText());
    assertEquals("x & y = z?#", same.get(2).required("text").asText());
    assertEquals("1/2", same.get(2).required("open").required("id").asText());
    assertEquals(-0.5, same.get(2).required("chips").get(0).required("weight").asDouble());
    assertEquals(0.25, same.get(2).required("cutoff").asDouble());
    for (String key :
        new String[] {"index", "picture", "vector", "title", "model", "rerankModel"}) {
      assertEquals(false, same.get(2).required(key).isNull(), key);
    }
  }

  @Test
  void addressesThatMakeNoSenseAskNothing(PageNode node) {
    JsonNode asked =
        of(
            node,
            "link.js",
            "fromFragment",
            "['', '#', '#/nowhere?x=1', '#/search?window=many&cutoff=x&chips={&filters=1&open=2'"
                + "+ '&chips={\"kind\":\"image\",\"value\":\"https:x\",\"weight\":1}&chips=[]'"
                + "+ '&filters={\"kind\":\"terms\",\"field\":\"f\"}&open={\"id\":1}']"
                + ".map((text) => fromFragment(text)).map(({ view, ask }) => [view, ask.window,"
                + " ask.cutoff, ask.chips.length, ask.filters.length, ask.open])");
    assertEquals(
        "[[\"start\",50,null,0,0,null],[\"start\",50,null,0,0,null],[\"start\",50,null,0,0,null],"
            + "[\"start\",50,null,0,0,null]]",
        asked.toString());
  }
}
