package org.sightline.integration.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpHeaders;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sightline.integration.faults.Mix.Verdict;
import org.sightline.integration.faults.Mix.Work;
import org.sightline.testsupport.cluster.HttpJson;

class MixTest {
  private static final Work EMBED = new Work(0, "", "");
  private static final Work BULK = new Work(5, "", "");

  private static Verdict verdict(Work work, int status, String body) {
    try {
      HttpHeaders none = HttpHeaders.of(Map.of(), (name, value) -> true);
      return Mix.verdict(work, new HttpJson.Reply(status, new ObjectMapper().readTree(body), none));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static String items(int eighth) {
    String there = "{\"index\":{\"status\":201}},";
    return "{\"items\":[" + there.repeat(7) + "{\"index\":{\"status\":" + eighth + "}}]}";
  }

  private static String second(String error) {
    return "{\"embeddings\":[[1],{\"error\":{\"type\":\"" + error + "\"}}]}";
  }

  @Test
  void answersAreDoneOrRefusedOrFailures() {
    assertEquals(Verdict.DONE, verdict(EMBED, 200, "{\"embeddings\":[[1]]}"));
    assertEquals(Verdict.REFUSED, verdict(EMBED, 429, "{}"));
    assertEquals(Verdict.FAILED, verdict(EMBED, 500, "{}"));
    assertEquals(Verdict.FAILED, verdict(EMBED, 504, "{}"));
    assertEquals(Verdict.FAILED, verdict(EMBED, 200, "{\"_shards\":{\"failed\":1}}"));
  }

  @Test
  void inputsMayBeRefusedInTheirPlaces() {
    assertEquals(Verdict.REFUSED, verdict(EMBED, 200, second("overloaded")));
    assertEquals(Verdict.FAILED, verdict(EMBED, 200, second("internal")));
  }

  @Test
  void eachItemOfABulkIsThereOrRefused() {
    assertEquals(Verdict.DONE, verdict(BULK, 200, items(201)));
    assertEquals(Verdict.REFUSED, verdict(BULK, 200, items(429)));
    assertEquals(Verdict.FAILED, verdict(BULK, 200, items(400)));
    assertEquals(Verdict.FAILED, verdict(BULK, 200, items(503)));
    assertEquals(Verdict.FAILED, verdict(BULK, 200, "{\"items\":[]}"));
  }
}
