package org.sightline.plugin.store;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.cluster.ClusterChangedEvent;
import org.elasticsearch.cluster.ClusterStateListener;
import org.elasticsearch.gateway.GatewayService;
import org.sightline.plugin.settings.SightlineSettings;
import org.sightline.runtime.LocalRuntime;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.model.ModelStatus;

/**
 * Loads models once after the start of a node, one after the other and in the background, so that
 * the first search does not wait for them. Stops where memory is full, and unloads nothing.
 */
final class Preload implements ClusterStateListener {
  private static final Logger logger = LogManager.getLogger(Preload.class);

  private final List<String> wanted;
  private final LocalRuntime runtime;
  private final ModelUses uses;
  private final Executor generic;
  private final AtomicBoolean begun = new AtomicBoolean();

  /**
   * @param wanted ids, {@code *} for all, or {@code auto} for those that indices or pipelines name
   * @param generic reads the mappings, which may take a while
   */
  Preload(List<String> wanted, LocalRuntime runtime, ModelUses uses, Executor generic) {
    this.wanted = List.copyOf(wanted);
    this.runtime = runtime;
    this.uses = uses;
    this.generic = generic;
  }

  /** The first state that tells of indices begins it. */
  @Override
  public void clusterChanged(ClusterChangedEvent event) {
    boolean recovered =
        event.state().blocks().hasGlobalBlock(GatewayService.STATE_NOT_RECOVERED_BLOCK) == false;
    if (recovered && begun.compareAndSet(false, true)) {
      generic.execute(() -> next(List.copyOf(ids()), 0));
    }
  }

  private SortedSet<String> ids() {
    ModelCatalog catalog = runtime.catalog();
    SortedSet<String> ids = new TreeSet<>();
    for (String entry : wanted) {
      switch (entry) {
        case SightlineSettings.PRELOAD_ALL -> ids.addAll(catalog.ids());
        case SightlineSettings.PRELOAD_USED -> ids.addAll(uses.models());
        default -> {
          ids.add(entry);
          if (catalog.find(entry).isEmpty()) {
            // one that comes from the cluster later is loaded when it comes
            logger.info("model [{}] is not on this node yet and is not preloaded", entry);
          }
        }
      }
    }
    ids.removeIf(id -> catalog.find(id).isEmpty());
    return ids;
  }

  private void next(List<String> ids, int at) {
    if (at == ids.size()) {
      return;
    }
    CompletionStage<ModelStatus> loaded = runtime.preload(ids.get(at));
    loaded.whenComplete(
        (status, failure) -> {
          if (failure != null) {
            logger.warn("model [" + ids.get(at) + "] could not be preloaded", failure);
          } else {
            logger.info("preloaded model [{}]: it is [{}]", ids.get(at), status.state());
          }
          next(ids, at + 1);
        });
  }
}
