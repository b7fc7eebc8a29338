package org.sightline.plugin.rest;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.action.RestToXContentListener;
import org.elasticsearch.xcontent.XContentParser;
import org.sightline.plugin.action.ApiRequest;
import org.sightline.plugin.action.ApiResponse;
import org.sightline.plugin.action.CaptionAction;
import org.sightline.plugin.action.ClassifyAction;
import org.sightline.plugin.action.EmbedAction;
import org.sightline.plugin.action.MatchAction;

/**
 * {@code POST _sightline/models/{id}/_embed}, {@code _match}, {@code _classify}, {@code _caption}.
 */
public final class RestInferenceAction<A> extends BaseRestHandler {

  /** Parses the whole body of a call. */
  private interface Body {
    ApiRequest parse(String modelId, XContentParser parser) throws IOException;
  }

  private final String name;
  private final ActionType<ApiResponse<A>> type;
  private final Body body;

  private RestInferenceAction(String name, ActionType<ApiResponse<A>> type, Body body) {
    this.name = name;
    this.type = type;
    this.body = body;
  }

  /**
   * {@code _embed}.
   *
   * @param maxInputs most inputs of a call
   */
  public static RestInferenceAction<?> embed(int maxInputs) {
    return new RestInferenceAction<>(
        "embed",
        EmbedAction.TYPE,
        (modelId, parser) ->
            new ApiRequest(modelId, InputBody.parse(parser, false, maxInputs).input()));
  }

  /**
   * {@code _match}.
   *
   * @param maxInputs most inputs of a call
   */
  public static RestInferenceAction<?> match(int maxInputs) {
    return new RestInferenceAction<>(
        "match",
        MatchAction.TYPE,
        (modelId, parser) -> {
          InputBody parsed = InputBody.parse(parser, true, maxInputs);
          return new MatchAction.Request(modelId, parsed.query(), parsed.input());
        });
  }

  /**
   * {@code _classify}.
   *
   * @param maxInputs most inputs of a call
   */
  public static RestInferenceAction<?> classify(int maxInputs) {
    return new RestInferenceAction<>(
        "classify",
        ClassifyAction.TYPE,
        (modelId, parser) -> {
          ClassifyBody parsed = ClassifyBody.parse(parser, maxInputs);
          return new ClassifyAction.Request(
              modelId, parsed.input(), parsed.labels(), parsed.numTopClasses());
        });
  }

  /**
   * {@code _caption}.
   *
   * @param maxInputs most inputs of a call
   */
  public static RestInferenceAction<?> caption(int maxInputs) {
    return new RestInferenceAction<>(
        "caption",
        CaptionAction.TYPE,
        (modelId, parser) -> {
          CaptionBody parsed = CaptionBody.parse(parser, maxInputs);
          return new CaptionAction.Request(modelId, parsed.input(), parsed.options());
        });
  }

  @Override
  public String getName() {
    return "sightline_" + name;
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(RestRequest.Method.POST, "/_sightline/models/{model_id}/_" + name));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client)
      throws IOException {
    String modelId = request.param("model_id");
    ApiRequest call;
    try (XContentParser parser = request.contentParser()) {
      call = body.parse(modelId, parser);
    }
    return channel -> client.execute(type, call, new RestToXContentListener<>(channel));
  }
}
