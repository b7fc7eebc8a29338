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
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.Retries;
import org.sightline.cli.web.Retries.BusyException;
import org.sightline.cli.web.TransferException;
import org.sightline.cli.web.WatchedStream;

/** A cluster, asked again where that may help. Thread-safe. */
public final class ClusterClient implements AutoCloseable {
  /** The same request may succeed later. 500 is not among them: it is a fault of the server. */
  private static final Set<Integer> BUSY = Set.of(408, 429, 502, 503, 504);

  /** In bytes a second; what sends less than this is taken for a lost connection. */
  private static final long SLOWEST_CONNECTION = 16 << 10;

  /** In bytes a second, of a cluster that reads all parts again and hashes them. */
  private static final long SLOWEST_CLUSTER = 10_000_000;

  private static final String KEPT =
      "; what has arrived is kept, and the same command goes on from there";

  private static final String JSON = "application/json";

  private final URI base;
  private final Login login;
  private final Duration patience;
  private final Retries retries;
  private final HttpClient client;
  private volatile boolean answered;

  /**
   * A client.
   *
   * @param base address of the cluster, without a slash at its end
   * @param login goes to that address only
   * @param trust certificates to trust, null for those that Java trusts
   * @param patience how long a connection and, unless a request needs more, an answer may take
   * @param retries how requests are repeated
   * @throws TransferException when certificates are given and the address is not https
   */
  public ClusterClient(
      URI base, Login login, SSLContext trust, Duration patience, Retries retries) {
    if (trust != null && base.getScheme().equals("http")) {
      throw new TransferException(
          "certificates are for https: the cluster's address must begin with it, got [%s]", base);
    }
    this.base = base;
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

  /**
   * A request, and what messages say of it.
   *
   * @param time that the answer may take beyond the client's patience
   * @param what is sent or asked for
   * @param done what happens to it
   * @param kept what a message adds after the last attempt
   */
  private record Call(
      HttpRequest.Builder request,
      Duration time,
      String what,
      String done,
      String kept,
      Deed deed) {}

  /** What requests are about. */
  public enum Deed {
    STORE(
        16 << 20,
        "store models",
        "the cluster privileges [cluster:admin/sightline/model/put,"
            + " cluster:admin/sightline/model/put_part, cluster:monitor/sightline/models]"),
    REBUILD(
        512 << 20,
        "rebuild an index",
        "the cluster privileges [manage_ingest_pipelines, monitor] and the privilege [all] on both"
            + " indices and the alias"),
    INDEX(
        16 << 20,
        "index pictures",
        "the cluster privileges [manage_ingest_pipelines, monitor] and the privilege [all] on the"
            + " index");

    /** Longest answer: lists of parts stay far below the one, pages of pictures the other. */
    private final int answerBytes;

    private final String name;
    private final String need;

    Deed(int answerBytes, String name, String need) {
      this.answerBytes = answerBytes;
      this.name = name;
      this.need = need;
    }
  }

  /** Asks for a model and how far the nodes are with it. */
  JsonObject get(String id) {
    return send(
        new Call(
            model(id, "").GET(), Duration.ZERO, "nodes of " + id, "asked for", "", Deed.STORE));
  }

  /**
   * Offers a manifest.
   *
   * @param bytes of all files: the answer may take as long as reading them
   * @param replace whether another version may be replaced although it is in use
   */
  JsonObject offer(String id, byte[] manifest, long bytes, boolean replace) {
    HttpRequest.Builder request =
        model(id, replace ? "?replace=true" : "")
            .header("Content-Type", JSON)
            .POST(BodyPublishers.ofByteArray(manifest));
    Duration time = Duration.ofSeconds(bytes / SLOWEST_CLUSTER);
    return send(new Call(request, time, id, "sent", KEPT, Deed.STORE));
  }

  /**
   * Sends a part of a file.
   *
   * @param file its name, for messages
   */
  void sendPart(String id, String sha256, long part, byte[] bytes, String file) {
    HttpRequest.Builder request =
        model(id, "/files/" + sha256 + "/" + part)
            .header("Content-Type", "application/octet-stream")
            .PUT(BodyPublishers.ofByteArray(bytes));
    Duration time = Duration.ofSeconds(bytes.length / SLOWEST_CONNECTION);
    JsonObject answer = send(new Call(request, time, file, "sent", KEPT, Deed.STORE));
    if (answer.get("acknowledged") == null) {
      throw noSightline();
    }
  }

  /**
   * A request to any part of Elasticsearch.
   *
   * @param deed what it is for
   * @param path below the cluster's address, with parameters
   * @param body JSON, or lines of JSON that end with a line break; null for none
   * @param time that the answer may take beyond the client's patience
   * @return empty where 404 says that something does not exist
   * @throws TransferException when it is refused, or fails too often
   */
  public Optional<JsonObject> ask(
      Deed deed, String method, String path, String body, Duration time) {
    HttpRequest.Builder request =
        request(path)
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (body != null) {
      request.header("Content-Type", body.endsWith("\n") ? "application/x-ndjson" : JSON);
    }
    String what = method + " " + path.replaceFirst("[?].*", "");
    return Optional.ofNullable(send(new Call(request, time, what, "done", "", deed)));
  }

  private HttpRequest.Builder model(String id, String path) {
    return request("/_sightline/models/" + Addresses.segment(id) + path);
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path))
            .header("User-Agent", "sightline-models")
            .header("Accept", JSON);
    login.header().ifPresent(header -> request.header("Authorization", header));
    return request;
  }

  /**
   * Sends a request until it succeeds.
   *
   * @return the answer; null for 404 where a request asks whether something exists
   * @throws TransferException when it is refused, or fails too often
   */
  private JsonObject send(Call call) {
    Duration limit = patience.plus(call.time());
    HttpRequest request = call.request().timeout(limit).build();
    return retries.run(
        call.what(),
        call.done(),
        () -> call.kept() + hint(),
        () -> {
          try {
            return exchange(request, call);
          } catch (BusyException e) {
            throw e;
          } catch (IOException e) {
            requireTrust(e);
            requireTls(e);
            throw new IOException(reason(e, limit), e);
          }
        });
  }

  private JsonObject exchange(HttpRequest request, Call call) throws IOException {
    try {
      HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
      Reply reply;
      try (InputStream body = new WatchedStream(response.body(), patience)) {
        reply = Reply.of(response.statusCode(), body.readNBytes(call.deed().answerBytes));
      }
      answered = true;
      if (BUSY.contains(reply.status())) {
        throw new BusyException(
            reply.says(), response.headers().firstValue("Retry-After").orElse(null));
      }
      if (reply.status() == 404 && call.deed() != Deed.STORE) {
        return null;
      }
      if (reply.status() < 200 || reply.status() >= 300) {
        throw refusal(reply, response.headers().firstValue("Location").orElse(""), call);
      }
      if (reply.body() == null) {
        throw noSightline();
      }
      return reply.body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransferException("interrupted", e);
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

  /** A server that does not speak TLS will not begin to. */
  private void requireTls(IOException failure) {
    if (answered == false && failure instanceof SSLException) {
      throw new TransferException(
          failure,
          "[%s] gives no TLS connection: %s; if the cluster speaks plain http, give --url http://…",
          base,
          failure.getMessage());
    }
  }

  private TransferException refusal(Reply reply, String location, Call call) {
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
          "this user may not %s in [%s]: give a role with %s%s",
          call.deed().name, base, call.deed().need, said);
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
    return new TransferException("[%s] refuses [%s]: %s%s", base, call.what(), reply.says(), hint);
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
