package org.sightline.plugin.app;

import java.util.List;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;

/**
 * {@code GET _sightline/app/} and the files that the page consists of. It needs no privilege:
 * whoever may speak to the node gets the page, and the page gets what that user may read.
 */
final class AppHandler extends BaseRestHandler {
  static final String PATH = "/_sightline/app";
  static final String FILE = PATH + "/{file}";
  private static final String FOR_EVER = "public, max-age=31536000, immutable";

  private final AppFiles files;

  AppHandler(AppFiles files) {
    this.files = files;
  }

  @Override
  public String getName() {
    return "sightline_app";
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route(RestRequest.Method.GET, PATH), new Route(RestRequest.Method.GET, FILE));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    RestResponse response = response(request, request.param("file"));
    return channel -> channel.sendResponse(response);
  }

  private RestResponse response(RestRequest request, String name) {
    if (name == null) {
      return request.rawPath().endsWith("/") ? index(request) : toIndex();
    }
    AppFiles.File file =
        files
            .find(name)
            .orElseThrow(
                () ->
                    new ResourceNotFoundException(
                        "the page has no file [{}]; open [{}/]", name, PATH));
    return content(file, FOR_EVER);
  }

  /** Names in the page are relative to it, so that it works behind a proxy's prefix too. */
  private static RestResponse toIndex() {
    RestResponse response = new RestResponse(RestStatus.FOUND, "");
    response.addHeader("Location", "app/");
    return response;
  }

  private RestResponse index(RestRequest request) {
    AppFiles.File index = files.index();
    RestResponse response =
        Validation.matches(request, index.digest())
            ? Validation.notModified()
            : content(index, Validation.ASK_AGAIN);
    response.addHeader("ETag", Validation.etag(index.digest()));
    response.addHeader("Content-Security-Policy", files.policy());
    return response;
  }

  private static RestResponse content(AppFiles.File file, String caching) {
    RestResponse response =
        new RestResponse(RestStatus.OK, file.type(), new BytesArray(file.content()));
    response.addHeader("Cache-Control", caching);
    response.addHeader("X-Content-Type-Options", "nosniff");
    response.addHeader("Referrer-Policy", "no-referrer");
    response.addHeader("Cross-Origin-Resource-Policy", "same-origin");
    return response;
  }
}
