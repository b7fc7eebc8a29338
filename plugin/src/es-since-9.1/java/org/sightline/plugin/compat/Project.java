package org.sightline.plugin.compat;

import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.cluster.routing.IndexRoutingTable;
import org.elasticsearch.plugins.Plugin.PluginServices;

/**
 * The indices, templates and pipelines of a cluster state.
 *
 * @param metadata has them
 */
public record Project(ProjectMetadata metadata) {

  /** The only project of a cluster that people run themselves. */
  public static Project of(ClusterState state) {
    return new Project(state.metadata().getProject(ProjectId.DEFAULT));
  }

  /** The project of the request of the current thread context. */
  public static Project ofRequest(PluginServices node) {
    return new Project(node.projectResolver().getProjectMetadata(node.clusterService().state()));
  }

  /** Where the shards of an index are; null where it does not exist. */
  public static IndexRoutingTable routing(ClusterState state, String index) {
    return state.routingTable(ProjectId.DEFAULT).index(index);
  }
}
