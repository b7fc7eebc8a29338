package org.sightline.testsupport.web;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Two servers that answer as HuggingFace's hub does: one lists repositories and gives their small
 * files, and redirects to the other one for those that Git LFS keeps (here: {@code *.onnx*}). Kinds
 * of requests are the paths of files, on the server that has the bytes, and the empty string for
 * the listing.
 */
public final class HubServer extends FaultyServer {
  /** At which every repository is. */
  public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  private static final String RESOLVE = "/resolve/" + COMMIT + "/";
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-");

  /** What a server was asked, in order. */
  public record Request(
      String server, String path, String authorization, String range, String ifRange) {}

  /** Of the first repository. */
  public final Map<String, byte[]> files = new TreeMap<>();

  /** Branches, tags and commits of every repository, all of the same content. */
  public final List<String> revisions = new ArrayList<>(List.of("main", COMMIT, "v1"));

  /** Repositories that ask for a token. */
  public final Set<String> gated = new TreeSet<>();

  /** What both servers were asked, in order. */
  public final List<Request> requests = new CopyOnWriteArrayList<>();

  /** Whether the hub keeps what it knows of linked files to itself. */
  public boolean hideLinks;

  private final HttpServer hub = start(null, exchange -> handle("hub", exchange));
  private final HttpServer content = start(null, exchange -> handle("content", exchange));
  private final Map<String, Map<String, byte[]>> repositories = new TreeMap<>();

  /** A hub that has one repository, which is empty. */
  public HubServer(String repository) {
    repositories.put(repository, files);
  }

  /** Files of a repository, which the hub has from now on. */
  public Map<String, byte[]> repository(String name) {
    return repositories.computeIfAbsent(name, any -> new TreeMap<>());
  }

  /** Puts all files of a folder into the first repository. */
  public HubServer with(Path folder) throws IOException {
    put(folder, "", files);
    return this;
  }

  /** Puts all files of a folder into a repository. */
  public static void put(Path folder, String within, Map<String, byte[]> files) throws IOException {
    try (Stream<Path> found = Files.walk(folder)) {
      for (Path file : found.filter(Files::isRegularFile).toList()) {
        files.put(within + folder.relativize(file), Files.readAllBytes(file));
      }
    }
  }

  /** Where the hub answers. */
  public String address() {
    return address(hub);
  }

  /** Where the server with the large files answers. */
  public String contentAddress() {
    return address(content);
  }

  /** Requests for a path at either server. */
  public List<Request> requests(String path) {
    return requests.stream().filter(request -> request.path().endsWith("/" + path)).toList();
  }

  /** Names of the files that were asked for, each once, in order. */
  public List<String> asked() {
    return requests.stream()
        .map(Request::path)
        .filter(path -> path.contains(RESOLVE))
        .map(path -> path.substring(path.indexOf(RESOLVE) + RESOLVE.length()))
        .distinct()
        .toList();
  }

  /** Says that the rest of the content follows, and ends the connection after some bytes of it. */
  public static Fault cutAfter(int count) {
    return (exchange, bytes) -> {
      int from = from(exchange);
      head(exchange, bytes, from);
      exchange.getResponseBody().write(bytes, from, count);
      exchange.getResponseBody().flush();
      exchange.close();
    };
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
        String repository = repositoryOf(path);
        String name = path.substring(repository.length() + (repository.isEmpty() ? 1 : 2));
        byte[] bytes = repositories.getOrDefault(repository, files).get(name);
        give(exchange, name, bytes, sha256(bytes));
      } else if (path.startsWith("/api/models/")) {
        answer("", exchange, new byte[0], listing(path));
      } else {
        resolve(exchange, path);
      }
    }
  }

  /** The repository at the beginning of a path; empty where there is none. */
  private String repositoryOf(String path) {
    return repositories.keySet().stream()
        .filter(name -> path.startsWith("/" + name + "/"))
        .findFirst()
        .orElse("");
  }

  private Fault listing(String path) {
    String named = path.substring("/api/models".length());
    if (gated.stream().anyMatch(name -> named.startsWith("/" + name + "/"))) {
      return status(401, "X-Error-Code", "GatedRepo");
    }
    String repository = repositoryOf(named);
    if (repository.isEmpty()) {
      return status(404, "X-Error-Code", "RepoNotFound");
    }
    String revision = path.substring(path.lastIndexOf('/') + 1);
    if (revisions.contains(revision) == false) {
      return status(404, "X-Error-Code", "RevisionNotFound");
    }
    List<?> siblings =
        repositories.get(repository).keySet().stream()
            .map(name -> Map.of("rfilename", name))
            .toList();
    Map<String, Object> listing = Map.of("sha", COMMIT, "siblings", siblings);
    return text(200, new ObjectMapper().valueToTree(listing).toString());
  }

  private void resolve(HttpExchange exchange, String path) throws IOException {
    String repository = repositoryOf(path);
    String start = "/" + repository + RESOLVE;
    Map<String, byte[]> held = repositories.getOrDefault(repository, Map.of());
    String name = path.startsWith(start) ? path.substring(start.length()) : "";
    exchange.getResponseHeaders().add("X-Repo-Commit", COMMIT);
    if (held.containsKey(name) == false) {
      status(404, "X-Error-Code", "EntryNotFound").answer(exchange, null);
    } else if (name.contains(".onnx")) {
      byte[] bytes = held.get(name);
      if (hideLinks == false) {
        exchange.getResponseHeaders().add("X-Linked-Etag", "\"" + sha256(bytes) + "\"");
        exchange.getResponseHeaders().add("X-Linked-Size", Integer.toString(bytes.length));
      }
      status(302, "Location", contentAddress() + "/" + repository + "/" + name)
          .answer(exchange, null);
    } else {
      give(exchange, name, held.get(name), "git-" + name);
    }
  }

  private void give(HttpExchange exchange, String name, byte[] content, String digest)
      throws IOException {
    String tag = "\"" + digest + "\"";
    exchange.getResponseHeaders().add("ETag", tag);
    answer(name, exchange, content, (same, bytes) -> give(exchange, bytes, tag));
  }

  private static void give(HttpExchange exchange, byte[] bytes, String tag) throws IOException {
    String wanted = exchange.getRequestHeaders().getFirst("If-Range");
    int from = wanted == null || wanted.equals(tag) ? from(exchange) : 0;
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

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
