package org.sightline.testsupport.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;

/** Requests to one node, with JSON in and out. Thread-safe; closing ends its connections. */
public final class HttpJson implements Requests, AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofMinutes(3);

  private final ObjectMapper mapper = new ObjectMapper();
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(20))
          .build();
  private final URI node;
  private final String authorization; // null: none

  /** Talks without credentials. */
  public HttpJson(URI node) {
    this.node = node;
    this.authorization = null;
  }

  /** Talks as a user. */
  public HttpJson(URI node, String user, String password) {
    byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    this.node = node;
    this.authorization = "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  /** The node that is talked to. */
  public URI node() {
    return node;
  }

  /**
   * What the node answered.
   *
   * @param status HTTP status
   * @param body parsed JSON, or a text node where the answer is no JSON
   * @param headers response headers, such as {@code Warning}
   */
  public record Reply(int status, JsonNode body, HttpHeaders headers) {
    /** Whether the status says success. */
    public boolean ok() {
      return status >= 200 && status < 300;
    }

    /** The reason of an error answer. */
    public String reason() {
      return body.path("error").path("reason").asText();
    }
  }

  @Override
  public Reply send(String method, String path, String body) {
    return answer(request(method, path, body));
  }

  private Reply answer(HttpRequest request) {
    String what = request.method() + " " + request.uri();
    try {
      return read(client.send(request, HttpResponse.BodyHandlers.ofString()));
    } catch (IOException e) {
      throw new ClusterException(what + " got no answer: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException(what + " was interrupted", e);
    }
  }

  /** Sends a body that is no JSON, and waits for the answer, whatever its status. */
  public Reply send(String method, String path, String contentType, byte[] body) {
    HttpRequest request =
        begin(path)
            .header("Content-Type", contentType)
            .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    return answer(request);
  }

  /** Sends one request without waiting. */
  public CompletableFuture<Reply> sendAsync(String method, String path, String body) {
    return sendAsync(request(method, path, body));
  }

  /** The same with a body in UTF-8. */
  public CompletableFuture<Reply> sendAsync(String method, String path, byte[] body) {
    return sendAsync(request(method, path, HttpRequest.BodyPublishers.ofByteArray(body)));
  }

  private CompletableFuture<Reply> sendAsync(HttpRequest request) {
    return client.sendAsync(request, HttpResponse.BodyHandlers.ofString()).thenApply(this::read);
  }

  private HttpRequest.Builder begin(String path) {
    String slash = path.startsWith("/") ? "" : "/";
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(URI.create(node + slash + path)).timeout(TIMEOUT);
    if (authorization != null) {
      builder.header("Authorization", authorization);
    }
    return builder;
  }

  private HttpRequest request(String method, String path, String body) {
    if (body == null) {
      return begin(path).method(method, HttpRequest.BodyPublishers.noBody()).build();
    }
    return request(method, path, HttpRequest.BodyPublishers.ofString(body));
  }

  private HttpRequest request(String method, String path, HttpRequest.BodyPublisher body) {
    boolean lines = path.contains("_bulk") || path.contains("_msearch");
    String type = lines ? "application/x-ndjson" : "application/json";
    return begin(path).header("Content-Type", type).method(method, body).build();
  }

  private Reply read(HttpResponse<String> response) {
    JsonNode body;
    try {
      body = mapper.readTree(response.body());
    } catch (JsonProcessingException e) {
      body = TextNode.valueOf(response.body());
    }
    return new Reply(response.statusCode(), body, response.headers());
  }

  @Override
  public void close() {
    client.close();
  }
}
