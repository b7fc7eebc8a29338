package org.sightline.plugin.rest;

import static org.elasticsearch.rest.RestRequest.Method.DELETE;
import static org.elasticsearch.rest.RestRequest.Method.GET;
import static org.elasticsearch.rest.RestRequest.Method.POST;
import static org.elasticsearch.rest.RestRequest.Method.PUT;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.bytes.ReleasableBytesReference;
import org.elasticsearch.core.CheckedConsumer;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestActions.NodesResponseRestListener;
import org.elasticsearch.rest.action.RestBuilderListener;
import org.elasticsearch.rest.action.RestCancellableNodeClient;
import org.elasticsearch.rest.action.RestToXContentListener;
import org.elasticsearch.xcontent.ParsedMediaType;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;
import org.sightline.plugin.action.ApiCall;
import org.sightline.plugin.action.ApiResponse;
import org.sightline.plugin.action.InferenceAction;
import org.sightline.plugin.action.ModelOperation;
import org.sightline.plugin.action.ModelsRequest;
import org.sightline.plugin.action.ModelsResponse;
import org.sightline.plugin.stats.TransportStatsAction;
import org.sightline.plugin.store.StoreAction;
import org.sightline.plugin.store.StoreResponse;
import org.sightline.plugin.transport.LocalRequest;
import org.sightline.query.InferenceErrors;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.limits.HeapAccount;

/** All calls of the REST interface. */
public final class RestCalls {
  private static final String ZIP = "application/zip";
  private static final String BYTES = "application/octet-stream";
  private static final String MODEL = "models/{model_id}";
  private static final String MODEL_ID = "model_id";

  /** A shard that is about to start does so in a few seconds. */
  private static final TimeValue STORE_TIMEOUT = TimeValue.timeValueSeconds(30);

  private RestCalls() {}

  /**
   * What bodies of inference may take.
   *
   * @param maxInputs most inputs of a call
   * @param maxImageBytes largest image, in bytes
   * @param heap pays for the heap of parsing
   */
  public record Bounds(int maxInputs, long maxImageBytes, HeapAccount heap) {
    /**
     * Heap in which a body is parsed: the strings that come of it, and of the one that is read a
     * copy of two bytes a character and one of one byte.
     */
    private long parsing(long bodyBytes) {
      return bodyBytes + 3 * Math.min(bodyBytes, 4 * maxImageBytes / 3);
    }
  }

  public static List<RestHandler> all(Bounds bounds) {
    return List.of(
        new RestCall(
            "models",
            List.of(RestCall.route(GET, "models"), RestCall.route(GET, MODEL)),
            RestCall::isXContent,
            (request, client) -> models(ModelOperation.LIST, request, client)),
        state(ModelOperation.LOAD),
        state(ModelOperation.UNLOAD),
        inference("embed", InferenceAction.EMBED, RequestBody::embed, bounds),
        inference("match", InferenceAction.MATCH, RequestBody::match, bounds),
        inference("classify", InferenceAction.CLASSIFY, RequestBody::classify, bounds),
        inference("caption", InferenceAction.CAPTION, RequestBody::caption, bounds),
        new RestCall(
            "post_model",
            List.of(RestCall.route(POST, MODEL)),
            request -> hasType(request, ZIP) || RestCall.isXContent(request),
            RestCalls::postModel),
        new RestCall(
            "put_model_part",
            List.of(RestCall.route(PUT, MODEL + "/files/{sha256}/{part}")),
            request -> hasType(request, BYTES),
            RestCalls::putPart),
        new RestCall("delete_model", DELETE, MODEL, RestCalls::deleteModel),
        new RestCall("stats", GET, "stats", RestCalls::stats));
  }

  /** Loads or unloads a model on all inference nodes. */
  private static RestCall state(ModelOperation operation) {
    String verb = operation.name().toLowerCase(Locale.ROOT);
    return new RestCall(
        verb + "_model",
        POST,
        MODEL + "/_" + verb,
        (request, client) -> models(operation, request, client));
  }

  private static CheckedConsumer<RestChannel, Exception> models(
      ModelOperation operation, RestRequest request, NodeClient client) {
    String modelId = request.param(MODEL_ID);
    ModelsRequest models = new ModelsRequest(modelId, timeout(request));
    return channel ->
        client.execute(
            operation.type(),
            models,
            new RestBuilderListener<ModelsResponse>(channel) {
              @Override
              public RestResponse buildResponse(ModelsResponse response, XContentBuilder builder)
                  throws IOException {
                builder.startObject();
                if (operation == ModelOperation.LIST) {
                  ModelContent.writeModels(builder, modelId, response);
                } else {
                  ModelContent.writeStates(builder, modelId, response);
                }
                ModelContent.unreachable(builder, response);
                builder.endObject();
                return new RestResponse(RestStatus.OK, builder);
              }
            });
  }

  /** Parses the whole body of a call. */
  private interface Body<O> {
    ApiCall<O> parse(String modelId, XContentParser parser, int maxInputs) throws IOException;
  }

  private static <O, T> RestCall inference(
      String name, ActionType<ApiResponse<T>> type, Body<O> body, Bounds bounds) {
    return new RestCall(
        name,
        POST,
        MODEL + "/_" + name,
        (request, client) -> {
          LocalRequest<ApiCall<O>> call = new LocalRequest<>(parse(request, body, bounds));
          return channel ->
              new RestCancellableNodeClient(client, request.getHttpChannel())
                  .execute(type, call, new RestToXContentListener<>(channel));
        });
  }

  /** Refuses with 429 where there is no heap for it: Elasticsearch counts the body alone. */
  private static <O> ApiCall<O> parse(RestRequest request, Body<O> body, Bounds bounds)
      throws IOException {
    long bytes = bounds.parsing(request.contentLength());
    try {
      bounds.heap().take(bytes);
    } catch (InferenceException e) {
      throw (RuntimeException) InferenceErrors.toElasticsearch(e);
    }
    try (XContentParser parser = request.contentParser()) {
      return body.parse(request.param(MODEL_ID), parser, bounds.maxInputs());
    } finally {
      bounds.heap().add(-bytes);
    }
  }

  private static boolean hasType(RestRequest request, String mediaType) {
    ParsedMediaType type = request.getParsedContentType();
    return type != null && type.mediaTypeWithoutParameters().equals(mediaType);
  }

  /** Takes a manifest, or a whole bundle. */
  private static CheckedConsumer<RestChannel, Exception> postModel(
      RestRequest request, NodeClient client) {
    ReleasableBytesReference body = request.content();
    return sendBody(
        StoreAction.PUT,
        client,
        new StoreAction.Call<>(
            new StoreAction.Model(
                request.param(MODEL_ID),
                body,
                hasType(request, ZIP),
                request.paramAsBoolean("replace", false)),
            timeout(request)),
        body);
  }

  private static CheckedConsumer<RestChannel, Exception> putPart(
      RestRequest request, NodeClient client) {
    ReleasableBytesReference body = request.content();
    return sendBody(
        StoreAction.PUT_PART,
        client,
        new StoreAction.Call<>(
            new StoreAction.FilePart(
                request.param(MODEL_ID),
                request.param("sha256"),
                request.paramAsInt("part", 0),
                body),
            timeout(request)),
        body);
  }

  /**
   * The body must live until the answer, which may be long after the handler has returned. The
   * reference is taken when the call runs: Elasticsearch may refuse it after it was prepared.
   */
  private static <B> CheckedConsumer<RestChannel, Exception> sendBody(
      ActionType<StoreResponse> type, NodeClient client, B request, ReleasableBytesReference body) {
    return channel -> {
      body.mustIncRef();
      client.execute(
          type,
          new LocalRequest<>(request),
          ActionListener.releaseAfter(
              new RestToXContentListener<>(channel, StoreResponse::status), body));
    };
  }

  /** How long a call waits for the store of models. */
  private static TimeValue timeout(RestRequest request) {
    return request.paramAsTime("timeout", STORE_TIMEOUT);
  }

  private static CheckedConsumer<RestChannel, Exception> deleteModel(
      RestRequest request, NodeClient client) {
    StoreAction.Removal model =
        new StoreAction.Removal(request.param(MODEL_ID), request.paramAsBoolean("force", false));
    LocalRequest<?> call = new LocalRequest<>(new StoreAction.Call<>(model, timeout(request)));
    return channel ->
        client.execute(StoreAction.DELETE, call, new RestToXContentListener<>(channel));
  }

  private static CheckedConsumer<RestChannel, Exception> stats(
      RestRequest request, NodeClient client) {
    return channel ->
        client.execute(
            TransportStatsAction.TYPE,
            new TransportStatsAction.Request(),
            new NodesResponseRestListener<>(channel));
  }
}
