package org.sightline.plugin.rest;

import java.util.List;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.bytes.ReleasableBytesReference;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.action.RestToXContentListener;
import org.elasticsearch.xcontent.ParsedMediaType;
import org.sightline.plugin.store.StoreAction;
import org.sightline.plugin.store.StoreRequest;
import org.sightline.plugin.store.StoreResponse;

/**
 * Models of the cluster: {@code POST _sightline/models/{id}} with a manifest or a zip of a bundle,
 * {@code PUT _sightline/models/{id}/files/{sha256}/{part}} with bytes, {@code DELETE
 * _sightline/models/{id}}.
 */
public abstract class RestStoreAction extends BaseRestHandler {
  private static final String ZIP = "application/zip";
  private static final String BYTES = "application/octet-stream";
  private static final String MODEL = "/_sightline/models/{model_id}";

  private RestStoreAction() {}

  /** All of them. */
  public static List<RestStoreAction> all() {
    return List.of(new Post(), new PutPart(), new Delete());
  }

  private static boolean hasType(RestRequest request, String mediaType) {
    ParsedMediaType type = request.getParsedContentType();
    return type != null && type.mediaTypeWithoutParameters().equals(mediaType);
  }

  /** The body must live until the answer, which may be long after the handler has returned. */
  private static RestChannelConsumer send(
      ActionType<StoreResponse> type,
      NodeClient client,
      StoreRequest request,
      ReleasableBytesReference body) {
    body.mustIncRef();
    return channel ->
        client.execute(
            type,
            request,
            ActionListener.releaseAfter(
                new RestToXContentListener<>(channel, StoreResponse::status), body));
  }

  /** Takes a manifest, or a whole bundle. */
  private static final class Post extends RestStoreAction {
    @Override
    public String getName() {
      return "sightline_post_model";
    }

    @Override
    public List<Route> routes() {
      return List.of(new Route(RestRequest.Method.POST, MODEL));
    }

    @Override
    public boolean mediaTypesValid(RestRequest request) {
      return hasType(request, ZIP) || super.mediaTypesValid(request);
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      ReleasableBytesReference body = request.content();
      StoreRequest model =
          StoreRequest.model(request.param("model_id"), body, hasType(request, ZIP));
      return send(StoreAction.PUT, client, model, body);
    }
  }

  /** Takes a part of a file. */
  private static final class PutPart extends RestStoreAction {
    @Override
    public String getName() {
      return "sightline_put_model_part";
    }

    @Override
    public List<Route> routes() {
      return List.of(new Route(RestRequest.Method.PUT, MODEL + "/files/{sha256}/{part}"));
    }

    @Override
    public boolean mediaTypesValid(RestRequest request) {
      return hasType(request, BYTES);
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      String modelId = request.param("model_id");
      String sha256 = request.param("sha256");
      int part = request.paramAsInt("part", 0);
      ReleasableBytesReference body = request.content();
      return send(
          StoreAction.PUT_PART, client, StoreRequest.part(modelId, sha256, part, body), body);
    }
  }

  /** Removes a model. */
  private static final class Delete extends RestStoreAction {
    @Override
    public String getName() {
      return "sightline_delete_model";
    }

    @Override
    public List<Route> routes() {
      return List.of(new Route(RestRequest.Method.DELETE, MODEL));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      StoreRequest model = StoreRequest.delete(request.param("model_id"));
      return channel ->
          client.execute(StoreAction.DELETE, model, new RestToXContentListener<>(channel));
    }
  }
}
