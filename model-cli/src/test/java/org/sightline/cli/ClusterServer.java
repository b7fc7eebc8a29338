package org.sightline.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.FileSpec;
import org.sightline.runtime.inference.Digest;

/**
 * A server that stores models as a cluster does: it keeps parts, says which it misses, and compares
 * a file with its SHA-256 before a model is in service. Tests may break single answers.
 */
final class ClusterServer implements AutoCloseable {
  private static final String MODELS = "/_sightline/models/";

  /** What the server was asked, in order. */
  record Request(String method, String path, String type, String authorization, int bytes) {}

  /** An answer in place of the right one; the body of the request has been read. */
  interface Fault {
    void answer(HttpExchange exchange, byte[] body) throws IOException;
  }

  final List<Request> requests = new CopyOnWriteArrayList<>();

  /** Files of models in service, by id and name. */
  final Map<String, Map<String, byte[]>> models = new TreeMap<>();

  /** Bodies of the manifests, by id. */
  final Map<String, byte[]> manifests = new HashMap<>();

  /** Answers for nodes, in order; the last one stays. */
  final Deque<JsonArray> nodes = new ArrayDeque<>();

  int partBytes = 4 << 20;

  /** Whether parts are lost when a model is about to be put into service. */
  boolean forgetful;

  private final Map<String, byte[]> parts = new HashMap<>();
  private final Map<String, Deque<Fault>> faults = new HashMap<>();
  private final HttpServer server;

  ClusterServer() {
    this(null);
  }

  /** A server that speaks TLS where a context is given. */
  ClusterServer(SSLContext context) {
    try {
      InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      if (context == null) {
        server = HttpServer.create(any, 0);
      } else {
        HttpsServer https = HttpsServer.create(any, 0);
        https.setHttpsConfigurator(new HttpsConfigurator(context));
        server = https;
      }
      server.setExecutor(task -> Thread.ofVirtual().start(task));
      server.createContext("/", this::handle);
      server.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Port of the loopback address. */
  int port() {
    return server.getAddress().getPort();
  }

  String address() {
    return (server instanceof HttpsServer ? "https" : "http") + "://127.0.0.1:" + port();
  }

  /** The next requests with that method are answered like this. */
  void next(String method, Fault... inThatOrder) {
    faults.computeIfAbsent(method, any -> new ArrayDeque<>()).addAll(Arrays.asList(inThatOrder));
  }

  /** Passes a request on to the right answer. */
  Fault none() {
    return this::answer;
  }

  /** An answer with headers, names and values in turn. */
  static Fault status(int status, String body, String... headers) {
    return (exchange, content) -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
      }
      send(exchange, status, body);
    };
  }

  /** Elasticsearch's error. */
  static Fault error(int status, String type, String reason) {
    JsonObject error = new JsonObject();
    error.addProperty("type", type);
    error.addProperty("reason", reason);
    JsonObject body = new JsonObject();
    body.add("error", error);
    body.addProperty("status", status);
    return status(status, body.toString());
  }

  /** Ends the connection without an answer. */
  static Fault cut() {
    return (exchange, content) -> exchange.close();
  }

  /** Says nothing before that, and then ends the connection. */
  static Fault silentUntil(CountDownLatch end) {
    return (exchange, content) -> {
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }

  /** What nodes say: {@code name state version reason}, the last two may be missing. */
  static JsonArray states(String... lines) {
    JsonArray nodes = new JsonArray();
    for (String line : lines) {
      String[] words = line.split(" ", 4);
      JsonObject node = new JsonObject();
      node.addProperty("name", words[0]);
      node.addProperty("state", words[1]);
      if (words.length > 2) {
        node.addProperty("version", words[2]);
      }
      if (words.length > 3) {
        node.addProperty("reason", words[3]);
      }
      nodes.add(node);
    }
    return nodes;
  }

  /** Numbers of the parts that were sent, each as {@code sha256/part}, in order. */
  List<String> sent() {
    return requests.stream()
        .filter(request -> request.method().equals("PUT"))
        .map(request -> request.path().substring(request.path().indexOf("/files/") + 7))
        .toList();
  }

  long count(String method) {
    return requests.stream().filter(request -> request.method().equals(method)).count();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String method = exchange.getRequestMethod();
      requests.add(
          new Request(
              method,
              exchange.getRequestURI().getPath(),
              exchange.getRequestHeaders().getFirst("Content-Type"),
              exchange.getRequestHeaders().getFirst("Authorization"),
              body.length));
      Fault fault = faults.getOrDefault(method, new ArrayDeque<>()).poll();
      (fault == null ? none() : fault).answer(exchange, body);
    }
  }

  private void answer(HttpExchange exchange, byte[] body) throws IOException {
    String path = exchange.getRequestURI().getPath().substring(MODELS.length());
    switch (exchange.getRequestMethod()) {
      case "POST" -> store(exchange, path, body);
      case "PUT" -> {
        synchronized (parts) {
          parts.put(path.substring(path.indexOf("/files/") + 7), body);
        }
        send(exchange, 200, "{\"acknowledged\":true}");
      }
      default -> {
        JsonObject answer = new JsonObject();
        answer.addProperty("model_id", path);
        answer.addProperty("source", "cluster");
        answer.add("nodes", nodes.size() > 1 ? nodes.poll() : nodes.peek());
        send(exchange, 200, answer.toString());
      }
    }
  }

  private void store(HttpExchange exchange, String id, byte[] body) throws IOException {
    BundleManifest manifest = BundleManifest.parse(new String(body, StandardCharsets.UTF_8));
    JsonArray missing;
    synchronized (parts) {
      missing = missing(manifest);
      if (missing.isEmpty() && isWhole(manifest) == false) {
        error(400, "illegal_argument_exception", "the parts make another file")
            .answer(exchange, body);
        return;
      }
      if (missing.isEmpty() && forgetful) {
        parts.clear();
        missing = missing(manifest);
      }
    }
    JsonObject answer = new JsonObject();
    answer.addProperty("model_id", id);
    answer.addProperty("version", manifest.fingerprint());
    if (missing.isEmpty()) {
      byte[] before = manifests.put(id, body);
      boolean same = Arrays.equals(before, body);
      models.put(id, files(manifest));
      answer.addProperty("result", before == null ? "created" : same ? "noop" : "updated");
      send(exchange, before == null ? 201 : 200, answer.toString());
    } else {
      answer.addProperty("result", "incomplete");
      answer.addProperty("part_bytes", partBytes);
      answer.add("missing", missing);
      send(exchange, 202, answer.toString());
    }
  }

  private boolean isWhole(BundleManifest manifest) {
    return manifest.files().values().stream()
        .allMatch(spec -> Digest.sha256(join(spec)).equals(spec.sha256()));
  }

  private JsonArray missing(BundleManifest manifest) {
    JsonArray all = new JsonArray();
    Map<String, String> bySha256 = new LinkedHashMap<>();
    manifest.files().forEach((name, spec) -> bySha256.putIfAbsent(spec.sha256(), name));
    bySha256.forEach(
        (sha256, name) -> {
          FileSpec spec = manifest.files().get(name);
          JsonArray numbers = new JsonArray();
          for (long part = 0; part < count(spec); part++) {
            if (parts.containsKey(sha256 + "/" + part) == false) {
              numbers.add(part);
            }
          }
          if (numbers.isEmpty() == false) {
            JsonObject file = new JsonObject();
            file.addProperty("file", name);
            file.addProperty("sha256", sha256);
            file.addProperty("bytes", spec.bytes());
            file.add("parts", numbers);
            all.add(file);
          }
        });
    return all;
  }

  private long count(FileSpec spec) {
    return Math.max(1, Math.ceilDiv(spec.bytes(), partBytes));
  }

  private byte[] join(FileSpec spec) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (long part = 0; part < count(spec); part++) {
      all.writeBytes(parts.get(spec.sha256() + "/" + part));
    }
    return all.toByteArray();
  }

  private Map<String, byte[]> files(BundleManifest manifest) {
    Map<String, byte[]> files = new TreeMap<>();
    synchronized (parts) {
      manifest.files().forEach((name, spec) -> files.put(name, join(spec)));
    }
    return files;
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
