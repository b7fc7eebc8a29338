package org.sightline.cli;

import com.google.gson.Gson;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import javax.net.ssl.SSLContext;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.FileSpec;
import org.sightline.runtime.inference.Digest;
import org.sightline.testsupport.web.FaultyServer;

/**
 * A server that stores models as a cluster does: it keeps parts, says which it misses, and compares
 * a file with its SHA-256 before a model is in service. Kinds of requests are their methods.
 */
final class ClusterServer extends FaultyServer {
  private static final String MODELS = "/_sightline/models/";

  /** What the server was asked, in order. */
  record Request(
      String method, String path, String query, String type, String authorization, int bytes) {}

  final List<Request> requests = new CopyOnWriteArrayList<>();

  /** Files of models in service, by id and name. */
  final Map<String, Map<String, byte[]>> models = new TreeMap<>();

  /** Bodies of the manifests, by id. */
  final Map<String, byte[]> manifests = new HashMap<>();

  /** Answers for nodes, in order; the last one stays. */
  final Deque<List<Map<String, String>>> nodes = new ArrayDeque<>();

  int partBytes = 4 << 20;

  /** Whether parts are lost when a model is about to be put into service. */
  boolean forgetful;

  private final Map<String, byte[]> parts = new HashMap<>();
  private final HttpServer server;

  ClusterServer() {
    this(null);
  }

  /** A server that speaks TLS where a context is given. */
  ClusterServer(SSLContext context) {
    server = start(context, this::handle);
  }

  /** Port of the loopback address. */
  int port() {
    return server.getAddress().getPort();
  }

  String address() {
    return address(server);
  }

  /** Passes a request on to the right answer. */
  Fault none() {
    return this::right;
  }

  /** An answer in JSON, made of maps, lists and what Gson knows. */
  static Fault json(int status, Object body) {
    return text(status, new Gson().toJson(body));
  }

  /** Elasticsearch's error. */
  static Fault error(int status, String type, String reason) {
    return json(status, Map.of("error", Map.of("type", type, "reason", reason), "status", status));
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
  static List<Map<String, String>> states(String... lines) {
    List<String> names = List.of("name", "state", "version", "reason");
    List<Map<String, String>> nodes = new ArrayList<>();
    for (String line : lines) {
      Map<String, String> node = new TreeMap<>();
      String[] words = line.split(" ", names.size());
      for (int i = 0; i < words.length; i++) {
        node.put(names.get(i), words[i]);
      }
      nodes.add(node);
    }
    return nodes;
  }

  /** Numbers of the parts that were sent, each as {@code sha256/part}, in order. */
  List<String> sent() {
    return requests.stream()
        .filter(request -> request.method().equals("PUT"))
        .map(request -> part(request.path()))
        .toList();
  }

  private static String part(String path) {
    return path.substring(path.indexOf("/files/") + 7);
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
              Objects.requireNonNullElse(exchange.getRequestURI().getQuery(), ""),
              exchange.getRequestHeaders().getFirst("Content-Type"),
              exchange.getRequestHeaders().getFirst("Authorization"),
              body.length));
      answer(method, exchange, body, none());
    }
  }

  private void right(HttpExchange exchange, byte[] body) throws IOException {
    String path = exchange.getRequestURI().getPath().substring(MODELS.length());
    Fault answer =
        switch (exchange.getRequestMethod()) {
          case "POST" -> store(path, body);
          case "PUT" -> {
            synchronized (parts) {
              parts.put(part(path), body);
            }
            yield json(200, Map.of("acknowledged", true));
          }
          default -> {
            List<?> states = nodes.size() > 1 ? nodes.poll() : nodes.peek();
            yield json(200, Map.of("model_id", path, "source", "cluster", "nodes", states));
          }
        };
    answer.answer(exchange, body);
  }

  private Fault store(String id, byte[] body) {
    BundleManifest manifest = BundleManifest.parse(new String(body, StandardCharsets.UTF_8));
    Map<String, Object> answer = new HashMap<>();
    answer.put("model_id", id);
    answer.put("version", manifest.fingerprint());
    synchronized (parts) {
      List<?> missing = missing(manifest);
      if (missing.isEmpty() && isWhole(manifest) == false) {
        return error(400, "illegal_argument_exception", "the parts make another file");
      }
      if (missing.isEmpty() && forgetful) {
        parts.clear();
        missing = missing(manifest);
      }
      if (missing.isEmpty() == false) {
        answer.putAll(Map.of("result", "incomplete", "part_bytes", partBytes, "missing", missing));
        return json(202, answer);
      }
      Map<String, byte[]> files = new TreeMap<>();
      manifest.files().forEach((name, spec) -> files.put(name, join(spec)));
      models.put(id, files);
    }
    byte[] before = manifests.put(id, body);
    boolean same = Arrays.equals(before, body);
    answer.put("result", before == null ? "created" : same ? "noop" : "updated");
    return json(before == null ? 201 : 200, answer);
  }

  private boolean isWhole(BundleManifest manifest) {
    return manifest.files().values().stream()
        .allMatch(spec -> Digest.sha256(join(spec)).equals(spec.sha256()));
  }

  private List<?> missing(BundleManifest manifest) {
    Map<String, Map<String, Object>> all = new TreeMap<>();
    Map<String, String> nameBySha256 = new HashMap<>();
    manifest
        .files()
        .forEach(
            (name, spec) -> {
              List<Long> numbers =
                  LongStream.range(0, count(spec))
                      .filter(part -> parts.containsKey(spec.sha256() + "/" + part) == false)
                      .boxed()
                      .toList();
              if (numbers.isEmpty() == false
                  && nameBySha256.putIfAbsent(spec.sha256(), name) == null) {
                all.put(
                    name,
                    Map.of(
                        "file",
                        name,
                        "sha256",
                        spec.sha256(),
                        "bytes",
                        spec.bytes(),
                        "parts",
                        numbers));
              }
            });
    return List.copyOf(all.values());
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
}
