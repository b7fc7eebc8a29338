package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.action.RestToXContentListener;
import org.elasticsearch.xcontent.XContentParser;
import org.sightline.plugin.action.MatchAction;

/** {@code POST _sightline/models/{id}/_match}. */
public final class RestMatchAction extends BaseRestHandler {
  private final int maxInputs;

  public RestMatchAction(int maxInputs) {
    this.maxInputs = maxInputs;
  }

  @Override
  public String getName() {
    return "sightline_match";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(RestRequest.Method.POST, "/_sightline/models/{model_id}/_match"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
      throws IOException {
    String modelId = request.param("model_id");
    InputBody body;
    try (XContentParser parser = request.contentParser()) {
      body = InputBody.parse(parser, true, maxInputs);
    }
    MatchAction.Request match = new MatchAction.Request(modelId, body.query(), body.input());
    return channel ->
        client.execute(MatchAction.TYPE, match, new RestToXContentListener<>(channel));
  }
}
