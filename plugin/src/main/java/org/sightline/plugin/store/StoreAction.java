package org.sightline.plugin.store;

import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;
import org.sightline.plugin.store.ModelStore.Answer;
import org.sightline.plugin.store.ModelStore.Result;
import org.sightline.plugin.transport.LocalRequest;
import org.sightline.query.InferenceCalls;

/**
 * Changes the models of the cluster; answers when all nodes know of the change. Injection needs a
 * class for each action; the nested ones are those.
 */
public abstract class StoreAction<B> extends TransportAction<LocalRequest<B>, StoreResponse> {
  public static final ActionType<StoreResponse> PUT =
      new ActionType<>("cluster:admin/sightline/model/put");
  public static final ActionType<StoreResponse> PUT_PART =
      new ActionType<>("cluster:admin/sightline/model/put_part");
  public static final ActionType<StoreResponse> DELETE =
      new ActionType<>("cluster:admin/sightline/model/delete");

  final ClusterModels models;
  private final ThreadContext threadContext;

  private StoreAction(
      ActionType<StoreResponse> type,
      TransportService transportService,
      ActionFilters actionFilters,
      ClusterModels models) {
    super(
        type.name(),
        actionFilters,
        transportService.getTaskManager(),
        transportService.getThreadPool().generic());
    this.models = models;
    this.threadContext = transportService.getThreadPool().getThreadContext();
  }

  abstract CompletableFuture<StoreResponse> change(B request);

  @Override
  protected void doExecute(
      Task task, LocalRequest<B> request, ActionListener<StoreResponse> listener) {
    InferenceCalls.start(
        () -> change(request.body()),
        ContextPreservingActionListener.wrapPreservingContext(listener, threadContext));
  }

  /**
   * A model to put.
   *
   * @param body a manifest, or a zip of a bundle; the caller keeps it until the answer
   */
  public record Model(String id, BytesReference body, boolean zip) {}

  /** Takes manifests and zips. */
  public static final class Put extends StoreAction<Model> {
    @Inject
    public Put(
        TransportService transportService, ActionFilters actionFilters, ClusterModels models) {
      super(PUT, transportService, actionFilters, models);
    }

    @Override
    CompletableFuture<StoreResponse> change(Model request) {
      ZipUpload zip = request.zip() ? new ZipUpload(request.body()) : null;
      String manifest = zip == null ? request.body().utf8ToString() : zip.manifest();
      StoredModel model = StoredModel.parse(request.id(), manifest);
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
                      : models.refreshAllNodes(answer))
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

  /**
   * A part of a file of a model.
   *
   * @param sha256 of the whole file
   * @param number number of the part, from 0
   * @param body its bytes; the caller keeps them until the answer
   */
  public record FilePart(String modelId, String sha256, int number, BytesReference body) {}

  /** Takes parts. */
  public static final class PutPart extends StoreAction<FilePart> {
    @Inject
    public PutPart(
        TransportService transportService, ActionFilters actionFilters, ClusterModels models) {
      super(PUT_PART, transportService, actionFilters, models);
    }

    @Override
    CompletableFuture<StoreResponse> change(FilePart part) {
      byte[] bytes = BytesReference.toBytes(part.body());
      return models
          .store()
          .putPart(part.modelId(), part.sha256(), part.number(), bytes)
          .thenApply(done -> new StoreResponse(null));
    }
  }

  /** Removes the model of an id. */
  public static final class Delete extends StoreAction<String> {
    @Inject
    public Delete(
        TransportService transportService, ActionFilters actionFilters, ClusterModels models) {
      super(DELETE, transportService, actionFilters, models);
    }

    @Override
    CompletableFuture<StoreResponse> change(String modelId) {
      return models
          .store()
          .delete(modelId)
          .thenCompose(models::refreshAllNodes)
          .thenApply(done -> new StoreResponse(null));
    }
  }
}
