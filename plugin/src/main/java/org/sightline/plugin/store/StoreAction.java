package org.sightline.plugin.store;

import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;
import org.sightline.plugin.store.ModelStore.Answer;
import org.sightline.plugin.store.ModelStore.Result;
import org.sightline.plugin.store.ModelUses.Users;
import org.sightline.plugin.transport.LocalRequest;
import org.sightline.query.InferenceCalls;

/**
 * Changes the models of the cluster; answers when all nodes know of the change. Injection needs a
 * class for each action; the nested ones are those.
 */
public abstract class StoreAction<B>
    extends TransportAction<LocalRequest<StoreAction.Call<B>>, StoreResponse> {
  public static final ActionType<StoreResponse> PUT =
      new ActionType<>("cluster:admin/sightline/model/put");
  public static final ActionType<StoreResponse> PUT_PART =
      new ActionType<>("cluster:admin/sightline/model/put_part");
  public static final ActionType<StoreResponse> DELETE =
      new ActionType<>("cluster:admin/sightline/model/delete");

  /**
   * A call.
   *
   * @param timeout how long to wait for the store, whose shard may just be starting
   */
  public record Call<B>(B body, TimeValue timeout) {}

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
      Task task, LocalRequest<Call<B>> request, ActionListener<StoreResponse> listener) {
    Call<B> call = request.body();
    InferenceCalls.start(
        () -> models.readable(call.timeout()).thenCompose(nothing -> change(call.body())),
        ContextPreservingActionListener.wrapPreservingContext(listener, threadContext));
  }

  /**
   * A model to put.
   *
   * @param body a manifest, or a zip of a bundle; the caller keeps it until the answer
   * @param replace whether another version may be replaced although it is in use
   */
  public record Model(String id, BytesReference body, boolean zip, boolean replace) {}

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
      String manifest = zip == null ? text(request.body()) : zip.manifest();
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
      Consumer<StoredModel> check = before -> requireUnused(model, before, request.replace());
      CompletableFuture<Answer> put = models.store().put(model, check);
      if (zip != null) {
        put = put.thenCompose(answer -> unpacked(zip, answer, check));
      }
      return put.thenCompose(
              answer ->
                  answer.result() == Result.INCOMPLETE
                      ? CompletableFuture.completedFuture(answer)
                      : models.refreshAllNodes(answer))
          .thenApply(StoreResponse::new);
    }

    private static String text(BytesReference manifest) {
      if (manifest.length() > StoredModel.MAX_MANIFEST_BYTES) {
        throw new IllegalArgumentException(
            "the manifest has ["
                + manifest.length()
                + "] bytes, allowed are at most ["
                + StoredModel.MAX_MANIFEST_BYTES
                + "]");
      }
      return manifest.utf8ToString();
    }

    /**
     * A vector belongs to one version of one model.
     *
     * @param before the version in service, or null
     */
    private void requireUnused(StoredModel model, StoredModel before, boolean replace) {
      Users touched = models.uses().touchedBy(model.manifest().info(), before != null);
      if (replace == false && touched.isEmpty() == false) {
        throw inUse(
            touched,
            "version ["
                + model.manifest().info().shortVersion()
                + "] of model ["
                + model.id()
                + "] would change the vectors of "
                + touched
                + ", which have another version; push it under another id and rebuild the indices"
                + " (sightline-models reembed), or replace it with [replace=true] (push"
                + " --replace)");
      }
    }

    private CompletableFuture<Answer> unpacked(
        ZipUpload zip, Answer first, Consumer<StoredModel> check) {
      if (first.result() != Result.INCOMPLETE) {
        return CompletableFuture.completedFuture(first);
      }
      ModelStore store = models.store();
      return zip.send(
              first.model(),
              first.missing(),
              (part, bytes) ->
                  store.putPart(first.model().id(), part.sha256(), part.number(), bytes))
          .thenCompose(sent -> store.put(first.model(), check))
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

  /**
   * A model to remove.
   *
   * @param force whether it may be removed although it is in use
   */
  public record Removal(String modelId, boolean force) {}

  /** Removes the model of an id. */
  public static final class Delete extends StoreAction<Removal> {
    @Inject
    public Delete(
        TransportService transportService, ActionFilters actionFilters, ClusterModels models) {
      super(DELETE, transportService, actionFilters, models);
    }

    @Override
    CompletableFuture<StoreResponse> change(Removal removal) {
      return models
          .store()
          .delete(removal.modelId(), () -> requireUnused(removal))
          .thenCompose(models::refreshAllNodes)
          .thenApply(done -> new StoreResponse(null));
    }

    private void requireUnused(Removal removal) {
      Users users = models.uses().of(removal.modelId());
      if (removal.force() == false && users.isEmpty() == false) {
        throw inUse(
            users,
            "model ["
                + removal.modelId()
                + "] is used by "
                + users
                + "; move them to another model first (sightline-models reembed), or remove it"
                + " with [force=true]");
      }
    }
  }

  /** 409, with the names also as lists for programs. */
  private static ElasticsearchStatusException inUse(Users users, String message) {
    ElasticsearchStatusException inUse =
        new ElasticsearchStatusException("{}", RestStatus.CONFLICT, message);
    inUse.addMetadata("es.indices", List.copyOf(users.indices()));
    inUse.addMetadata("es.pipelines", List.copyOf(users.pipelines()));
    inUse.addMetadata("es.index_templates", List.copyOf(users.templates()));
    return inUse;
  }
}
