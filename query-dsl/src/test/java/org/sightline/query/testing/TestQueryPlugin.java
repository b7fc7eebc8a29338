package org.sightline.query.testing;

import java.util.Collection;
import java.util.List;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.sightline.query.QueryExtensions;
import org.sightline.query.QueryServices;
import org.sightline.query.task.SearchTaskFilter;

/** Registers the DSL over {@link ScriptedInference}, as the real plugin does over the runtime. */
public final class TestQueryPlugin extends Plugin implements QueryExtensions, ActionPlugin {
  private final TestServices services = TestServices.create();
  private List<MappedActionFilter> actionFilters;

  @Override
  public Collection<?> createComponents(PluginServices node) {
    services.scripted().completeOn(node.threadPool().generic());
    actionFilters =
        List.of(
            new SearchTaskFilter(
                node.threadPool().getThreadContext(),
                () -> node.clusterService().localNode().getId()));
    return List.of();
  }

  public ScriptedInference inference() {
    return services.scripted();
  }

  @Override
  public QueryServices queryServices() {
    return services;
  }

  @Override
  public Collection<MappedActionFilter> getMappedActionFilters() {
    return actionFilters;
  }
}
