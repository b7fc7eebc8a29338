package org.sightline.plugin;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.elasticsearch.action.bulk.TransportBulkAction;
import org.elasticsearch.action.search.TransportSearchAction;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.common.breaker.CircuitBreaker;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.health.HealthIndicatorService;
import org.elasticsearch.indices.SystemIndexDescriptor;
import org.elasticsearch.indices.breaker.BreakerSettings;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.CircuitBreakerPlugin;
import org.elasticsearch.plugins.HealthPlugin;
import org.elasticsearch.plugins.IngestPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.SystemIndexPlugin;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.threadpool.ExecutorBuilder;
import org.elasticsearch.threadpool.FixedExecutorBuilder;
import org.elasticsearch.threadpool.ScalingExecutorBuilder;
import org.elasticsearch.threadpool.ThreadPool;
import org.sightline.ingest.ImageCaptionProcessor;
import org.sightline.ingest.ImageClassificationProcessor;
import org.sightline.ingest.ImageTextEmbeddingProcessor;
import org.sightline.plugin.action.InferenceAction;
import org.sightline.plugin.action.ModelOperation;
import org.sightline.plugin.action.TransportModelsAction;
import org.sightline.plugin.app.AppHandlers;
import org.sightline.plugin.cluster.ClusterInference;
import org.sightline.plugin.cluster.InferenceNodes;
import org.sightline.plugin.cluster.TransportNodeInference;
import org.sightline.plugin.compat.ActionRegistration;
import org.sightline.plugin.compat.Project;
import org.sightline.plugin.compat.RestRegistration;
import org.sightline.plugin.health.InferenceHealth;
import org.sightline.plugin.node.CallerThread;
import org.sightline.plugin.node.HeapBreaker;
import org.sightline.plugin.node.LocalInference;
import org.sightline.plugin.node.NodeFolders;
import org.sightline.plugin.node.NodeServices;
import org.sightline.plugin.node.ServerPaths;
import org.sightline.plugin.rest.RestCalls;
import org.sightline.plugin.settings.SightlineSettings;
import org.sightline.plugin.stats.TransportStatsAction;
import org.sightline.plugin.store.Announcement;
import org.sightline.plugin.store.ClusterModels;
import org.sightline.plugin.store.RefreshAction;
import org.sightline.plugin.store.StoreAction;
import org.sightline.plugin.store.StoreIndex;
import org.sightline.plugin.transport.NodeCall;
import org.sightline.plugin.transport.NodeTransport;
import org.sightline.plugin.transport.TransportNodeAction;
import org.sightline.query.QueryExtensions;
import org.sightline.query.QueryServices;
import org.sightline.query.WireFormat;
import org.sightline.query.task.SearchTaskFilter;
import org.sightline.runtime.limits.LoadBounds;

/** Registers everything with Elasticsearch and wires it together. Holds no logic of its own. */
public class SightlinePlugin extends Plugin
    implements SystemIndexPlugin,
        ActionRegistration,
        RestRegistration,
        QueryExtensions,
        IngestPlugin,
        CircuitBreakerPlugin,
        HealthPlugin {
  /** Decodes images, preprocesses them, tokenizes. */
  static final String PREPARE_POOL = "sightline_prepare";

  /** Runs sessions. */
  static final String INFER_POOL = "sightline_infer";

  /** Loads models: a load that does not end keeps its thread. */
  static final String LOAD_POOL = "sightline_load";

  /** Runs models before requests do, and writes image tokens to disk. */
  static final String BACKGROUND_POOL = "sightline_background";

  /** Tasks, not inputs: inputs wait in the runtime's own bounded queues. */
  private static final int POOL_QUEUE_SIZE = 1000;

  /** A thread that bulk work does not get; all processors still prepare a bulk. */
  private static final int SPARE = 1;

  /** Beside the runs of one busy model: so that a text of a search does not wait for its images. */
  private static final int OTHER_RUNS = 2;

  /** So many loads may never end before no model can be loaded any more. */
  private static final int LOAD_THREADS = 4;

  private static final TimeValue LOAD_THREADS_KEPT = TimeValue.timeValueSeconds(30);

  /** A run does not wait for a write, nor a write for a run. */
  private static final int BACKGROUND_THREADS = 2;

  private final Settings settings;
  private final NodeServices services;
  private final HeapBreaker heap = new HeapBreaker();

  /** Made with the components, after which Elasticsearch asks for indicators. */
  private List<HealthIndicatorService> health = List.of();

  /** Made with the components, which exist before Elasticsearch asks for handlers. */
  private List<RestHandler> page = List.of();

  /** Made with the components, which exist before Elasticsearch asks for filters. */
  private List<MappedActionFilter> actionFilters = List.of();

  public SightlinePlugin(Settings settings) {
    this.settings = settings;
    this.services = new NodeServices(settings, heap);
  }

  @Override
  public List<Setting<?>> getSettings() {
    return SightlineSettings.all();
  }

  /** Tells the other nodes which messages this one reads, and whether it runs models. */
  @Override
  public Settings additionalSettings() {
    String format = Node.NODE_ATTRIBUTES.getKey() + WireFormat.ATTRIBUTE;
    if (settings.hasValue(format)) {
      throw new IllegalArgumentException(
          "["
              + format
              + "] must not be set, got ["
              + settings.get(format)
              + "]: the plugin sets it to the newest format of messages that it reads");
    }
    Settings.Builder attributes = Settings.builder().put(format, WireFormat.NEWEST.number());
    if (SightlineSettings.INFERENCE_ENABLED.get(settings)) {
      attributes.put(
          Node.NODE_ATTRIBUTES.getKey() + InferenceNodes.DEVICE_ATTRIBUTE,
          SightlineSettings.DEVICE.get(settings).expected().name().toLowerCase(Locale.ROOT));
    }
    return attributes.build();
  }

  @Override
  public List<ExecutorBuilder<?>> getExecutorBuilders(Settings settings) {
    int processors = EsExecutors.allocatedProcessors(settings);
    return List.of(
        pool(settings, PREPARE_POOL, processors + SPARE),
        pool(settings, INFER_POOL, SightlineSettings.allocations(settings) + OTHER_RUNS),
        pool(settings, BACKGROUND_POOL, BACKGROUND_THREADS),
        new ScalingExecutorBuilder(LOAD_POOL, 0, LOAD_THREADS, LOAD_THREADS_KEPT, true));
  }

  private static ExecutorBuilder<?> pool(Settings settings, String name, int size) {
    return new FixedExecutorBuilder(
        settings,
        name,
        size,
        POOL_QUEUE_SIZE,
        "thread_pool." + name,
        EsExecutors.TaskTrackingConfig.DO_NOT_TRACK);
  }

  @Override
  public Collection<SystemIndexDescriptor> getSystemIndexDescriptors(Settings settings) {
    return List.of(StoreIndex.descriptor());
  }

  @Override
  public String getFeatureName() {
    return NodeFolders.PLUGIN;
  }

  @Override
  public String getFeatureDescription() {
    return "Models for multimodal search that were pushed to the cluster";
  }

  @Override
  public BreakerSettings getCircuitBreaker(Settings settings) {
    return HeapBreaker.settings(settings);
  }

  @Override
  public void setCircuitBreaker(CircuitBreaker breaker) {
    heap.use(breaker);
  }

  @Override
  public Collection<HealthIndicatorService> getHealthIndicatorServices() {
    return health;
  }

  @Override
  public Collection<?> createComponents(PluginServices node) {
    ThreadPool threadPool = node.threadPool();
    CallerThread callers = new CallerThread(threadPool);
    NodeTransport transport = new NodeTransport();
    LocalInference local =
        new LocalInference(
            Node.NODE_NAME_SETTING.get(settings),
            SightlineSettings.INFERENCE_ENABLED.get(settings),
            NodeFolders.models(node.environment()),
            SightlineSettings.limits(settings),
            NodeFolders.openFeatures(settings, node.environment()),
            heap,
            threadPool.executor(PREPARE_POOL),
            threadPool.executor(INFER_POOL),
            threadPool.executor(BACKGROUND_POOL),
            new LoadBounds(
                threadPool.executor(LOAD_POOL),
                SightlineSettings.duration(SightlineSettings.MODEL_LOAD_TIMEOUT.get(settings))),
            callers,
            ServerPaths.of(node.environment()));
    ClusterModels models =
        ClusterModels.start(
            node.client(), transport, node.clusterService(), node.environment(), threadPool, local);
    Supplier<String> localNodeId = () -> node.clusterService().localNode().getId();
    ClusterInference cluster =
        new ClusterInference(
            () -> node.clusterService().state().nodes(),
            models.announcements(),
            new TransportNodeInference(
                    local, localNodeId, transport, threadPool, services.routing())
                ::on,
            callers,
            services.routing(),
            heap);
    page = AppHandlers.of(settings, local.runtime().decoder(), heap, threadPool);
    health =
        List.of(
            new InferenceHealth(
                () -> node.clusterService().state().nodes(), local::models, models::unfit));
    actionFilters = taskFilters(threadPool, localNodeId);
    services.start(
        cluster,
        models,
        node.clusterService().getClusterSettings(),
        node.client(),
        callers,
        () -> Project.ofRequest(node),
        node.indicesService().getFieldFilter());
    return List.of(transport, local, services, models, models.announcements());
  }

  /** What a search, a bulk request or a call starts is cancelled with it. */
  private static List<MappedActionFilter> taskFilters(
      ThreadPool threadPool, Supplier<String> localNodeId) {
    return Stream.concat(
            Stream.of(TransportSearchAction.TYPE, TransportBulkAction.TYPE),
            InferenceAction.TYPES.stream())
        .<MappedActionFilter>map(
            action ->
                new SearchTaskFilter(action.name(), threadPool.getThreadContext(), localNodeId))
        .toList();
  }

  @Override
  public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
    return Map.of(
        ImageTextEmbeddingProcessor.TYPE,
        ImageTextEmbeddingProcessor.factory(services),
        ImageClassificationProcessor.TYPE,
        ImageClassificationProcessor.factory(services),
        ImageCaptionProcessor.TYPE,
        ImageCaptionProcessor.factory(services));
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
  public Collection<Served> actions() {
    return List.of(
        new Served(NodeCall.EMBED.action(), TransportNodeAction.Embed.class),
        new Served(NodeCall.MATCH.action(), TransportNodeAction.Match.class),
        new Served(NodeCall.CAPTION.action(), TransportNodeAction.Caption.class),
        new Served(InferenceAction.EMBED, InferenceAction.Embed.class),
        new Served(InferenceAction.MATCH, InferenceAction.Match.class),
        new Served(InferenceAction.CLASSIFY, InferenceAction.Classify.class),
        new Served(InferenceAction.CAPTION, InferenceAction.Captioning.class),
        new Served(ModelOperation.LIST.type(), TransportModelsAction.Listing.class),
        new Served(ModelOperation.LOAD.type(), TransportModelsAction.Loading.class),
        new Served(ModelOperation.UNLOAD.type(), TransportModelsAction.Unloading.class),
        new Served(StoreAction.PUT, StoreAction.Put.class),
        new Served(StoreAction.PUT_PART, StoreAction.PutPart.class),
        new Served(StoreAction.DELETE, StoreAction.Delete.class),
        new Served(RefreshAction.TYPE, RefreshAction.class),
        new Served(Announcement.Action.TYPE, Announcement.Action.class),
        new Served(TransportStatsAction.TYPE, TransportStatsAction.class));
  }

  @Override
  public Collection<MappedActionFilter> getMappedActionFilters() {
    return actionFilters;
  }

  @Override
  public Collection<RestHandler> restHandlers() {
    RestCalls.Bounds bounds =
        new RestCalls.Bounds(
            SightlineSettings.MAX_INPUTS.get(settings),
            SightlineSettings.IMAGE_MAX_BYTES.get(settings).getBytes(),
            heap);
    List<RestHandler> handlers = new ArrayList<>(RestCalls.all(bounds));
    handlers.addAll(page);
    return handlers;
  }
}
