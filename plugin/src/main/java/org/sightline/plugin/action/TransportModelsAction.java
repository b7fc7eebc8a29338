package org.sightline.plugin.action;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.FailedNodeException;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.action.support.nodes.TransportNodesAction;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;
import org.sightline.plugin.cluster.InferenceNodes;
import org.sightline.plugin.node.LocalInference;
import org.sightline.plugin.settings.SightlineSettings;
import org.sightline.plugin.store.ClusterModels;
import org.sightline.plugin.transport.InferenceFailures;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.model.ModelStatus;

/** Carries an operation to all inference nodes; a change fails when it came about on none. */
public abstract class TransportModelsAction
    extends TransportNodesAction<
        ModelsRequest, ModelsResponse, ModelsRequest.Node, NodeModels, Void> {
  /** How long a node may take to say which models it has. */
  private static final TimeValue LIST_TIMEOUT = TimeValue.timeValueSeconds(10);

  private final ModelOperation operation;
  private final LocalInference local;
  private final ClusterModels models;
  private final ThreadContext threadContext;

  private TransportModelsAction(
      ModelOperation operation,
      TransportService transportService,
      ActionFilters actionFilters,
      ClusterModels models) {
    super(
        operation.type().name(),
        models.clusterService(),
        transportService,
        actionFilters,
        ModelsRequest.Node::new,
        transportService.getThreadPool().generic());
    this.operation = operation;
    this.local = models.local();
    this.models = models;
    this.threadContext = transportService.getThreadPool().getThreadContext();
  }

  @Override
  protected DiscoveryNode[] resolveRequest(ModelsRequest request, ClusterState state) {
    return InferenceNodes.of(state.nodes()).toArray(DiscoveryNode[]::new);
  }

  /** A node that has just started does not know all models at once. */
  @Override
  protected void doExecute(
      Task task, ModelsRequest request, ActionListener<ModelsResponse> listener) {
    request.setTimeout(answerTimeout(request));
    ActionListener<Void> then =
        ContextPreservingActionListener.wrapPreservingContext(
            listener.delegateFailureAndWrap((l, nothing) -> super.doExecute(task, request, l)),
            threadContext);
    models
        .whenKnown(request.storeTimeout())
        .whenComplete((known, failure) -> then.onResponse(null));
  }

  /**
   * After the wait for the store, a node has time for the operation itself. Loading has a timeout
   * of its own, after which a node says so; unloading waits for requests.
   */
  private TimeValue answerTimeout(ModelsRequest request) {
    TimeValue own =
        operation == ModelOperation.LIST
            ? LIST_TIMEOUT
            : SightlineSettings.MODEL_LOAD_TIMEOUT.get(clusterService.getSettings());
    return TimeValue.timeValueMillis(request.storeTimeout().millis() + own.millis());
  }

  @Override
  protected ModelsResponse newResponse(
      ModelsRequest request, List<NodeModels> responses, List<FailedNodeException> failures) {
    List<NodeModels> nodes =
        responses.stream().sorted(Comparator.comparing(node -> node.getNode().getName())).toList();
    if (nodes.isEmpty() == false && nodes.stream().allMatch(node -> node.failure() != null)) {
      throw asRuntime(failure(nodes.get(0).failure()));
    }
    if (nodes.isEmpty() && operation != ModelOperation.LIST) {
      throw nowhere(request, failures);
    }
    Set<DiscoveryNode> all =
        nodes.stream().map(NodeModels::getNode).collect(Collectors.toUnmodifiableSet());
    return new ModelsResponse(
        clusterService.getClusterName(), nodes, failures, id -> models.source(id, all));
  }

  private RuntimeException nowhere(ModelsRequest request, List<FailedNodeException> failures) {
    return failures.isEmpty()
        ? new ElasticsearchStatusException(InferenceNodes.NONE, RestStatus.SERVICE_UNAVAILABLE)
        : new ElasticsearchStatusException(
            "no node did [{}] for model [{}], the first: {}",
            RestStatus.SERVICE_UNAVAILABLE,
            operation.name().toLowerCase(Locale.ROOT),
            request.modelId(),
            ExceptionsHelper.unwrapCause(failures.get(0).getCause()).getMessage());
  }

  private Exception failure(InferenceException failure) {
    if (failure.kind() == InferenceException.Kind.UNKNOWN_MODEL && models.isKnown() == false) {
      return new ElasticsearchStatusException(
          "which models the cluster stores cannot be read yet, and no node has a copy: {}",
          RestStatus.SERVICE_UNAVAILABLE,
          failure.getMessage());
    }
    return ModelInPath.failure(failure);
  }

  private static RuntimeException asRuntime(Exception e) {
    return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
  }

  @Override
  protected ModelsRequest.Node newNodeRequest(ModelsRequest request) {
    return new ModelsRequest.Node(clusterService.state().nodes(), request.modelId());
  }

  @Override
  protected NodeModels newNodeResponse(StreamInput in, DiscoveryNode node) throws IOException {
    return new NodeModels(in, node);
  }

  @Override
  protected NodeModels nodeOperation(ModelsRequest.Node request, Task task) {
    throw new AssertionError("answered asynchronously");
  }

  @Override
  protected void nodeOperationAsync(
      ModelsRequest.Node request, Task task, ActionListener<NodeModels> listener) {
    DiscoveryNode node = clusterService.localNode();
    perform(request.modelId())
        .whenComplete(
            (models, failure) ->
                listener.onResponse(
                    failure == null
                        ? new NodeModels(node, request, models)
                        : new NodeModels(
                            node, request, InferenceFailures.of(failure, node.getName()))));
  }

  private CompletionStage<List<ModelStatus>> perform(String modelId) {
    return switch (operation) {
      case LIST -> list(modelId);
      case LOAD -> local.load(modelId).thenApply(TransportModelsAction::usable);
      case UNLOAD -> local.unload(modelId).thenApply(List::of);
    };
  }

  private static List<ModelStatus> usable(ModelStatus status) {
    if (status.state() == ModelStatus.State.FAILED) {
      throw new InferenceException(
          InferenceException.Kind.MODEL_UNAVAILABLE,
          "model [" + status.id() + "] cannot be used: " + status.reason());
    }
    return List.of(status);
  }

  private CompletionStage<List<ModelStatus>> list(String modelId) {
    List<ModelStatus> models =
        Stream.concat(local.models().stream(), this.models.unreadable().stream())
            .filter(status -> modelId == null || status.id().equals(modelId))
            .toList();
    if (models.isEmpty() && modelId != null) {
      return CompletableFuture.failedFuture(this.models.unknown(modelId));
    }
    return CompletableFuture.completedFuture(models);
  }

  /** Handles {@link ModelOperation#LIST}. */
  public static final class Listing extends TransportModelsAction {
    @Inject
    public Listing(
        TransportService transportService, ActionFilters actionFilters, ClusterModels models) {
      super(ModelOperation.LIST, transportService, actionFilters, models);
    }
  }

  /** Handles {@link ModelOperation#LOAD}. */
  public static final class Loading extends TransportModelsAction {
    @Inject
    public Loading(
        TransportService transportService, ActionFilters actionFilters, ClusterModels models) {
      super(ModelOperation.LOAD, transportService, actionFilters, models);
    }
  }

  /** Handles {@link ModelOperation#UNLOAD}. */
  public static final class Unloading extends TransportModelsAction {
    @Inject
    public Unloading(
        TransportService transportService, ActionFilters actionFilters, ClusterModels models) {
      super(ModelOperation.UNLOAD, transportService, actionFilters, models);
    }
  }
}
