package org.sightline.cli.push;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.Retries;
import org.sightline.cli.web.Retries.BusyException;
import org.sightline.cli.web.TransferException;
import org.sightline.cli.web.WatchedStream;

/** A cluster, asked again where that may help. */
public final class ClusterClient implements AutoCloseable {
  /** A list of all parts of the largest models stays far below. */
  private static final int MAX_ANSWER_BYTES = 16 << 20;

  /** The same request may succeed later. 500 is not among them: it is a fault of the server. */
  private static final Set<Integer> BUSY = Set.of(408, 429, 502, 503, 504);

  /** In bytes a second; what sends less than this is taken for a lost connection. */
  private static final long SLOWEST_CONNECTION = 16 << 10;

  /** In bytes a second, of a cluster that reads all parts again and hashes them. */
  private static final long SLOWEST_CLUSTER = 10_000_000;

  private static final String KEPT =
      "; what has arrived is kept, and the same command goes on from there";

  private final URI base;
  private final Login login;
  private final Duration patience;
  private final Retries retries;
  private final HttpClient client;
  private boolean answered;

  /**
   * A client.
   *
   * @param address of the cluster as the user gave it
   * @param login goes to that address only
   * @param trust certificates to trust, null for those that Java trusts
   * @param patience how long a connection and, unless a request needs more, an answer may take
   * @param retries how requests are repeated
   * @throws TransferException when the address is none, or certificates are given and it is not
   *     https
   */
  public ClusterClient(
      String address, Login login, SSLContext trust, Duration patience, Retries retries) {
    base = Addresses.base(address, "the cluster's address");
    if (trust != null && base.getScheme().equals("http")) {
      throw new TransferException(
          "certificates are for https: the cluster's address must begin with it, got [%s]",
          address);
    }
    this.login = login;
    this.patience = patience;
    this.retries = retries;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            // the login must not go elsewhere
            .followRedirects(HttpClient.Redirect.NEVER)
            // all that Elasticsearch speaks
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(patience);
    if (trust != null) {
      builder.sslContext(trust);
    }
    client = builder.build();
  }

  /** Whether somebody who reads along on the way learns a password or an API key. */
  public boolean exposesLogin() {
    return login.isSecret() && Addresses.isOpen(base);
  }

  /** Asks for a model and how far the nodes are with it. */
  JsonObject get(String id) {
    return send(request(id, "").GET(), Duration.ZERO, "nodes of " + id, "asked for", "");
  }

  /**
   * Offers a manifest.
   *
   * @param bytes of all files: the answer may take as long as reading them
   */
  JsonObject offer(String id, byte[] manifest, long bytes) {
    HttpRequest.Builder request =
        request(id, "")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(manifest));
    return send(request, Duration.ofSeconds(bytes / SLOWEST_CLUSTER), id, "sent", KEPT);
  }

  /**
   * Sends a part of a file.
   *
   * @param file its name, for messages
   */
  void sendPart(String id, String sha256, long part, byte[] bytes, String file) {
    HttpRequest.Builder request =
        request(id, "/files/" + sha256 + "/" + part)
            .header("Content-Type", "application/octet-stream")
            .PUT(BodyPublishers.ofByteArray(bytes));
    Duration time = Duration.ofSeconds(bytes.length / SLOWEST_CONNECTION);
    if (send(request, time, file, "sent", KEPT).get("acknowledged") == null) {
      throw noSightline();
    }
  }

  private HttpRequest.Builder request(String id, String path) {
    URI uri = URI.create(base + "/_sightline/models/" + Addresses.segment(id) + path);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .header("User-Agent", "sightline-models")
            .header("Accept", "application/json");
    login.header().ifPresent(header -> request.header("Authorization", header));
    return request;
  }

  /**
   * Sends a request until it succeeds.
   *
   * @param time that the answer may take beyond the client's patience
   * @param what is sent or asked for, for messages
   * @param done what happens to it, for messages
   * @param kept what a message adds after the last attempt
   * @throws TransferException when it is refused, or fails too often
   */
  private JsonObject send(
      HttpRequest.Builder builder, Duration time, String what, String done, String kept) {
    Duration limit = patience.plus(time);
    HttpRequest request = builder.timeout(limit).build();
    return retries.run(
        what,
        done,
        () -> kept + hint(),
        () -> {
          try {
            return exchange(request, what);
          } catch (BusyException e) {
            throw e;
          } catch (IOException e) {
            requireTrust(e);
            throw new IOException(reason(e, limit), e);
          }
        });
  }

  private JsonObject exchange(HttpRequest request, String what) throws IOException {
    try {
      HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
      Reply reply;
      try (InputStream body = new WatchedStream(response.body(), patience)) {
        reply = Reply.of(response.statusCode(), body.readNBytes(MAX_ANSWER_BYTES));
      }
      answered = true;
      if (BUSY.contains(reply.status())) {
        throw new BusyException(
            reply.says(), response.headers().firstValue("Retry-After").orElse(null));
      }
      if (reply.status() < 200 || reply.status() >= 300) {
        throw refusal(reply, response.headers().firstValue("Location").orElse(""), what);
      }
      if (reply.body() == null) {
        throw noSightline();
      }
      return reply.body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransferException("the push was interrupted", e);
    }
  }

  private TransferException noSightline() {
    return new TransferException("[%s] does not answer as Sightline does", base);
  }

  private String reason(IOException e, Duration limit) {
    if (e instanceof ConnectException) {
      return "no connection to [" + base + "]";
    }
    if (e instanceof HttpTimeoutException) {
      return "no answer from [" + base + "] for " + limit.toSeconds() + " s";
    }
    String said = e.getMessage() == null ? e.toString() : e.getMessage();
    return "the connection to [" + base + "] broke: " + said;
  }

  /** A server that speaks TLS closes a connection on which it is greeted without. */
  private String hint() {
    return answered == false && base.getScheme().equals("http")
        ? "; if the cluster speaks https, give --url https://…"
        : "";
  }

  private void requireTrust(IOException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        throw new TransferException(
            failure,
            "the certificate of [%s] is not accepted: %s; give the authority's certificate with"
                + " --ca (Elasticsearch keeps its own in config/certs/http_ca.crt), and in --url a"
                + " name that the certificate has",
            base,
            cause.getMessage());
      }
    }
  }

  private TransferException refusal(Reply reply, String location, String what) {
    String said = " (" + reply.says() + ")";
    if (reply.status() == 401 && login.isSecret()) {
      return new TransferException("[%s] does not accept this user or API key%s", base, said);
    }
    if (reply.status() == 401) {
      return new TransferException(
          "[%s] wants to know who asks: give --user and the password in SIGHTLINE_PASSWORD or"
              + " --password-file, or an API key in SIGHTLINE_API_KEY%s",
          base, said);
    }
    if (reply.status() == 403 && reply.errorType().equals("security_exception")) {
      return new TransferException(
          "this user may not store models in [%s]: give a role with the cluster privilege"
              + " [manage]%s",
          base, said);
    }
    if (reply.status() >= 300 && reply.status() < 400) {
      return new TransferException(
          "[%s] redirects to [%s], which is not followed: give the address itself in --url%s",
          base, location, said);
    }
    String hint =
        reply.isUnknownRoute()
            ? "; is the plugin on that node, in a version that stores models in the cluster?"
            : "";
    return new TransferException("[%s] refuses [%s]: %s%s", base, what, reply.says(), hint);
  }

  /** The address, for messages. */
  @Override
  public String toString() {
    return base.toString();
  }

  @Override
  public void close() {
    // not close(), which waits for exchanges that nobody reads to their end
    client.shutdownNow();
  }
}
