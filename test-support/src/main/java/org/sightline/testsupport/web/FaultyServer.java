package org.sightline.testsupport.web;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;

/** Servers on the loopback address of which tests may replace single answers. */
public abstract class FaultyServer implements AutoCloseable {
  /** An answer in place of the right one. */
  @FunctionalInterface
  public interface Fault {
    /**
     * Answers.
     *
     * @param content the right answer's, or that of the request
     */
    void answer(HttpExchange exchange, byte[] content) throws IOException;
  }

  private final Map<String, Deque<Fault>> faults = new HashMap<>();
  private final List<HttpServer> servers = new ArrayList<>();

  /** Starts a server, which speaks TLS where a context is given. */
  protected HttpServer start(SSLContext context, HttpHandler handler) {
    try {
      InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      HttpServer server = context == null ? HttpServer.create(any, 0) : HttpsServer.create(any, 0);
      if (server instanceof HttpsServer https) {
        https.setHttpsConfigurator(new HttpsConfigurator(context));
      }
      server.setExecutor(task -> Thread.ofVirtual().start(task));
      server.createContext("/", handler);
      server.start();
      servers.add(server);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where a server answers. */
  protected static String address(HttpServer server) {
    String scheme = server instanceof HttpsServer ? "https" : "http";
    return scheme + "://127.0.0.1:" + server.getAddress().getPort();
  }

  /** The next requests of that kind are answered like this. */
  public void next(String kind, Fault... inThatOrder) {
    faults.computeIfAbsent(kind, any -> new ArrayDeque<>()).addAll(Arrays.asList(inThatOrder));
  }

  /** Answers a request with the fault that is next, otherwise with the right answer. */
  protected void answer(String kind, HttpExchange exchange, byte[] content, Fault right)
      throws IOException {
    Fault fault;
    synchronized (faults) { // commands send several requests at a time
      fault = faults.getOrDefault(kind, new ArrayDeque<>()).poll();
    }
    (fault == null ? right : fault).answer(exchange, content);
  }

  /**
   * Any answer.
   *
   * @param length that is announced, 0 for chunks, -1 for none
   * @param headers names and values in turn
   */
  public static Fault answer(int status, long length, byte[] content, String... headers) {
    return (exchange, bytes) -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, length);
      exchange.getResponseBody().write(content);
      exchange.getResponseBody().flush();
      exchange.close();
    };
  }

  /** An answer of a known length. */
  public static Fault answer(int status, byte[] content, String... headers) {
    return answer(status, content.length == 0 ? -1 : content.length, content, headers);
  }

  /** An answer without content. */
  public static Fault status(int status, String... headers) {
    return answer(status, new byte[0], headers);
  }

  /** An answer in UTF-8. */
  public static Fault text(int status, String body) {
    return answer(status, body.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    servers.forEach(server -> server.stop(0));
  }
}
