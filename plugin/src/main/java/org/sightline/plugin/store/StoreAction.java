package org.sightline.plugin.store;

import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;
import org.sightline.plugin.store.ModelStore.Answer;
import org.sightline.plugin.store.ModelStore.Result;

/**
 * Changes the models of the cluster; answers when all nodes know of the change. Injection needs a
 * class for each action; the nested ones are those.
 */
public abstract class StoreAction extends TransportAction<StoreRequest, StoreResponse> {
  public static final ActionType<StoreResponse> PUT =
      new ActionType<>("cluster:admin/sightline/model/put");
  public static final ActionType<StoreResponse> PUT_PART =
      new ActionType<>("cluster:admin/sightline/model/put_part");
  public static final ActionType<StoreResponse> DELETE =
      new ActionType<>("cluster:admin/sightline/model/delete");

  final ClusterModels models;
  final ThreadPool threadPool;
  private final Client client;

  private StoreAction(
      ActionType<StoreResponse> type,
      TransportService transportService,
      ActionFilters actionFilters,
      Client client,
      ThreadPool threadPool,
      ClusterModels models) {
    super(type.name(), actionFilters, transportService.getTaskManager(), threadPool.generic());
    this.models = models;
    this.client = client;
    this.threadPool = threadPool;
  }

  abstract CompletableFuture<StoreResponse> change(StoreRequest request);

  @Override
  protected void doExecute(
      Task task, StoreRequest request, ActionListener<StoreResponse> listener) {
    ActionListener<StoreResponse> inContext =
        ContextPreservingActionListener.wrapPreservingContext(
            listener, threadPool.getThreadContext());
    CompletableFuture<StoreResponse> answer;
    try {
      answer = change(request);
    } catch (RuntimeException e) {
      listener.onFailure(e);
      return;
    }
    answer.whenComplete(
        (response, failure) -> {
          if (failure == null) {
            inContext.onResponse(response);
          } else {
            inContext.onFailure(cause(failure));
          }
        });
  }

  private static Exception cause(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof Exception exception ? exception : new IllegalStateException(cause);
  }

  /** All nodes read the catalog. */
  <T> CompletableFuture<T> told(T answer) {
    return StoreDocuments.<RefreshAction.Response>call(
            listener -> client.execute(RefreshAction.TYPE, new RefreshAction.Request(), listener))
        .handle((done, failure) -> answer); // who did not hear reads it within a minute
  }

  /** Takes manifests and zips. */
  public static final class Put extends StoreAction {
    @Inject
    public Put(
        TransportService transportService,
        ActionFilters actionFilters,
        Client client,
        ThreadPool threadPool,
        ClusterModels models) {
      super(PUT, transportService, actionFilters, client, threadPool, models);
    }

    @Override
    CompletableFuture<StoreResponse> change(StoreRequest request) {
      ZipUpload zip = request.zip() ? new ZipUpload(request.body()) : null;
      String manifest = zip == null ? request.body().utf8ToString() : zip.manifest();
      StoredModel model = StoredModel.parse(request.modelId(), manifest);
      Optional<String> node = models.inFolderOf(model.id());
      if (node.isPresent()) {
        throw new IllegalArgumentException(
            "model ["
                + model.id()
                + "] lies in a folder of node ["
                + node.get()
                + "], a model of the cluster needs another id");
      }
      ModelStore store = models.store();
      CompletableFuture<Answer> put = store.put(model);
      if (zip != null) {
        put = put.thenCompose(answer -> unpacked(zip, answer));
      }
      return put.thenCompose(
              answer ->
                  answer.result() == Result.INCOMPLETE
                      ? CompletableFuture.completedFuture(answer)
                      : told(answer))
          .thenApply(StoreResponse::new);
    }

    private CompletableFuture<Answer> unpacked(ZipUpload zip, Answer first) {
      if (first.result() != Result.INCOMPLETE) {
        return CompletableFuture.completedFuture(first);
      }
      ModelStore store = models.store();
      return zip.send(
              first.model(),
              first.missing(),
              (part, bytes) ->
                  store.putPart(first.model().id(), part.sha256(), part.number(), bytes))
          .thenCompose(sent -> store.put(first.model()))
          .thenApply(Put::complete);
    }

    private static Answer complete(Answer answer) {
      if (answer.result() == Result.INCOMPLETE) {
        throw new IllegalArgumentException(
            "the zip lacks files of the manifest, or has them shorter: "
                + answer.missing().stream()
                    .map(part -> answer.model().names().get(part.sha256()))
                    .collect(Collectors.toCollection(TreeSet::new)));
      }
      return answer;
    }
  }

  /** Takes parts. */
  public static final class PutPart extends StoreAction {
    @Inject
    public PutPart(
        TransportService transportService,
        ActionFilters actionFilters,
        Client client,
        ThreadPool threadPool,
        ClusterModels models) {
      super(PUT_PART, transportService, actionFilters, client, threadPool, models);
    }

    @Override
    CompletableFuture<StoreResponse> change(StoreRequest request) {
      byte[] bytes = BytesReference.toBytes(request.body());
      return models
          .store()
          .putPart(request.modelId(), request.sha256(), request.part(), bytes)
          .thenApply(done -> new StoreResponse(null));
    }
  }

  /** Removes models. */
  public static final class Delete extends StoreAction {
    @Inject
    public Delete(
        TransportService transportService,
        ActionFilters actionFilters,
        Client client,
        ThreadPool threadPool,
        ClusterModels models) {
      super(DELETE, transportService, actionFilters, client, threadPool, models);
    }

    @Override
    CompletableFuture<StoreResponse> change(StoreRequest request) {
      return models
          .store()
          .delete(request.modelId())
          .thenCompose(this::told)
          .thenApply(done -> new StoreResponse(null));
    }
  }
}
