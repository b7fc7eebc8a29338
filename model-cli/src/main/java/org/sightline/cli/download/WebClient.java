package org.sightline.cli.download;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;
import org.sightline.cli.download.Answer.Linked;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.Proxies;
import org.sightline.cli.web.Retries;
import org.sightline.cli.web.Retries.BusyException;
import org.sightline.cli.web.TransferException;
import org.sightline.cli.web.WatchedStream;

/**
 * GET over http and https, through the proxy that {@link Proxies} names. Redirects are followed
 * here and not by the JDK's client, because the token must not follow them to other hosts.
 */
final class WebClient implements AutoCloseable {
  private static final int MAX_REDIRECTS = 10;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  private final HttpClient client;
  private final Hub hub;
  private final Proxies proxies;
  private final Duration patience;
  private final Retries retries;
  private boolean answered;

  /**
   * A client.
   *
   * @param hub whose token goes to its own host
   * @param proxies that connections go through
   * @param patience how long a server may send nothing
   * @param retries how requests are repeated
   */
  WebClient(Hub hub, Proxies proxies, Duration patience, Retries retries) {
    this.hub = hub;
    this.proxies = proxies;
    this.retries = retries;
    this.patience = patience;
    client =
        HttpClient.newBuilder()
            .proxy(proxies.selector())
            .followRedirects(HttpClient.Redirect.NEVER)
            // one large body at a time: the second version would only add its flow control
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(patience)
            .build();
  }

  Hub hub() {
    return hub;
  }

  Retries retries() {
    return retries;
  }

  /**
   * Asks for an address. The caller closes the answer.
   *
   * @throws BusyException when the server may answer the same request later
   * @throws IOException when the connection fails, which may be tried again
   * @throws TransferException when redirects lead nowhere, or the first connection of all fails:
   *     then nobody is interrupted, the address or the way to it is wrong
   */
  Answer get(URI address, Map<String, String> headers) throws IOException {
    URI uri = address;
    Linked linked = Linked.NOTHING;
    boolean withToken = false;
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      HttpResponse<InputStream> response = send(uri, headers);
      HttpHeaders received = response.headers();
      if (hub.owns(uri)) {
        withToken |= hub.token() != null;
        linked = linked.with(received);
      }
      if (REDIRECTS.contains(response.statusCode()) == false) {
        int status = response.statusCode();
        if (status == 408 || status == 429 || status >= 500) {
          response.body().close();
          throw new BusyException(
              "HTTP " + status, received.firstValue("Retry-After").orElse(null));
        }
        InputStream body = new WatchedStream(response.body(), patience);
        return new Answer(status, received, body, uri, linked, withToken);
      }
      response.body().close();
      uri = next(uri, received);
    }
    throw new TransferException(
        "[%s] redirects more than %s times", Addresses.shown(address), MAX_REDIRECTS);
  }

  private HttpResponse<InputStream> send(URI uri, Map<String, String> headers) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(patience)
            .header("User-Agent", "sightline-models")
            .header("Accept-Encoding", "identity");
    headers.forEach(request::header);
    if (hub.token() != null && hub.owns(uri)) {
      request.header("Authorization", "Bearer " + hub.token());
    }
    try {
      HttpResponse<InputStream> response =
          client.send(request.build(), BodyHandlers.ofInputStream());
      answered = true;
      return response;
    } catch (ConnectException | HttpConnectTimeoutException | SSLHandshakeException e) {
      if (answered) {
        throw e;
      }
      throw unreachable(uri, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransferException("the download was interrupted", e);
    }
  }

  private TransferException unreachable(URI uri, IOException failure) {
    boolean ofHub = hub.owns(uri);
    String server =
        ofHub ? "the hub [" + hub + "]" : "[" + uri.getScheme() + "://" + uri.getAuthority() + "]";
    return new TransferException(
        failure,
        "%s cannot be reached: %s, %s%s",
        server,
        reason(failure),
        proxies.describe(uri),
        ofHub
            ? "; --hub or HF_ENDPOINT names another one, and [import] takes a folder that was"
                + " fetched elsewhere"
            : "");
  }

  private String reason(IOException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
        return "nobody knows a host of that name";
      }
      if (cause instanceof CertificateException) {
        return "its certificate is not accepted (" + cause.getMessage() + ")";
      }
    }
    if (failure instanceof HttpConnectTimeoutException) {
      return "no connection in " + patience.toSeconds() + " s";
    }
    return failure.getMessage() == null ? "it refuses the connection" : failure.getMessage();
  }

  private static URI next(URI from, HttpHeaders headers) {
    String location = headers.firstValue("Location").orElse("");
    URI to;
    try {
      to = Addresses.parse(from.resolve(location).toString(), "the redirect");
    } catch (IllegalArgumentException e) {
      throw new TransferException(
          e, "[%s] redirects to [%s], which is no address", Addresses.shown(from), location);
    }
    if (from.getScheme().equals("https") && to.getScheme().equals("http")) {
      throw new TransferException(
          "[%s] redirects from https to [%s]: not followed",
          Addresses.shown(from), Addresses.shown(to));
    }
    return to;
  }

  @Override
  public void close() {
    // not close(), which waits for exchanges that nobody reads to their end
    client.shutdownNow();
  }
}
