package org.sightline.plugin.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.Build;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.ClusterStateObserver;
import org.elasticsearch.cluster.metadata.IndexAbstraction;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.routing.IndexRoutingTable;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.gateway.GatewayService;
import org.elasticsearch.indices.SystemIndexDescriptor;
import org.elasticsearch.node.NodeClosedException;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentFactory;
import org.sightline.plugin.compat.Project;
import org.sightline.plugin.compat.SystemIndices;

/**
 * The hidden system index of the models. One document says which models there are; one document
 * holds one part of one file, named by the file's SHA-256, so that versions and models share what
 * they have in common. Nothing in it is searched; documents are got by id.
 */
public final class StoreIndex {
  private static final Logger logger = LogManager.getLogger(StoreIndex.class);

  /** All of this plugin's system indices. */
  private static final String PATTERN = ".sightline-models*";

  private static final String PRIMARY = ".sightline-models-1";

  /**
   * By this name only: Elasticsearch's migrations of system indices exchange what it stands for.
   */
  static final String NAME = ".sightline-models";

  /**
   * Whose name the plugin uses in this index, whoever asked: users need a privilege for what they
   * ask of the plugin, not for its index. Security knows a fixed list of origins only; this is the
   * one of Elasticsearch's own inference.
   */
  static final String ORIGIN = "inference";

  private static final int MAPPINGS_VERSION = 1;

  /** Of Elasticsearch, in the mapping's {@code _meta}. */
  private static final String VERSION = "version";

  private StoreIndex() {}

  /** For registration. */
  public static SystemIndexDescriptor descriptor() {
    SystemIndexDescriptor.Builder builder =
        SystemIndexDescriptor.builder()
            .setIndexPattern(PATTERN)
            .setPrimaryIndex(PRIMARY)
            .setAliasName(NAME)
            .setDescription("Models that were pushed to the cluster")
            .setMappings(mappings())
            .setSettings(
                Settings.builder()
                    .put(IndexMetadata.SETTING_NUMBER_OF_SHARDS, 1)
                    .put(IndexMetadata.SETTING_AUTO_EXPAND_REPLICAS, "0-1")
                    .build())
            .setOrigin(ORIGIN);
    return SystemIndices.build(builder, VERSION);
  }

  /** Whether the index exists and its documents can be read. */
  static boolean readable(ClusterState state) {
    IndexAbstraction index = index(state);
    IndexRoutingTable routing =
        index == null ? null : Project.routing(state, index.getWriteIndex().getName());
    return routing != null && routing.allPrimaryShardsActive();
  }

  /** Whether it is certain what is stored: the documents can be read, or there is no index. */
  static boolean settled(ClusterState state) {
    boolean recovered =
        state.blocks().hasGlobalBlock(GatewayService.STATE_NOT_RECOVERED_BLOCK) == false;
    return recovered && (readable(state) || exists(state) == false);
  }

  /**
   * Waits until it is certain what is stored.
   *
   * @return completes on the generic pool; fails with 503 when the time is over
   */
  static CompletableFuture<Void> whenSettled(
      ClusterService clusterService, ThreadPool threadPool, TimeValue timeout) {
    CompletableFuture<Void> settled = new CompletableFuture<>();
    ClusterStateObserver.waitForState(
        clusterService,
        threadPool.getThreadContext(),
        new ClusterStateObserver.Listener() {
          @Override
          public void onNewClusterState(ClusterState state) {
            settled.complete(null);
          }

          @Override
          public void onClusterServiceClose() {
            settled.completeExceptionally(new NodeClosedException(clusterService.localNode()));
          }

          @Override
          public void onTimeout(TimeValue time) {
            settled.completeExceptionally(
                new ElasticsearchStatusException(
                    "the models of the cluster cannot be read: no shard of [{}] became available"
                        + " within [{}]; GET _cluster/allocation/explain tells why",
                    RestStatus.SERVICE_UNAVAILABLE,
                    NAME,
                    time));
          }
        },
        StoreIndex::settled,
        timeout,
        logger);
    return settled.thenApplyAsync(nothing -> nothing, threadPool.generic());
  }

  /** Whether the index exists. */
  static boolean exists(ClusterState state) {
    return index(state) != null;
  }

  private static IndexAbstraction index(ClusterState state) {
    return Project.of(state).metadata().getIndicesLookup().get(NAME);
  }

  private static XContentBuilder mappings() {
    try {
      XContentBuilder builder = XContentFactory.jsonBuilder();
      builder.startObject().startObject("_doc");
      builder.startObject("_meta");
      builder.field(VERSION, Build.current().version());
      builder.field(SystemIndexDescriptor.VERSION_META_KEY, MAPPINGS_VERSION);
      builder.endObject();
      builder.field("dynamic", "strict");
      builder.startObject("properties");
      builder.startObject(StoreCatalog.FIELD).field("type", "object").field("enabled", false);
      builder.endObject();
      builder.startObject(StoreDocuments.DATA).field("type", "binary").endObject();
      builder.startObject(StoreDocuments.SHA256).field("type", "keyword").field("index", false);
      builder.field("doc_values", false).endObject();
      builder.endObject();
      return builder.endObject().endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
