package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** What users of Elasticsearch combine with a search, beside queries and retrievers. */
@ExtendWith(ClusterExtension.class)
class CombinationsIT {
  private static final String INDEX = "combinations";
  private static final int DOCUMENTS = 60;
  private static final List<Picture> PICTURES =
      Installation.gallery().pictures().subList(0, DOCUMENTS);
  private static final String INPUT = "\"smiling face with hearts\"";
  private static final String NEAREST =
      "\"query\": { \"image_text\": { \"field\": \"photo_vector\", \"input\": "
          + INPUT
          + ", \"k\": 60, \"num_candidates\": 100 } }";
  private static final String RERANKED =
      Requests.retriever(Requests.rerank(Requests.knn(INPUT, 60, 100, ""), INPUT, 30, ""));

  private static PhotoIndex photos;
  private static HttpJson client;

  @BeforeAll
  static void index(SharedCluster cluster) {
    client = cluster.client();
    photos = new PhotoIndex(client, INDEX).create(2, 1).add(PICTURES);
  }

  private static JsonNode search(String index, String body) {
    JsonNode reply = client.ok("POST", "/" + index + "/_search", body);
    assertEquals(0, reply.at("/_shards/failed").asInt(), reply::toString);
    return reply;
  }

  private static JsonNode source(JsonNode hit) {
    return hit.required("_source");
  }

  /** The first hits of each group, in the order of the hits. */
  private static Map<String, List<String>> byGroup(JsonNode reply) {
    Map<String, List<String>> byGroup = new TreeMap<>();
    for (JsonNode hit : reply.at("/hits/hits")) {
      byGroup
          .computeIfAbsent(source(hit).required("group").asText(), group -> new ArrayList<>())
          .add(hit.required("_id").asText());
    }
    return byGroup;
  }

  @Test
  void collapseAndItsInnerHits(SharedCluster cluster) {
    String collapse =
        ", \"collapse\": { \"field\": \"group\","
            + " \"inner_hits\": { \"name\": \"others\", \"size\": 3, \"_source\": false } }";
    for (String sections : List.of(NEAREST, RERANKED)) {
      Map<String, List<String>> all = byGroup(search(INDEX, Requests.search(sections, 30)));
      JsonNode collapsed = search(INDEX, Requests.search(sections + collapse, 10));
      assertEquals(2, collapsed.at("/hits/hits").size());
      for (JsonNode hit : collapsed.at("/hits/hits")) {
        List<String> group = all.get(source(hit).required("group").asText());
        assertEquals(group.get(0), hit.required("_id").asText());
        assertEquals(group.subList(0, 3), Requests.ids(hit.at("/inner_hits/others")));
      }
    }
  }

  @Test
  void aliasesFilterBeforeNeighboursAreTaken(SharedCluster cluster) {
    client.ok(
        "POST",
        "/_aliases",
        """
        { "actions": [ { "add": { "index": "combinations", "alias": "odd-ones",
            "filter": { "term": { "group": "odd" } } } } ] }""");
    String few = NEAREST.replace("60", "5");
    JsonNode reply = search("odd-ones", Requests.search(few, 5));
    assertEquals(5, reply.at("/hits/hits").size());
    assertEquals(List.of("odd"), List.copyOf(byGroup(reply).keySet()));
    List<String> all = byGroup(search(INDEX, Requests.search(NEAREST, 60))).get("odd");
    assertEquals(all.subList(0, 5), Requests.ids(reply));
    JsonNode reranked = search("odd-ones", Requests.search(RERANKED, 30));
    assertEquals(List.of("odd"), List.copyOf(byGroup(reranked).keySet()));
    assertEquals(30, reranked.at("/hits/hits").size());
  }

  @Test
  void severalSearchesAtOnceFailAlone(SharedCluster cluster) {
    String header = "{ \"index\": \"combinations\" }\n";
    StringBuilder lines = new StringBuilder();
    List<String> bodies =
        List.of(
            Requests.search(NEAREST, 5),
            Requests.search(NEAREST.replace("photo_vector", "foto_vector"), 5),
            Requests.search(RERANKED, 5));
    bodies.forEach(body -> lines.append(header).append(body.replace('\n', ' ')).append('\n'));
    JsonNode responses = client.ok("POST", "/_msearch", lines.toString()).required("responses");
    assertEquals(3, responses.size());
    assertEquals(400, responses.get(1).required("status").asInt());
    assertEquals(
        "[field] [foto_vector] does not exist in [combinations], did you mean [photo_vector]?",
        responses.get(1).at("/error/root_cause/0/reason").asText());
    for (int i : new int[] {0, 2}) {
      assertEquals(Requests.ids(search(INDEX, bodies.get(i))), Requests.ids(responses.get(i)));
    }
  }

  @Test
  void pagesOfAPointInTime(SharedCluster cluster) {
    String pit =
        client.ok("POST", "/combinations/_pit?keep_alive=1m", null).required("id").asText();
    List<String> paged = new ArrayList<>();
    String after = "";
    for (int page = 0; page < 4; page++) {
      String body =
          "{ %s, \"size\": 15, \"pit\": { \"id\": \"%s\" }, \"track_total_hits\": false,"
              + " \"sort\": [ { \"_score\": \"desc\" }, { \"_shard_doc\": \"asc\" } ] %s }";
      JsonNode hits =
          client
              .ok("POST", "/_search", PhotoIndex.json(body, NEAREST, pit, after))
              .at("/hits/hits");
      hits.forEach(hit -> paged.add(hit.required("_id").asText()));
      after = ", \"search_after\": " + hits.required(14).required("sort");
    }
    client.ok("DELETE", "/_pit", "{ \"id\": \"" + pit + "\" }");
    assertEquals(DOCUMENTS, paged.stream().distinct().count());
    assertEquals(Requests.ids(search(INDEX, Requests.search(NEAREST, 60))), paged);
  }

  @Test
  void simulatedPipelines(SharedCluster cluster) {
    ObjectNode good = PhotoIndex.document(PICTURES.get(7), 0);
    ObjectNode bad = PhotoIndex.document(PICTURES.get(8), 0).put("photo", "AAAA");
    String docs =
        "{ \"docs\": [ { \"_index\": \"combinations\", \"_source\": %s },"
            + " { \"_index\": \"combinations\", \"_source\": %s } ] }";
    for (String path :
        List.of("/_ingest/pipeline/combinations/_simulate", "/_ingest/combinations/_simulate")) {
      JsonNode reply = client.ok("POST", path, PhotoIndex.json(docs, good, bad)).required("docs");
      JsonNode source = reply.required(0).at("/doc/_source");
      assertEquals(
          1,
          PhotoIndex.cosine(
              photos.vector(PICTURES.get(7).id(), "photo_vector"),
              PhotoIndex.floats(source.required("photo_vector"))),
          1e-4,
          path);
      String failure = reply.required(1).toString();
      assertTrue(failure.contains("[photo] is not an image: 3 bytes, expected one of"), failure);
    }
    assertEquals(DOCUMENTS, photos.documents(), "nothing was indexed");
  }

  /** What {@code _reindex} does, which no server that runs here has: scroll, then bulk. */
  @Test
  void copiedDocumentsKeepTheirVectors(SharedCluster cluster) {
    PhotoIndex copies = new PhotoIndex(client, "combinations-copies").create(1, 1);
    client.ok(
        "PUT",
        "/_ingest/pipeline/combinations-copies",
        PhotoIndex.pipeline("\"skip_existing\": true"));
    JsonNode page =
        client.ok(
            "POST",
            "/combinations/_search?scroll=1m",
            "{ \"size\": 25, \"_source\": { \"exclude_vectors\": false } }");
    while (page.at("/hits/hits").size() > 0) {
      StringBuilder lines = new StringBuilder();
      page.at("/hits/hits")
          .forEach(
              hit ->
                  lines
                      .append(PhotoIndex.action(hit.required("_id").asText()))
                      .append(source(hit))
                      .append('\n'));
      assertFalse(copies.bulk(lines.toString()).required("errors").asBoolean());
      page =
          client.ok(
              "POST",
              "/_search/scroll",
              "{ \"scroll\": \"1m\", \"scroll_id\": " + page.required("_scroll_id") + " }");
    }
    assertEquals(DOCUMENTS, copies.withVector());
    assertEquals(
        Requests.ids(search(INDEX, Requests.search(NEAREST, 60))),
        Requests.ids(search("combinations-copies", Requests.search(NEAREST, 60))));
  }

  @Test
  void rescoredVectorsAreThoseOfKnn(SharedCluster cluster) {
    JsonNode mapping = client.ok("GET", "/combinations/_mapping", null);
    ObjectNode properties = (ObjectNode) mapping.at("/combinations/mappings/properties");
    ((ObjectNode) properties.required("photo_vector"))
        .putObject("index_options")
        .put("type", "int4_hnsw");
    client.send("DELETE", "/combinations-int4", null);
    client.ok(
        "PUT",
        "/combinations-int4",
        PhotoIndex.json(
            // a replica would have segments, and so a quantization, of its own
            "{ \"settings\": { \"number_of_shards\": 1, \"number_of_replicas\": 0,"
                + " \"default_pipeline\": \"combinations\" },"
                + " \"mappings\": { \"properties\": %s } }",
            properties));
    new PhotoIndex(client, "combinations-int4").add(PICTURES);
    String options =
        "\"field\": \"photo_vector\", \"k\": 10, \"num_candidates\": 20"
            + (Installation.isSince(9, 2) ? ", \"visit_percentage\": 50" : "");
    String vector = Arrays.toString(PhotoIndex.embed(client, PhotoIndex.EMBEDDING_MODEL, INPUT));
    List<List<Double>> scores = new ArrayList<>();
    for (String rescore : List.of("0", "3")) {
      String all = options + ", \"rescore_vector\": { \"oversample\": " + rescore + " }";
      JsonNode ours =
          search(
              "combinations-int4",
              Requests.search(
                  "\"query\": { \"image_text\": { " + all + ", \"input\": " + INPUT + " } }", 10));
      JsonNode knn =
          search(
              "combinations-int4",
              Requests.search(
                  "\"query\": { \"knn\": { " + all + ", \"query_vector\": " + vector + " } }", 10));
      assertEquals(Requests.ids(knn), Requests.ids(ours));
      for (int i = 0; i < 10; i++) {
        assertEquals(PhotoIndex.scores(knn).get(i), PhotoIndex.scores(ours).get(i), 1e-5);
      }
      scores.add(PhotoIndex.scores(ours));
    }
    assertFalse(scores.get(0).equals(scores.get(1)), "quantized scores, then exact ones");
  }

  @Test
  void dataStreams(SharedCluster cluster) {
    JsonNode mapping = client.ok("GET", "/combinations/_mapping", null);
    ObjectNode properties = (ObjectNode) mapping.at("/combinations/mappings/properties");
    properties.putObject("@timestamp").put("type", "date");
    client.ok(
        "PUT",
        "/_index_template/photo-stream",
        PhotoIndex.json(
            """
            { "index_patterns": [ "photo-stream" ], "data_stream": {}, "priority": 500,
              "template": { "settings": {
                  "number_of_shards": 1, "default_pipeline": "combinations" },
                "mappings": { "properties": %s } } }""",
            properties));
    for (int generation = 0; generation < 2; generation++) {
      StringBuilder lines = new StringBuilder();
      for (int i = 0; i < 20; i++) {
        Picture picture = PICTURES.get(20 * generation + i);
        lines
            .append(PhotoIndex.action(picture.id()).replace("index", "create"))
            .append(PhotoIndex.document(picture, i).put("@timestamp", "2026-11-2" + generation))
            .append('\n');
      }
      JsonNode reply = client.ok("POST", "/photo-stream/_bulk?refresh=true", lines.toString());
      assertFalse(reply.required("errors").asBoolean(), reply::toString);
      if (generation == 0) {
        client.ok("POST", "/photo-stream/_rollover", null);
      }
    }
    List<String> expected =
        Requests.ids(
            search(
                INDEX,
                Requests.search(
                    "\"query\": { \"bool\": { \"must\": { "
                        + NEAREST.substring("\"query\": { ".length())
                        + ", \"filter\": { \"ids\": { \"values\": "
                        + ids(PICTURES.subList(0, 40))
                        + " } } } }",
                    40)));
    JsonNode found = search("photo-stream", Requests.search(NEAREST, 40));
    assertEquals(2, found.at("/_shards/total").asInt(), "two generations");
    assertEquals(expected, Requests.ids(found));
    JsonNode reranked = search("photo-stream", Requests.search(RERANKED, 30));
    assertEquals(30, reranked.at("/hits/hits").size());
  }

  private static String ids(List<Picture> pictures) {
    return pictures.stream().map(picture -> "\"" + picture.id() + "\"").toList().toString();
  }

  @Test
  void syntheticSource(SharedCluster cluster) {
    JsonNode mapping = client.ok("GET", "/combinations/_mapping", null);
    ObjectNode properties = (ObjectNode) mapping.at("/combinations/mappings/properties");
    properties.set("title", properties.required("name"));
    client.send("DELETE", "/combinations-synthetic", null);
    client.ok(
        "PUT",
        "/combinations-synthetic",
        PhotoIndex.json(
            "{ \"settings\": { \"number_of_shards\": 2, \"default_pipeline\": \"combinations\","
                + " \"index.mapping.source.mode\": \"synthetic\" },"
                + " \"mappings\": { \"properties\": %s } }",
            properties));
    new PhotoIndex(client, "combinations-synthetic").add(PICTURES);
    for (String sections :
        List.of(
            NEAREST, RERANKED, RERANKED.replace("\"rank", "\"verify_digests\": true, \"rank"))) {
      assertEquals(
          Requests.ids(search(INDEX, Requests.search(sections, 30))),
          Requests.ids(search("combinations-synthetic", Requests.search(sections, 30))));
    }
  }
}
