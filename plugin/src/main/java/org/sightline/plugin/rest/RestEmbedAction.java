package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.action.RestToXContentListener;
import org.elasticsearch.xcontent.XContentParser;
import org.sightline.plugin.action.EmbedAction;

/** {@code POST _sightline/models/{id}/_embed}. */
public final class RestEmbedAction extends BaseRestHandler {
  private final int maxInputs;

  public RestEmbedAction(int maxInputs) {
    this.maxInputs = maxInputs;
  }

  @Override
  public String getName() {
    return "sightline_embed";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(RestRequest.Method.POST, "/_sightline/models/{model_id}/_embed"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
      throws IOException {
    String modelId = request.param("model_id");
    InputBody body;
    try (XContentParser parser = request.contentParser()) {
      body = InputBody.parse(parser, false, maxInputs);
    }
    EmbedAction.Request embed = new EmbedAction.Request(modelId, body.input());
    return channel ->
        client.execute(EmbedAction.TYPE, embed, new RestToXContentListener<>(channel));
  }
}
