package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import co.elastic.clients.elasticsearch.core.search.DfsStatisticsProfile;
import co.elastic.clients.elasticsearch.core.search.ShardProfile;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** Profiles of searches and the log of slow matches, on the node that coordinates them. */
@ExtendWith(ClusterExtension.class)
class SeeingInsideIT {
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(240, 280);
  private static final String THRESHOLD = "sightline.match.slowlog.threshold.warn";

  private static PhotoIndex photos;

  @BeforeAll
  static void index(SharedCluster cluster) {
    photos = new PhotoIndex(cluster.client(), "inside").create(2, 0).add(PICTURES);
  }

  private static String rerank(String text) {
    String input = "\"" + text + "\"";
    String rerank = Requests.rerank(Requests.knn(input, 20, 40, ""), input, 20, "");
    return Requests.search(Requests.retriever(rerank) + ", \"profile\": true", 5);
  }

  private static void assertCounts(JsonNode debug, int known, int unknown) {
    assertEquals(20, debug.required("window").asInt(), debug::toString);
    assertEquals(20, debug.required("matched").asInt(), debug::toString);
    assertEquals(unknown, debug.required("fetched").asInt(), debug::toString);
    assertEquals(unknown, debug.required("sent").asInt(), debug::toString);
    int cached = debug.required("tokens_from_memory").asInt();
    assertEquals(known, cached + debug.required("tokens_from_disk").asInt(), debug::toString);
    assertEquals(unknown, debug.required("tokens_encoded").asInt(), debug::toString);
    assertEquals(0, debug.required("failovers").asInt(), debug::toString);
    assertEquals("reranked", debug.required("outcome").asText());
  }

  @Test
  void aProfileShowsWhereTheTimeWent(SharedCluster cluster) throws IOException {
    // other tests may have matched some of these pictures, but not in the order of this text
    for (int search = 0; search < 2; search++) {
      JsonNode reply =
          photos.search(cluster.clientWithoutInference(), rerank("face in the clouds"));
      JsonNode part = Requests.profilePart(reply, "image_text_match");
      assertEquals("model [emoji-blip] on [photo]", part.required("description").asText());
      JsonNode times = part.required("debug");
      long first = times.required("first_stage_in_nanos").asLong();
      long fetch = times.required("fetch_in_nanos").asLong();
      long match = times.required("match_in_nanos").asLong();
      assertTrue(first > 0 && match > 0, part::toString);
      assertTrue(first + fetch + match <= part.required("time_in_nanos").asLong());
      int unknown = part.at("/debug/tokens_encoded").asInt();
      assertTrue(search == 0 || unknown == 0, part::toString);
      assertCounts(part.required("debug"), 20 - unknown, unknown);
      JsonNode embedding = Requests.profilePart(reply, "image_text_embedding");
      assertEquals(1, embedding.at("/debug/texts").asInt(), embedding::toString);
      assertTrue(embedding.required("time_in_nanos").asLong() > 0);
    }
  }

  /** Typed clients refuse an answer that lacks what they take for granted. */
  @Test
  void theJavaClientReadsTheProfile() {
    JsonNode profile = photos.search(rerank("waving hand")).required("profile");
    JsonNode shards = profile.required("shards");
    assertEquals(2, shards.size());
    for (int i = 0; i < 2; i++) {
      String json = shards.get(i).toString();
      ShardProfile shard = ShardProfile.of(read -> read.withJson(new StringReader(json)));
      if (i == 0) {
        List<DfsStatisticsProfile> parts = shard.dfs().statistics().children();
        assertEquals(
            List.of("image_text_embedding", "image_text_match"),
            parts.stream().map(DfsStatisticsProfile::type).toList());
        assertEquals("20", parts.get(1).debug().get("window").toJson().toString());
      }
    }
  }

  private static void threshold(SharedCluster cluster, String value) {
    cluster
        .client()
        .ok(
            "PUT",
            "/_cluster/settings",
            "{ \"persistent\": { \"" + THRESHOLD + "\": " + value + " } }");
  }

  private static List<String> slowLines(SharedCluster cluster, String text) throws IOException {
    return Files.readAllLines(cluster.node().log()).stream()
        .filter(line -> line.contains("took_millis[") && line.contains(text))
        .toList();
  }

  @Test
  void slowMatchesAreLogged(SharedCluster cluster) throws IOException {
    photos.search(rerank("never slow"));
    threshold(cluster, "\"0ms\"");
    try {
      photos.search(rerank("always slow"));
    } finally {
      threshold(cluster, "null");
    }
    photos.search(rerank("never slow"));
    List<String> lines = slowLines(cluster, "always slow");
    assertEquals(1, lines.size(), lines::toString);
    String line = lines.get(0);
    Pattern expected =
        Pattern.compile(
            ".*\\[WARN \\].*slowlog.*took\\[[^]]+], took_millis\\[\\d+], outcome\\[reranked],"
                + " reason\\[[^]]+], first_stage_millis\\[\\d+], fetch_millis\\[\\d+],"
                + " match_millis\\[\\d+], window\\[20], matched\\[20], .*"
                + " model\\[emoji-blip], field\\[photo], input\\[always slow]");
    assertTrue(expected.matcher(line).matches(), line);
    assertEquals(List.of(), slowLines(cluster, "never slow"));
  }
}
