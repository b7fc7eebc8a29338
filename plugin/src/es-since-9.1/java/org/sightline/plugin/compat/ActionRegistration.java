package org.sightline.plugin.compat;

import java.util.Collection;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.plugins.ActionPlugin;

/** Registers actions. */
public interface ActionRegistration extends ActionPlugin {

  /** What serves an action. */
  record Served(ActionHandler handler) {
    public <R extends ActionResponse> Served(
        ActionType<R> type, Class<? extends TransportAction<?, R>> by) {
      this(new ActionHandler(type, by));
    }
  }

  /** The actions of the plugin. */
  Collection<Served> actions();

  @Override
  default Collection<ActionHandler> getActions() {
    return actions().stream().map(Served::handler).toList();
  }
}
