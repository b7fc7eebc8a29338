package org.sightline.plugin.app;

import java.util.List;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;

/** How browsers ask whether what they kept is still valid (RFC 9110, section 8.8.3). */
final class Validation {
  /** The browser keeps the answer, and asks before it uses it. */
  static final String ASK_AGAIN = "private, no-cache";

  private Validation() {}

  static String etag(String version) {
    return '"' + version + '"';
  }

  /** Whether the browser has that version already. */
  static boolean matches(RestRequest request, String version) {
    List<String> known = request.getAllHeaderValues("If-None-Match");
    // a proxy that compresses marks the tag as weak
    return known != null && known.stream().anyMatch(value -> value.contains(etag(version)));
  }

  static RestResponse notModified() {
    return new RestResponse(
        RestStatus.NOT_MODIFIED, RestResponse.TEXT_CONTENT_TYPE, BytesArray.EMPTY);
  }
}
