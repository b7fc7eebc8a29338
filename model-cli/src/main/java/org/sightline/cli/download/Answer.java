package org.sightline.cli.download;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.Optional;
import java.util.OptionalLong;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.TransferException;
import org.sightline.runtime.inference.Digest;

/**
 * What a server answered at the end of all redirects. The caller closes it.
 *
 * @param uri of the server that answered
 * @param linked what the hub's own answers say of the file
 * @param withToken whether the token was sent on the way
 */
record Answer(
    int status, HttpHeaders headers, InputStream body, URI uri, Linked linked, boolean withToken)
    implements AutoCloseable {

  /**
   * What the hub's own headers say of the file behind the redirects.
   *
   * @param bytes length of the file
   * @param sha256 SHA-256 of the file
   * @param commit of the repository
   */
  record Linked(OptionalLong bytes, Optional<String> sha256, Optional<String> commit) {
    static final Linked NOTHING =
        new Linked(OptionalLong.empty(), Optional.empty(), Optional.empty());

    Linked with(HttpHeaders headers) {
      OptionalLong size = number(headers.firstValue("X-Linked-Size"));
      return new Linked(
          size.isPresent() ? size : bytes,
          headers
              .firstValue("X-Linked-Etag")
              .map(tag -> tag.replace("\"", ""))
              .filter(Digest::isDigest)
              .or(() -> sha256),
          headers.firstValue("X-Repo-Commit").or(() -> commit));
    }
  }

  Optional<String> header(String name) {
    return headers.firstValue(name);
  }

  /** The entity tag if it is a strong one: only a strong tag says that bytes are equal. */
  Optional<String> strongTag() {
    return header("ETag").filter(tag -> tag.startsWith("\"") && tag.length() > 2);
  }

  /** A number in a header; empty where it is none. */
  static OptionalLong number(Optional<String> text) {
    try {
      return text.isPresent()
          ? OptionalLong.of(Long.parseLong(text.get().strip()))
          : OptionalLong.empty();
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /**
   * What a status that no other attempt changes means to the user.
   *
   * @param what was asked for
   */
  TransferException refusal(String what) {
    String from = "HTTP " + status + " from [" + Addresses.shown(uri) + "]";
    String why =
        switch (status) {
          case 401, 403 ->
              withToken
                  ? "is not open to this token: accept the model's terms on the hub with the"
                      + " token's account, or give another token"
                  : "does not exist, is private or is gated: for the last two accept the model's"
                      + " terms on the hub and give a token in HF_TOKEN or --token-file";
          case 404, 410 -> "does not exist";
          default -> "cannot be fetched";
        };
    return new TransferException("[%s] %s (%s)", what, why, from);
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
