package org.sightline.plugin.action;

import org.elasticsearch.action.ActionType;

/** What can be done with the models of the inference nodes. */
public enum ModelOperation {
  /** Lists them, or one of them. */
  LIST("cluster:monitor/sightline/models"),
  LOAD("cluster:admin/sightline/model/load"),
  UNLOAD("cluster:admin/sightline/model/unload");

  private final ActionType<ModelsResponse> type;

  ModelOperation(String actionName) {
    this.type = new ActionType<>(actionName);
  }

  /** The action of this operation. */
  public ActionType<ModelsResponse> type() {
    return type;
  }
}
