package org.sightline.plugin.transport;

import org.elasticsearch.action.ActionType;

/** What an inference node does for other nodes. Nobody but the system may call these. */
public final class NodeInferenceActions {
  /** Embeds on the node that receives it. */
  public static final ActionType<NodeEmbedResponse> EMBED =
      new ActionType<>("internal:sightline/inference/embed");

  /** Matches on the node that receives it. */
  public static final ActionType<NodeMatchResponse> MATCH =
      new ActionType<>("internal:sightline/inference/match");

  private NodeInferenceActions() {}
}
