package org.sightline.cli.download;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a server answered at the end of all redirects.
 *
 * @param uri of the server that answered
 * @param linkedBytes length of the file by the hub's own header, of whichever of its answers
 * @param linkedSha256 SHA-256 of the file likewise
 * @param commit of the repository likewise
 * @param withToken whether the token was sent on the way
 */
record Answer(
    int status,
    HttpHeaders headers,
    InputStream body,
    URI uri,
    OptionalLong linkedBytes,
    Optional<String> linkedSha256,
    Optional<String> commit,
    boolean withToken)
    implements AutoCloseable {

  Optional<String> header(String name) {
    return headers.firstValue(name);
  }

  /** The status, for messages. */
  String says() {
    return "HTTP " + status;
  }

  /** The entity tag if it is a strong one: only these say that bytes are equal. */
  Optional<String> strongTag() {
    return header("ETag").filter(tag -> tag.startsWith("\"") && tag.length() > 2);
  }

  /** A number in a header; none where it is none. */
  static OptionalLong number(Optional<String> text) {
    try {
      return text.isPresent()
          ? OptionalLong.of(Long.parseLong(text.get().strip()))
          : OptionalLong.empty();
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
