package org.sightline.plugin.node;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.plugins.FieldPredicate;
import org.sightline.ingest.IngestServices;
import org.sightline.ingest.MappedModel;
import org.sightline.plugin.cluster.Routing;
import org.sightline.plugin.compat.Project;
import org.sightline.plugin.settings.SightlineSettings;
import org.sightline.query.QueryServices;
import org.sightline.query.mapping.MappingCache;
import org.sightline.query.match.FetchBudget;
import org.sightline.query.match.RerankReport;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.zeroshot.Classifier;
import org.sightline.runtime.zeroshot.ZeroShotClassifier;

/**
 * What queries and processors ask of the node. Made before the node's components exist, because
 * parsers are registered before; until {@link #start} every call fails clearly. Thread-safe.
 */
public final class NodeServices implements QueryServices, IngestServices {

  private record Started(
      Inference inference,
      ModelCatalog models,
      Classifier classifier,
      IndexLabels labels,
      IndexModels indexModels,
      CallerThread callers,
      Function<String, FieldPredicate> visibleFields) {}

  /** Elasticsearch's own setting, which a plugin cannot name by its class. */
  private static final String SECURITY = "xpack.security.enabled";

  private final Routing routing = new Routing();
  private final MappingCache mappings = new MappingCache();
  private final HeapBreaker heap;
  private final FetchBudget fetches;
  private final SlowMatchLog slowMatches;
  private final long maxImageBytes;
  private final int maxInputs;
  private volatile Duration inferenceTimeout;
  private volatile Duration ingestTimeout;
  private volatile Started started;

  /**
   * @param heap charged for what requests hold on the node that coordinates them
   */
  public NodeServices(Settings settings, HeapBreaker heap) {
    this.heap = heap;
    this.fetches = new FetchBudget(heap::breaker, 0);
    this.slowMatches = new SlowMatchLog(settings);
    this.maxImageBytes = SightlineSettings.IMAGE_MAX_BYTES.get(settings).getBytes();
    this.maxInputs = SightlineSettings.MAX_INPUTS.get(settings);
    this.inferenceTimeout =
        SightlineSettings.duration(SightlineSettings.INFERENCE_TIMEOUT.get(settings));
    this.ingestTimeout = SightlineSettings.duration(SightlineSettings.INGEST_TIMEOUT.get(settings));
  }

  /**
   * From now on calls are served, and changes of dynamic settings are followed.
   *
   * @param indices those of the cluster, as they are when asked
   * @param visibleFields of an index, for the user of the current thread context
   */
  public void start(
      Inference inference,
      ModelCatalog models,
      ClusterSettings clusterSettings,
      Client client,
      CallerThread callers,
      Supplier<Project> indices,
      Function<String, FieldPredicate> visibleFields) {
    clusterSettings.addSettingsUpdateConsumer(
        SightlineSettings.INFERENCE_TIMEOUT,
        value -> inferenceTimeout = SightlineSettings.duration(value));
    clusterSettings.addSettingsUpdateConsumer(
        SightlineSettings.INGEST_TIMEOUT,
        value -> ingestTimeout = SightlineSettings.duration(value));
    slowMatches.follow(clusterSettings);
    started =
        new Started(
            Objects.requireNonNull(inference, "inference"),
            Objects.requireNonNull(models, "models"),
            new ContextClassifier(
                new ZeroShotClassifier(() -> inference, () -> models, maxInputs), callers),
            new IndexLabels(
                client, client.settings().getAsBoolean(SECURITY, true), System::nanoTime),
            new IndexModels(indices, mappings),
            callers,
            Objects.requireNonNull(visibleFields, "visibleFields"));
  }

  /** What this node sends to inference nodes. */
  public Routing routing() {
    return routing;
  }

  @Override
  public void rerankFetched(int documents, Duration took) {
    routing.fetched(documents, took.toNanos());
  }

  @Override
  public void reranked(RerankReport report) {
    if (report.outcome() == RerankReport.Outcome.FIRST_STAGE) {
      routing.fellBack();
    }
    slowMatches.log(report);
  }

  @Override
  public Inference inference() {
    return started().inference();
  }

  @Override
  public ModelCatalog models() {
    return started().models();
  }

  @Override
  public MappingCache mappings() {
    return mappings;
  }

  @Override
  public FetchBudget fetches() {
    return fetches;
  }

  /** Charged for what requests hold on this node. */
  public HeapAccount heap() {
    return heap;
  }

  @Override
  public Function<String, FieldPredicate> visibleFields() {
    return started().visibleFields();
  }

  @Override
  public Classifier classifier() {
    return started().classifier();
  }

  @Override
  public CompletionStage<List<String>> labels(String index, String field) {
    Started current = started();
    return current.callers().resume(current.labels().get(index, field));
  }

  @Override
  public Optional<MappedModel> mappedModel(String index, String field) {
    return started().indexModels().find(index, field);
  }

  @Override
  public int maxInputs() {
    return maxInputs;
  }

  @Override
  public long maxImageBytes() {
    return maxImageBytes;
  }

  @Override
  public Duration inferenceTimeout() {
    return inferenceTimeout;
  }

  @Override
  public Duration ingestTimeout() {
    return ingestTimeout;
  }

  private Started started() {
    Started current = started;
    if (current == null) {
      throw new IllegalStateException("the components of this node do not exist yet");
    }
    return current;
  }
}
