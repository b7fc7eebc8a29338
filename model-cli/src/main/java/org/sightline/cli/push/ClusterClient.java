package org.sightline.cli.push;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Optional;
import org.sightline.cli.web.Backoff;
import org.sightline.cli.web.TransferException;
import org.sightline.cli.web.Tries;
import org.sightline.cli.web.WatchedStream;

/** Asks a cluster, and asks again where that may help. */
final class ClusterClient implements AutoCloseable {
  /** A list of all parts of the largest models stays far below. */
  private static final int MAX_ANSWER_BYTES = 16 << 20;

  private final Cluster cluster;
  private final Duration patience;
  private final HttpClient client;
  private boolean answered;

  /**
   * A client.
   *
   * @param patience how long a connection and, unless a call needs more, an answer may take
   */
  ClusterClient(Cluster cluster, Duration patience) {
    this.cluster = cluster;
    this.patience = patience;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            // the login must not go elsewhere
            .followRedirects(HttpClient.Redirect.NEVER)
            // all that Elasticsearch speaks
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(patience);
    if (cluster.trust() != null) {
      builder.sslContext(cluster.trust());
    }
    client = builder.build();
  }

  /**
   * Sends a request until it succeeds.
   *
   * @return the answer to the first that did
   * @throws TransferException when it is refused, or fails too often
   */
  JsonObject send(Call call, Tries tries) {
    Backoff backoff = tries.of(call.what());
    while (true) {
      try {
        Reply reply = exchange(call);
        answered = true;
        if (reply.isPassing()) {
          backoff.afterAnswer(reply.says(), reply.retryAfter(), call.kept());
          continue;
        }
        if (reply.isSuccess() == false) {
          throw refusal(reply, call.what());
        }
        if (reply.body() == null) {
          throw new TransferException("[" + cluster + "] does not answer as Sightline does");
        }
        return reply.body();
      } catch (IOException e) {
        requireTrust(e);
        backoff.afterAnswer(reason(e, call), Optional.empty(), call.kept() + hint());
      }
    }
  }

  private Reply exchange(Call call) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(call.uri())
            .method(call.method(), call.body())
            .timeout(patience.plus(call.time()))
            .header("User-Agent", "sightline-models")
            .header("Accept", "application/json");
    if (call.type() != null) {
      request.header("Content-Type", call.type());
    }
    cluster.login().header().ifPresent(header -> request.header("Authorization", header));
    try {
      HttpResponse<InputStream> response =
          client.send(request.build(), BodyHandlers.ofInputStream());
      try (InputStream body = new WatchedStream(response.body(), patience)) {
        return new Reply(
            response.statusCode(),
            Reply.parse(body.readNBytes(MAX_ANSWER_BYTES)),
            response.headers().firstValue("Retry-After"),
            response.headers().firstValue("Location"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransferException("the push was interrupted", e);
    }
  }

  private String reason(IOException e, Call call) {
    if (e instanceof ConnectException) {
      return "no connection to [" + cluster + "]";
    }
    if (e instanceof HttpTimeoutException) {
      long seconds = patience.plus(call.time()).toSeconds();
      return "no answer from [" + cluster + "] for " + seconds + " s";
    }
    String said = e.getMessage() == null ? e.toString() : e.getMessage();
    return "the connection to [" + cluster + "] broke: " + said;
  }

  /** A server that speaks TLS closes a connection on which it is greeted without. */
  private String hint() {
    return answered == false && cluster.base().getScheme().equals("http")
        ? "; if the cluster speaks https, give --url https://…"
        : "";
  }

  private void requireTrust(IOException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        throw new TransferException(
            "the certificate of ["
                + cluster
                + "] is not accepted: "
                + cause.getMessage()
                + "; give the authority's certificate with --ca (Elasticsearch keeps its own in"
                + " config/certs/http_ca.crt), and in --url a name that the certificate has",
            failure);
      }
    }
  }

  private TransferException refusal(Reply reply, String what) {
    String said = " (" + reply.says() + ")";
    if (reply.status() == 401) {
      return new TransferException(
          cluster.login().isSecret()
              ? "[" + cluster + "] does not accept this user or API key" + said
              : "["
                  + cluster
                  + "] wants to know who asks: give --user and the password in SIGHTLINE_PASSWORD"
                  + " or --password-file, or an API key in SIGHTLINE_API_KEY"
                  + said);
    }
    if (reply.status() == 403 && reply.errorType().equals("security_exception")) {
      return new TransferException(
          "this user may not store models in ["
              + cluster
              + "]: give a role with the cluster privilege [manage]"
              + said);
    }
    if (reply.status() >= 300 && reply.status() < 400) {
      return new TransferException(
          "["
              + cluster
              + "] redirects to ["
              + reply.location().orElse("")
              + "], which is not followed: give the address itself in --url"
              + said);
    }
    String hint =
        reply.isUnknownRoute()
            ? "; is the plugin on that node, in a version that stores models in the cluster?"
            : "";
    return new TransferException(
        "[" + cluster + "] refuses [" + what + "]: " + reply.says() + hint);
  }

  @Override
  public void close() {
    // not close(), which waits for exchanges that nobody reads to their end
    client.shutdownNow();
  }
}
