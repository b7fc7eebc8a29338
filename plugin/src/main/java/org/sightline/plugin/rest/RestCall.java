package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.core.CheckedConsumer;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestRequest;

/** A call of the REST interface: its name, its routes and what it asks of the node. */
final class RestCall extends BaseRestHandler {

  /** Reads a request completely; the result is run later and answers on the channel. */
  interface Prepare {
    CheckedConsumer<RestChannel, Exception> prepare(RestRequest request, NodeClient client)
        throws IOException;
  }

  private final String name;
  private final List<Route> routes;
  private final Predicate<RestRequest> mediaTypes;
  private final Prepare prepare;

  /**
   * @param name name without the prefix {@code sightline_}
   * @param path path below {@code /_sightline/}
   */
  RestCall(String name, RestRequest.Method method, String path, Prepare prepare) {
    this(name, List.of(route(method, path)), RestCall::isXContent, prepare);
  }

  /**
   * @param mediaTypes whether the media type of a body is accepted
   */
  RestCall(String name, List<Route> routes, Predicate<RestRequest> mediaTypes, Prepare prepare) {
    this.name = name;
    this.routes = routes;
    this.mediaTypes = mediaTypes;
    this.prepare = prepare;
  }

  static Route route(RestRequest.Method method, String path) {
    return new Route(method, "/_sightline/" + path);
  }

  /** Whether a body is in a format that Elasticsearch parses: JSON, YAML, CBOR or Smile. */
  static boolean isXContent(RestRequest request) {
    return request.getXContentType() != null;
  }

  @Override
  public String getName() {
    return "sightline_" + name;
  }

  @Override
  public List<Route> routes() {
    return routes;
  }

  @Override
  public boolean mediaTypesValid(RestRequest request) {
    return mediaTypes.test(request);
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
      throws IOException {
    return prepare.prepare(request, client)::accept;
  }
}
