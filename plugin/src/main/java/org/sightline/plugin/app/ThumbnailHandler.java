package org.sightline.plugin.app;

import java.util.List;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestResponseListener;

/** {@code GET _sightline/thumbnail/{index}/{id}}: a small JPEG of a document's picture. */
final class ThumbnailHandler extends BaseRestHandler {
  static final String PATH = "/_sightline/thumbnail/{index}/{id}";

  private static final String KEEP = "private, max-age=3600";

  private final Thumbnails thumbnails;

  ThumbnailHandler(Thumbnails thumbnails) {
    this.thumbnails = thumbnails;
  }

  @Override
  public String getName() {
    return "sightline_thumbnail";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(RestRequest.Method.GET, PATH));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    ThumbnailRequest wanted = ThumbnailRequest.of(request);
    // an address that changes with the document need not be asked again
    String caching = request.param("version") == null ? Validation.ASK_AGAIN : KEEP;
    return channel ->
        thumbnails.get(
            wanted,
            version -> Validation.matches(request, version),
            request.getHttpChannel()::isOpen,
            client,
            new RestResponseListener<>(channel) {
              @Override
              public RestResponse buildResponse(Thumbnails.Answer answer) {
                return response(answer, caching);
              }
            });
  }

  private static RestResponse response(Thumbnails.Answer answer, String caching) {
    RestResponse response =
        answer.jpeg() == null
            ? Validation.notModified()
            : new RestResponse(RestStatus.OK, "image/jpeg", new BytesArray(answer.jpeg()));
    response.addHeader("ETag", Validation.etag(answer.version()));
    response.addHeader("Cache-Control", caching);
    response.addHeader("X-Content-Type-Options", "nosniff");
    return response;
  }
}
