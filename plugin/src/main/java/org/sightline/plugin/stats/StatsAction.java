package org.sightline.plugin.stats;

import org.elasticsearch.action.ActionType;

/** {@code GET _sightline/stats}. */
public final class StatsAction {
  /** Counters of all inference nodes. */
  public static final ActionType<StatsResponse> TYPE =
      new ActionType<>("cluster:monitor/sightline/stats");

  private StatsAction() {}
}
