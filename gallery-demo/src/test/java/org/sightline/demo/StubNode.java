package org.sightline.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A node that answers what a test, or a PUT, has told it; other paths are not there. */
final class StubNode implements AutoCloseable {
  final Map<String, String> answers = new ConcurrentHashMap<>();
  final List<String> deleted = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  StubNode() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    boolean deletes = exchange.getRequestMethod().equals("DELETE");
    if (deletes) {
      deleted.add(path);
    } else if (exchange.getRequestMethod().equals("PUT")) {
      answers.put(path, "{\"index\":{\"mappings\":" + body + "}}");
    }
    byte[] answer = answers.getOrDefault(path, "{}").getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(deletes || answers.containsKey(path) ? 200 : 404, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
