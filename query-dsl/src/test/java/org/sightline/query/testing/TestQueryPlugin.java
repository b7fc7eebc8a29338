package org.sightline.query.testing;

import java.util.Collection;
import java.util.List;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.SearchPlugin;
import org.sightline.query.QueryExtensions;

/** Registers the DSL over {@link ScriptedInference}, as the real plugin does over the runtime. */
public final class TestQueryPlugin extends Plugin implements SearchPlugin, ActionPlugin {
  private final TestServices services = TestServices.create();
  private List<MappedActionFilter> actionFilters;

  @Override
  public Collection<?> createComponents(PluginServices node) {
    services.scripted().completeOn(node.threadPool().generic());
    actionFilters =
        QueryExtensions.actionFilters(
            node.threadPool().getThreadContext(), () -> node.clusterService().localNode().getId());
    return List.of();
  }

  public ScriptedInference inference() {
    return services.scripted();
  }

  @Override
  public List<QueryVectorBuilderSpec<?>> getQueryVectorBuilders() {
    return QueryExtensions.vectorBuilders(services);
  }

  @Override
  public List<QuerySpec<?>> getQueries() {
    return QueryExtensions.queries(services);
  }

  @Override
  public List<RetrieverSpec<?>> getRetrievers() {
    return QueryExtensions.retrievers(services);
  }

  @Override
  public Collection<MappedActionFilter> getMappedActionFilters() {
    return actionFilters;
  }
}
