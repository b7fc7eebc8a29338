package org.sightline.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.sightline.runtime.inference.Digest;

/**
 * Two servers that answer as HuggingFace's hub does: one lists a repository and gives its small
 * files, and redirects to the other one for those that Git LFS keeps (here: {@code *.onnx*}). Tests
 * may break single answers.
 */
final class HubServer implements AutoCloseable {
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-");

  /** What a server was asked, in order. */
  record Request(String server, String path, String authorization, String range, String ifRange) {}

  /** An answer in place of the right one. */
  interface Fault {
    void answer(HttpExchange exchange, byte[] content) throws IOException;
  }

  final Map<String, byte[]> files = new TreeMap<>();
  final List<Request> requests = new CopyOnWriteArrayList<>();

  /** Whether the hub keeps what it knows of linked files to itself. */
  boolean hideLinks;

  private final Map<String, Deque<Fault>> faults = new HashMap<>();
  private final HttpServer hub = start("hub");
  private final HttpServer content = start("content");
  private final String repository;

  HubServer(String repository) {
    this.repository = repository;
  }

  /** Puts all files of a folder into the repository. */
  HubServer with(Path folder) throws IOException {
    try (Stream<Path> found = Files.walk(folder)) {
      for (Path file : found.filter(Files::isRegularFile).toList()) {
        files.put(folder.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return this;
  }

  /** The next request for that path, on the server that has the bytes, is answered like this. */
  void next(String path, Fault... inThatOrder) {
    faults.computeIfAbsent(path, any -> new ArrayDeque<>()).addAll(Arrays.asList(inThatOrder));
  }

  String address() {
    return "http://127.0.0.1:" + hub.getAddress().getPort();
  }

  String contentAddress() {
    return "http://127.0.0.1:" + content.getAddress().getPort();
  }

  /** Requests for a path at either server. */
  List<Request> requests(String path) {
    return requests.stream().filter(request -> request.path().endsWith("/" + path)).toList();
  }

  static Fault status(int status, String... headers) {
    return (exchange, bytes) -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, -1);
    };
  }

  /** Says that the rest of the content follows, and ends the connection after some bytes of it. */
  static Fault cutAfter(int count) {
    return (exchange, bytes) -> {
      int from = from(exchange);
      head(exchange, bytes, from);
      exchange.getResponseBody().write(bytes, from, count);
      exchange.getResponseBody().flush();
      exchange.close();
    };
  }

  /**
   * Any answer.
   *
   * @param length that is announced, 0 for chunks
   * @param headers names and values
   */
  static Fault answer(int status, long length, byte[] content, String... headers) {
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

  /** The whole content, whatever range was asked for. */
  static Fault whole(byte[] other) {
    return (exchange, bytes) -> {
      exchange.sendResponseHeaders(200, other.length);
      exchange.getResponseBody().write(other);
    };
  }

  private HttpServer start(String name) {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setExecutor(task -> Thread.ofVirtual().start(task));
      server.createContext("/", exchange -> handle(name, exchange));
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void handle(String server, HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    requests.add(
        new Request(
            server,
            path,
            exchange.getRequestHeaders().getFirst("Authorization"),
            exchange.getRequestHeaders().getFirst("Range"),
            exchange.getRequestHeaders().getFirst("If-Range")));
    try (exchange) {
      if (server.equals("content")) {
        give(exchange, path.substring(1), Digest.sha256(files.get(path.substring(1))));
      } else if (path.startsWith("/api/models/")) {
        list(exchange, path);
      } else {
        resolve(exchange, path);
      }
    }
  }

  private void list(HttpExchange exchange, String path) throws IOException {
    Fault fault = faults.getOrDefault("", new ArrayDeque<>()).poll();
    if (fault != null) {
      fault.answer(exchange, new byte[0]);
      return;
    }
    if (path.startsWith("/api/models/" + repository + "/revision/") == false) {
      status(404, "X-Error-Code", "RepoNotFound").answer(exchange, null);
      return;
    }
    String revision = path.substring(path.lastIndexOf('/') + 1);
    if (List.of("main", COMMIT, "v1").contains(revision) == false) {
      status(404, "X-Error-Code", "RevisionNotFound").answer(exchange, null);
      return;
    }
    JsonArray siblings = new JsonArray();
    for (String name : files.keySet()) {
      JsonObject sibling = new JsonObject();
      sibling.addProperty("rfilename", name);
      siblings.add(sibling);
    }
    JsonObject listing = new JsonObject();
    listing.addProperty("sha", COMMIT);
    listing.add("siblings", siblings);
    byte[] bytes = listing.toString().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private void resolve(HttpExchange exchange, String path) throws IOException {
    String start = "/" + repository + "/resolve/" + COMMIT + "/";
    String name = path.startsWith(start) ? path.substring(start.length()) : "";
    exchange.getResponseHeaders().add("X-Repo-Commit", COMMIT);
    if (files.containsKey(name) == false) {
      status(404, "X-Error-Code", "EntryNotFound").answer(exchange, null);
    } else if (name.contains(".onnx")) {
      byte[] bytes = files.get(name);
      if (hideLinks == false) {
        exchange.getResponseHeaders().add("X-Linked-Etag", "\"" + Digest.sha256(bytes) + "\"");
        exchange.getResponseHeaders().add("X-Linked-Size", Integer.toString(bytes.length));
      }
      exchange.getResponseHeaders().add("Location", contentAddress() + "/" + name);
      exchange.sendResponseHeaders(302, -1);
    } else {
      give(exchange, name, "git-" + name);
    }
  }

  private void give(HttpExchange exchange, String name, String tag) throws IOException {
    byte[] bytes = files.get(name);
    exchange.getResponseHeaders().add("ETag", "\"" + tag + "\"");
    Fault fault = faults.getOrDefault(name, new ArrayDeque<>()).poll();
    if (fault != null) {
      fault.answer(exchange, bytes);
      return;
    }
    String wanted = exchange.getRequestHeaders().getFirst("If-Range");
    int from = wanted == null || wanted.equals("\"" + tag + "\"") ? from(exchange) : 0;
    if (from > 0 && from >= bytes.length) {
      status(416, "Content-Range", "bytes */" + bytes.length).answer(exchange, bytes);
      return;
    }
    head(exchange, bytes, from);
    exchange.getResponseBody().write(bytes, from, bytes.length - from);
  }

  private static int from(HttpExchange exchange) {
    String range = exchange.getRequestHeaders().getFirst("Range");
    Matcher matcher = RANGE.matcher(range == null ? "" : range);
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  private static void head(HttpExchange exchange, byte[] bytes, int from) throws IOException {
    if (from > 0) {
      exchange
          .getResponseHeaders()
          .add("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, bytes.length - from);
  }

  /** Names of the files that were asked for, each once, in order. */
  List<String> asked() {
    String start = "/" + repository + "/resolve/" + COMMIT + "/";
    return requests.stream()
        .map(Request::path)
        .filter(path -> path.startsWith(start))
        .map(path -> path.substring(start.length()))
        .distinct()
        .toList();
  }

  @Override
  public void close() {
    hub.stop(0);
    content.stop(0);
  }
}
