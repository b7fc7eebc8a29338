package org.sightline.plugin.compat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.plugins.ActionPlugin;

/** Registers actions. */
public interface ActionRegistration extends ActionPlugin {

  /** What serves an action. */
  record Served(ActionHandler<?, ?> handler) {
    public <Q extends ActionRequest, R extends ActionResponse> Served(
        ActionType<R> type, Class<? extends TransportAction<Q, R>> by) {
      this(new ActionHandler<>(type, by));
    }
  }

  /** The actions of the plugin. */
  Collection<Served> actions();

  @Override
  default Collection<ActionHandler<? extends ActionRequest, ? extends ActionResponse>>
      getActions() {
    List<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> handlers =
        new ArrayList<>();
    actions().forEach(action -> handlers.add(action.handler()));
    return handlers;
  }
}
