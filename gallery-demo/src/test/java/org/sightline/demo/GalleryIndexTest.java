package org.sightline.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;

/** What is indexed already is not indexed again, by a node that remembers what it is told. */
class GalleryIndexTest {
  private static final List<Picture> PICTURES =
      List.of(new Picture("1", "red heart", "❤", false, new byte[] {1, 2}));

  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final List<String> deleted = new ArrayList<>();
  private HttpServer server;
  private HttpJson client;
  private GalleryIndex index;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
    client = new HttpJson(URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
    index = new GalleryIndex(client);
    answerModel("v1");
  }

  @AfterEach
  void stop() {
    client.close();
    server.stop(0);
  }

  private void answerModel(String version) {
    answers.put(
        "/_sightline/models/emoji-clip",
        "{\"nodes\":[{\"version\":\""
            + version
            + "\"}],\"suggested_mapping\":{\"properties\":{\"photo_vector\":{\"dims\":128}}}}");
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    if (exchange.getRequestMethod().equals("PUT")) {
      answers.put(
          path, path.endsWith("_mapping") ? "{\"gallery\":{\"mappings\":" + body + "}}" : body);
    } else if (exchange.getRequestMethod().equals("DELETE")) {
      deleted.add(path);
    }
    byte[] answer = answers.getOrDefault(path, "{}").getBytes(StandardCharsets.UTF_8);
    boolean there = answers.containsKey(path) || exchange.getRequestMethod().equals("DELETE");
    exchange.sendResponseHeaders(there ? 200 : 404, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  private void answerIndex(String pipeline, int count) {
    answers.put(
        "/gallery/_settings",
        "{\"gallery\":{\"settings\":{\"index\":{\"default_pipeline\":\"" + pipeline + "\"}}}}");
    answers.put("/gallery/_count", "{\"count\":" + count + "}");
    answers.putIfAbsent("/gallery/_mapping", "{\"gallery\":{\"mappings\":{}}}");
  }

  @Test
  void anIndexIsTakenUpOnlyWhenItIsCompleteAndOfTheSameModel() {
    assertFalse(index.holds(PICTURES));
    answerIndex("gallery", 1);
    assertFalse(index.holds(PICTURES)); // an earlier start was interrupted
    index.seal(PICTURES);
    assertTrue(index.holds(PICTURES));
    answerIndex("gallery", 2);
    assertTrue(index.holds(PICTURES)); // a user has added one
    answerIndex("gallery", 0);
    assertFalse(index.holds(PICTURES));
    answerIndex("gallery", 1);
    assertFalse(index.holds(List.of(new Picture("1", "red heart", "❤", false, new byte[1]))));
    answerModel("v2");
    assertFalse(index.holds(PICTURES));
    answerModel("v1");
    assertTrue(index.holds(PICTURES));
  }

  @Test
  void onlyTheDemosOwnIndexIsRemoved() {
    index.delete();
    assertEquals(List.of(), deleted);
    answerIndex("mine", 1);
    String message = assertThrows(IllegalStateException.class, index::delete).getMessage();
    assertTrue(
        message.startsWith("an index [gallery] is there that the demo has not made"), message);
    assertThrows(IllegalStateException.class, () -> index.holds(PICTURES));
    answerIndex("gallery", 1);
    index.delete();
    assertEquals(List.of("/gallery"), deleted);
  }
}
