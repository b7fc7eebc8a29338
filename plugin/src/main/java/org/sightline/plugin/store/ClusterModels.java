package org.sightline.plugin.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.SingleResultDeduplicator;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.cluster.ClusterChangedEvent;
import org.elasticsearch.cluster.ClusterStateListener;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.env.Environment;
import org.elasticsearch.threadpool.ThreadPool;
import org.sightline.plugin.node.LocalInference;
import org.sightline.plugin.node.NodeFolders;
import org.sightline.plugin.settings.SightlineSettings;
import org.sightline.plugin.transport.NodeTransport;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.model.ModelStatus;
import org.sightline.runtime.onnx.Device;

/**
 * What this node knows of the models of the cluster: those of its own folders and those that are
 * stored. Reads the catalog when the index becomes readable, when another node says that it
 * changed, and once a minute; between these it answers from what it knows. Thread-safe.
 */
public final class ClusterModels implements ModelCatalog, ClusterStateListener {
  private static final Logger logger = LogManager.getLogger(ClusterModels.class);

  private static final TimeValue INTERVAL = TimeValue.timeValueMinutes(1);

  private final ModelStore store;
  private final LocalInference local;
  private final Announcements announcements;
  private final ClusterService clusterService;
  private final Client client;
  private final ThreadPool threadPool;

  /** Null where this node runs no models. */
  private final StoredModels stored;

  private volatile StoreCatalog catalog = StoreCatalog.EMPTY;

  /** Whether the catalog was read since this node started, or there is none to read. */
  private volatile boolean known;

  private final ModelUses uses;

  /** Reads the catalog once for all who ask while the read before is under way. */
  private final SingleResultDeduplicator<Void> reads;

  private ClusterModels(
      Client client,
      NodeTransport remote,
      ClusterService clusterService,
      Environment environment,
      ThreadPool threadPool,
      LocalInference local) {
    this.local = local;
    this.threadPool = threadPool;
    this.clusterService = clusterService;
    this.client = client;
    this.uses = new ModelUses(clusterService::state);
    this.reads = new SingleResultDeduplicator<>(threadPool.getThreadContext(), this::read);
    Supplier<DiscoveryNodes> nodes = () -> clusterService.state().nodes();
    this.store =
        new ModelStore(client, threadPool.generic(), threadPool::absoluteTimeInMillis, nodes);
    this.announcements = new Announcements(nodes, remote, local.enabled() ? this::own : null);
    this.stored =
        local.enabled()
            ? new StoredModels(
                store,
                new ModelCopies(NodeFolders.modelCopies(environment)),
                local,
                threadPool,
                announcements::announce,
                () -> refreshAllNodes(null))
            : null;
    if (stored != null) {
      local.expect(stored);
    }
  }

  /** From now on the cluster's models are followed. */
  public static ClusterModels start(
      Client client,
      NodeTransport remote,
      ClusterService clusterService,
      Environment environment,
      ThreadPool threadPool,
      LocalInference local) {
    ClusterModels models =
        new ClusterModels(client, remote, clusterService, environment, threadPool, local);
    clusterService.addListener(models);
    clusterService.addListener(models.announcements);
    if (local.enabled()) {
      clusterService.addListener(
          new Preload(
              SightlineSettings.PRELOAD.get(environment.settings()),
              local.runtime(),
              models.uses,
              threadPool.generic()));
    }
    threadPool.scheduleWithFixedDelay(models::tick, INTERVAL, threadPool.generic());
    return models;
  }

  /** Which node has which models. */
  public Announcements announcements() {
    return announcements;
  }

  public LocalInference local() {
    return local;
  }

  public ClusterService clusterService() {
    return clusterService;
  }

  ModelStore store() {
    return store;
  }

  ModelUses uses() {
    return uses;
  }

  /**
   * Waits until the documents of the store can be read, or it is certain that there are none.
   *
   * @return completes on a thread that may wait; fails with 503 when the time is over
   */
  CompletableFuture<Void> readable(TimeValue timeout) {
    return StoreIndex.whenSettled(clusterService, threadPool, timeout);
  }

  /**
   * Waits until this node knows which models are stored.
   *
   * @return completes when it does, and also when the time is over
   */
  public CompletableFuture<Void> whenKnown(TimeValue timeout) {
    return known
        ? CompletableFuture.completedFuture(null)
        : readable(timeout)
            .thenCompose(
                nothing -> known ? CompletableFuture.<Void>completedFuture(null) : refresh())
            .exceptionally(failure -> null);
  }

  /** Whether this node knows which models are stored. */
  public boolean isKnown() {
    return known;
  }

  /** Makes all nodes read the catalog; one that could not reads it within a minute. */
  <T> CompletableFuture<T> refreshAllNodes(T answer) {
    return StoreDocuments.<RefreshAction.Response>call(
            listener -> client.execute(RefreshAction.TYPE, new RefreshAction.Request(), listener))
        .handle((done, failure) -> answer);
  }

  /** Where a model comes from. */
  public enum Source {
    /** It is stored in the cluster; nodes have copies. */
    CLUSTER,
    /** It lies in folders of nodes. */
    FOLDER,
    /** This node has just started and has not heard of it. */
    UNKNOWN
  }

  /**
   * Where a model comes from, as far as this node knows.
   *
   * @param nodes that have it
   */
  public Source source(String modelId, Collection<DiscoveryNode> nodes) {
    if (catalog.models().containsKey(modelId) || catalog.unreadable().containsKey(modelId)) {
      return Source.CLUSTER;
    }
    if (nodes.stream().anyMatch(node -> announcements.inFolder(node, modelId))) {
      return Source.FOLDER;
    }
    if (nodes.stream().anyMatch(node -> announcements.hasCopy(node, modelId))) {
      return Source.CLUSTER;
    }
    return known ? Source.FOLDER : Source.UNKNOWN;
  }

  /**
   * A vector field whose model does not fit.
   *
   * @param found version of the model that there is, null where there is none
   */
  public record Unfit(ModelUses.Field field, String found) {}

  /**
   * Vector fields whose model is missing or has another version than the mapping names, in the
   * order of the indices' names; none as long as this node does not know which models are stored.
   */
  public List<Unfit> unfit() {
    if (known == false) {
      return List.of();
    }
    List<Unfit> unfit = new ArrayList<>();
    Map<String, Optional<ModelInfo>> models = new HashMap<>();
    for (ModelUses.Field field : uses.fields()) {
      Optional<ModelInfo> model = models.computeIfAbsent(field.modelId(), this::inService);
      if (model.isEmpty() || field.fits(model.get()) == false) {
        unfit.add(new Unfit(field, model.map(ModelInfo::shortVersion).orElse(null)));
      }
    }
    return unfit;
  }

  /** As {@link #find}, but what the cluster stores counts, also while nodes fetch it. */
  private Optional<ModelInfo> inService(String id) {
    StoredModel model = catalog.models().get(id);
    return model == null ? find(id) : Optional.of(model.manifest().info());
  }

  /** The models that are stored and that this node's version of the plugin cannot read. */
  public List<ModelStatus> unreadable() {
    StoreCatalog now = catalog;
    return now.unreadable().keySet().stream()
        .map(id -> ModelStatus.broken(id, now.whyUnreadable(id)))
        .toList();
  }

  @Override
  public InferenceException unknown(String id) {
    StoreCatalog now = catalog;
    return now.unreadable().containsKey(id)
        ? new InferenceException(
            InferenceException.Kind.MODEL_UNAVAILABLE,
            "model ["
                + id
                + "] cannot be used on node ["
                + local.nodeName()
                + "]: "
                + now.whyUnreadable(id))
        : ModelCatalog.super.unknown(id);
  }

  /** The node on which a model of that id lies in a folder, or empty. */
  Optional<String> inFolderOf(String modelId) {
    return clusterService.state().nodes().getNodes().values().stream()
        .filter(node -> announcements.inFolder(node, modelId))
        .map(node -> node.getName())
        .findFirst();
  }

  private Announcement.Models own() {
    Set<String> usable = new TreeSet<>();
    Set<String> folders = new TreeSet<>();
    Set<String> fromCluster = stored.ids();
    List<ModelStatus> models = local.runtime().models();
    for (ModelStatus status : models) {
      if (status.state() != ModelStatus.State.FAILED) {
        usable.add(status.id());
      }
      if (fromCluster.contains(status.id()) == false) {
        folders.add(status.id());
      }
    }
    return new Announcement.Models(usable, folders, onCpu(models));
  }

  private static boolean onCpu(List<ModelStatus> models) {
    Set<String> devices = new TreeSet<>();
    models.forEach(status -> devices.addAll(status.devices().values()));
    return devices.equals(Set.of(Device.CPU.toString()));
  }

  private void tick() {
    if (StoreIndex.readable(clusterService.state())) {
      store.trials().noteAgain();
      refresh();
    }
    announcements.announce();
  }

  @Override
  public void clusterChanged(ClusterChangedEvent event) {
    boolean readable = StoreIndex.readable(event.state());
    if (readable == false && StoreIndex.settled(event.state())) {
      known = true; // there is no store
    }
    if (readable && StoreIndex.readable(event.previousState()) == false) {
      threadPool.generic().execute(this::refresh);
    }
    boolean gone =
        StoreIndex.exists(event.previousState()) && StoreIndex.exists(event.state()) == false;
    if (gone) {
      threadPool.generic().execute(() -> follow(StoreCatalog.EMPTY));
    }
  }

  /** Reads the catalog; completes when this node knows what is stored at the time of the call. */
  CompletableFuture<Void> refresh() {
    return StoreDocuments.call(reads::execute);
  }

  private void read(ActionListener<Void> listener) {
    store
        .catalog()
        .thenAcceptAsync(this::follow, threadPool.generic())
        .whenComplete(
            (done, failure) -> {
              if (failure == null) {
                listener.onResponse(null);
              } else {
                logger.warn("the models of the cluster cannot be read", failure);
                listener.onFailure(new IllegalStateException("not read", failure));
              }
            });
  }

  private void follow(StoreCatalog now) {
    catalog = now;
    known = true;
    if (stored != null) {
      stored.follow(now);
    }
  }

  @Override
  public SortedSet<String> ids() {
    SortedSet<String> ids = new TreeSet<>(local.runtime().catalog().ids());
    ids.addAll(catalog.models().keySet());
    return ids;
  }

  @Override
  public Optional<ModelInfo> find(String id) {
    Optional<ModelInfo> here = local.runtime().catalog().find(id);
    return here.isPresent()
        ? here
        : Optional.ofNullable(catalog.models().get(id)).map(model -> model.manifest().info());
  }

  @Override
  public ModelInfo require(String id) {
    try {
      return find(id).orElseGet(() -> local.runtime().catalog().require(id));
    } catch (InferenceException e) {
      // a broken bundle says what is wrong with it; otherwise all ids are named, not the local ones
      throw e.kind() == InferenceException.Kind.UNKNOWN_MODEL ? unknown(id) : local.withoutPaths(e);
    }
  }
}
