package org.sightline.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class BodiesTest {
  private static String pretty(String json) throws JsonProcessingException {
    return Bodies.pretty(new ObjectMapper().readTree(json));
  }

  @Test
  void smallObjectsStayOnOneLine() throws JsonProcessingException {
    assertEquals(
        "{ \"a\": 1, \"b\": [ true, \"x\" ], \"c\": {}, \"d\": [] }",
        pretty("{\"a\":1,\"b\":[true,\"x\"],\"c\":{},\"d\":[]}"));
  }

  @Test
  void largeObjectsAreOpened() throws JsonProcessingException {
    String text = "x".repeat(50);
    assertEquals(
        """
        {
          "first": { "text": "%s" },
          "second": { "text": "%s" }
        }"""
            .replace("%s", text),
        pretty("{\"first\":{\"text\":\"%s\"},\"second\":{\"text\":\"%s\"}}".replace("%s", text)));
  }

  @Test
  void picturesAreCut() throws JsonProcessingException {
    assertEquals(
        "{ \"value\": \"" + "A".repeat(57) + "…\" }",
        pretty("{\"value\":\"" + "A".repeat(5000) + "\"}"));
  }
}
