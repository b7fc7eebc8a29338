package org.sightline.plugin.rest;

import java.util.List;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestBuilderListener;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.plugin.action.ModelOperation;
import org.sightline.plugin.action.ModelsRequest;
import org.sightline.plugin.action.ModelsResponse;

/** {@code GET _sightline/models} and {@code GET _sightline/models/{id}}. */
public final class RestModelsAction extends BaseRestHandler {

  @Override
  public String getName() {
    return "sightline_models";
  }

  @Override
  public List<Route> routes() {
    return List.of(
        new Route(RestRequest.Method.GET, "/_sightline/models"),
        new Route(RestRequest.Method.GET, "/_sightline/models/{model_id}"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    String modelId = request.param("model_id");
    return channel ->
        client.execute(
            ModelOperation.LIST.type(),
            new ModelsRequest(modelId),
            new RestBuilderListener<ModelsResponse>(channel) {
              @Override
              public RestResponse buildResponse(ModelsResponse response, XContentBuilder builder)
                  throws Exception {
                if (modelId == null) {
                  ModelContent.writeAll(builder, response);
                } else {
                  ModelContent.writeOne(builder, modelId, response);
                }
                return new RestResponse(RestStatus.OK, builder);
              }
            });
  }
}
