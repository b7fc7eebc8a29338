package org.sightline.integration;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** A hub with a repository that is gated, one with nothing but a checkpoint, and no other. */
final class StubHub implements AutoCloseable {
  private static final byte[] CHECKPOINT =
      ("{ \"sha\": \""
              + "0".repeat(40)
              + "\", \"siblings\": [ { \"rfilename\": \"model.safetensors\" } ] }")
          .getBytes(StandardCharsets.US_ASCII);

  private final HttpServer server;

  StubHub() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", StubHub::answer);
    server.start();
  }

  String address() {
    return "http://localhost:" + server.getAddress().getPort();
  }

  private static void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    try (exchange) {
      if (path.contains("/owner/checkpoint/")) {
        exchange.sendResponseHeaders(200, CHECKPOINT.length);
        exchange.getResponseBody().write(CHECKPOINT);
      } else {
        exchange.getResponseHeaders().set("X-Error-Code", "RepoNotFound");
        exchange.sendResponseHeaders(path.contains("/owner/gated/") ? 401 : 404, -1);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
