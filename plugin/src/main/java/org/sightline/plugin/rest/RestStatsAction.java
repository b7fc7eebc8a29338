package org.sightline.plugin.rest;

import java.util.List;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.action.RestActions.NodesResponseRestListener;
import org.sightline.plugin.stats.StatsAction;
import org.sightline.plugin.stats.StatsRequest;

/** {@code GET _sightline/stats}. */
public final class RestStatsAction extends BaseRestHandler {

  @Override
  public String getName() {
    return "sightline_stats";
  }

  @Override
  public List<Route> routes() {
    return List.of(new Route(RestRequest.Method.GET, "/_sightline/stats"));
  }

  @Override
  protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
    return channel ->
        client.execute(
            StatsAction.TYPE, new StatsRequest(), new NodesResponseRestListener<>(channel));
  }
}
