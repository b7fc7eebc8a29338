package org.sightline.query.testing;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import org.elasticsearch.action.search.TransportSearchAction;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.sightline.query.QueryExtensions;
import org.sightline.query.QueryServices;
import org.sightline.query.task.SearchTaskFilter;

/** Registers the DSL over {@link ScriptedInference}, as the real plugin does over the runtime. */
public final class TestQueryPlugin extends Plugin implements QueryExtensions, ActionPlugin {
  private final TestServices services = TestServices.create();
  private List<MappedActionFilter> actionFilters;
  private Executor generic;

  @Override
  public Collection<?> createComponents(PluginServices node) {
    generic = node.threadPool().generic();
    forget();
    actionFilters =
        List.of(
            new SearchTaskFilter(
                TransportSearchAction.TYPE.name(),
                node.threadPool().getThreadContext(),
                () -> node.clusterService().localNode().getId()));
    return List.of();
  }

  /** Forgets all requests and all that was set. */
  void forget() {
    services.use(new ScriptedInference(generic));
  }

  public ScriptedInference inference() {
    return services.scripted();
  }

  @Override
  public List<NamedWriteableRegistry.Entry> getNamedWriteables() {
    return QueryExtensions.namedWriteables();
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
