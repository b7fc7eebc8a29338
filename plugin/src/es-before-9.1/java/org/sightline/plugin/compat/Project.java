package org.sightline.plugin.compat;

import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.routing.IndexRoutingTable;
import org.elasticsearch.plugins.Plugin.PluginServices;

/**
 * The indices, templates and pipelines of a cluster state.
 *
 * @param metadata has them
 */
public record Project(Metadata metadata) {

  /** There are no projects before 9.1. */
  public static Project of(ClusterState state) {
    return new Project(state.metadata());
  }

  /** The project of the request of the current thread context. */
  public static Project ofRequest(PluginServices node) {
    return of(node.clusterService().state());
  }

  /** Where the shards of an index are; null where it does not exist. */
  public static IndexRoutingTable routing(ClusterState state, String index) {
    return state.routingTable().index(index);
  }
}
