package org.sightline.plugin.rest;

import java.util.List;
import java.util.Locale;
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

/** {@code POST _sightline/models/{id}/_load} and {@code _unload}, on all inference nodes. */
public final class RestModelStateAction extends BaseRestHandler {
  private final ModelOperation operation;
  private final String verb;

  public RestModelStateAction(ModelOperation operation) {
    this.operation = operation;
    this.verb = operation.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String getName() {
    return "sightline_" + verb + "_model";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(RestRequest.Method.POST, "/_sightline/models/{model_id}/_" + verb));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    String modelId = request.param("model_id");
    return channel ->
        client.execute(
            operation.type(),
            new ModelsRequest(modelId),
            new RestBuilderListener<ModelsResponse>(channel) {
              @Override
              public RestResponse buildResponse(ModelsResponse response, XContentBuilder builder)
                  throws Exception {
                ModelContent.writeStates(builder, modelId, response);
                return new RestResponse(RestStatus.OK, builder);
              }
            });
  }
}
