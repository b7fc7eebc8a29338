package org.sightline.plugin.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.rest.RestStatus;
import org.sightline.plugin.store.StoredModel.Part;
import org.sightline.runtime.inference.Digest;

/**
 * What can be done with the models of the cluster, by whichever node is asked. A push is a sequence
 * of calls without a session: {@link #put} says what is missing, {@link #putPart} brings it, the
 * next {@link #put} takes the model into service. Thread-safe, never blocks.
 */
final class ModelStore {
  /** A push that has not ended by then is forgotten, and its parts with it. */
  private static final Duration GIVEN_UP = Duration.ofDays(1);

  private final StoreDocuments documents;
  private final Trials trials;
  private final Executor hashing;
  private final LongSupplier clock;

  /**
   * @param hashing runs what takes long
   * @param clock milliseconds of the epoch
   * @param nodes those of the current cluster state
   */
  ModelStore(Client client, Executor hashing, LongSupplier clock, Supplier<DiscoveryNodes> nodes) {
    this.documents = new StoreDocuments(client);
    this.trials = new Trials(documents, nodes);
    this.hashing = hashing;
    this.clock = clock;
  }

  /** What became of a push. */
  enum Result {
    /** Parts are missing. */
    INCOMPLETE,
    /** The model is in service, for the first time. */
    CREATED,
    /** This version is in service instead of another. */
    UPDATED,
    /** This version was in service already. */
    NOOP
  }

  /**
   * An answer to a push.
   *
   * @param missing parts to send, in order; empty unless {@code INCOMPLETE}
   */
  record Answer(StoredModel model, Result result, List<Part> missing) {}

  /** Who loads a version for the first time. */
  Trials trials() {
    return trials;
  }

  CompletableFuture<StoreCatalog> catalog() {
    return documents.catalog();
  }

  /**
   * Begins a push, or ends it when all parts are there and every file is what it should be.
   *
   * @param check of the version in service, or null; refuses by an exception what would change
   */
  CompletableFuture<Answer> put(StoredModel model, Consumer<StoredModel> check) {
    return documents
        .catalog()
        .thenCompose(
            catalog -> {
              StoredModel before = catalog.models().get(model.id());
              boolean inService = before != null && before.version().equals(model.version());
              boolean begun = isPending(catalog, model);
              if (inService == false) {
                check.accept(before);
              }
              // parts of a push that has begun are not taken for garbage
              return ready(model, inService, begun)
                  .thenCompose(ready -> documents.missing(model.parts()))
                  .thenCompose(
                      missing ->
                          missing.isEmpty()
                              ? inService && begun == false
                                  ? trials
                                      .again(before)
                                      .thenApply(
                                          again -> new Answer(before, Result.NOOP, List.of()))
                                  : commit(model, before)
                              : ready(model, false, begun)
                                  .thenApply(ready -> incomplete(model, missing)));
            });
  }

  private CompletableFuture<Void> ready(StoredModel model, boolean inService, boolean begun) {
    if (inService) {
      return removeDamaged(model);
    }
    return begun ? CompletableFuture.completedFuture(null) : begin(model).thenAccept(done -> {});
  }

  private static boolean isPending(StoreCatalog catalog, StoredModel model) {
    StoreCatalog.Pending push = catalog.pending().get(model.id());
    return push != null && push.model().version().equals(model.version());
  }

  /** Removes the parts of files that are not what they should be, so that a push brings them. */
  private CompletableFuture<Void> removeDamaged(StoredModel model) {
    CompletableFuture<Void> removed = CompletableFuture.completedFuture(null);
    for (Map.Entry<String, String> file : model.names().entrySet()) {
      Digest.Stream digest = new Digest.Stream();
      removed =
          removed
              .thenCompose(done -> read(model, file.getValue(), digest::add))
              .handle((done, failure) -> failure == null && digest.hex().equals(file.getKey()))
              .thenCompose(
                  whole -> documents.remove(whole ? List.of() : ids(model, file.getValue())))
              .thenAccept(done -> {});
    }
    return removed;
  }

  private static List<String> ids(StoredModel model, String name) {
    return model.parts(model.manifest().files().get(name)).stream().map(Part::id).toList();
  }

  private static Answer incomplete(StoredModel model, List<Part> missing) {
    return new Answer(model, Result.INCOMPLETE, missing);
  }

  private CompletableFuture<?> begin(StoredModel model) {
    long now = clock.getAsLong();
    List<Part> before = new ArrayList<>();
    return documents
        .change(
            catalog -> {
              before.clear();
              catalog.pending().values().forEach(push -> before.addAll(push.model().parts()));
              return catalog.begun(model, now, now - GIVEN_UP.toMillis());
            })
        .thenCompose(after -> collect(before, after));
  }

  /** Parts whose hashes are right may still make a file that is not the manifest's. */
  private CompletableFuture<Answer> commit(StoredModel model, StoredModel before) {
    CompletableFuture<?> checked = CompletableFuture.completedFuture(null);
    for (Map.Entry<String, String> file : model.names().entrySet()) {
      checked = checked.thenCompose(done -> check(model, file.getKey(), file.getValue()));
    }
    return checked
        .thenCompose(done -> documents.change(catalog -> committed(catalog, model)))
        .thenCompose(after -> collect(before == null ? List.of() : before.parts(), after))
        .thenApply(
            done -> new Answer(model, before == null ? Result.CREATED : Result.UPDATED, List.of()));
  }

  /** A push that another one of the same id has replaced may have lost parts: it must not serve. */
  private static StoreCatalog committed(StoreCatalog catalog, StoredModel model) {
    if (isPending(catalog, model) == false) {
      throw new ElasticsearchStatusException(
          "the push of version [{}] of model [{}] was replaced by another one, push it again",
          RestStatus.CONFLICT,
          model.version(),
          model.id());
    }
    return catalog.committed(model);
  }

  private CompletableFuture<?> check(StoredModel model, String sha256, String name) {
    Digest.Stream digest = new Digest.Stream();
    return read(model, name, digest::add)
        .thenCompose(
            done -> {
              String got = digest.hex();
              if (got.equals(sha256)) {
                return CompletableFuture.completedFuture(null);
              }
              return documents
                  .remove(ids(model, name))
                  .thenApply(
                      removed -> {
                        throw new CompletionException(
                            new IllegalArgumentException(
                                "the parts of the file ["
                                    + name
                                    + "] make the SHA-256 ["
                                    + got
                                    + "], the manifest says ["
                                    + sha256
                                    + "]; they were removed, send them again"));
                      });
            });
  }

  /** Stores one part of a push that has begun. */
  CompletableFuture<?> putPart(String id, String sha256, int number, byte[] bytes) {
    return documents
        .catalog()
        .thenCompose(
            catalog -> {
              StoreCatalog.Pending push = catalog.pending().get(id);
              if (push == null) {
                throw new ElasticsearchStatusException(
                    "no push of the model [{}] has begun, POST its manifest first",
                    RestStatus.CONFLICT,
                    id);
              }
              Part part = push.model().part(sha256, number);
              if (part.length() != bytes.length) {
                throw new IllegalArgumentException(
                    "part ["
                        + number
                        + "] of the file ["
                        + push.model().names().get(sha256)
                        + "] must have ["
                        + part.length()
                        + "] bytes, got ["
                        + bytes.length
                        + "]");
              }
              return documents.put(part, bytes);
            });
  }

  /**
   * Takes a model out of service and removes what only it needed.
   *
   * @param check of a model in service; refuses by an exception
   */
  CompletableFuture<?> delete(String id, Runnable check) {
    List<Part> parts = new ArrayList<>();
    return documents
        .change(
            catalog -> {
              StoredModel model = catalog.models().get(id);
              StoreCatalog.Pending push = catalog.pending().get(id);
              boolean unreadable = catalog.unreadable().containsKey(id);
              if (model == null && push == null && unreadable == false) {
                throw new ResourceNotFoundException(
                    "model [{}] is not stored in the cluster, stored are {}",
                    id,
                    catalog.models().keySet());
              }
              parts.clear();
              if (model != null) {
                check.run();
                parts.addAll(model.parts());
              }
              if (push != null) {
                parts.addAll(push.model().parts());
              }
              return catalog.removed(id);
            })
        .thenCompose(after -> collect(parts, after));
  }

  /** Reads a file part after part, in order, each handed on before the next is asked for. */
  CompletableFuture<Void> read(StoredModel model, String name, PartReader reader) {
    CompletableFuture<Void> read = CompletableFuture.completedFuture(null);
    for (Part part : model.parts(model.manifest().files().get(name))) {
      read = read.thenCompose(done -> documents.get(part)).thenAcceptAsync(reader::read, hashing);
    }
    return read;
  }

  /** Takes what a model consists of. */
  interface FileReader {
    void read(String name, byte[] bytes);
  }

  /** Reads all files of a model, one after the other. */
  CompletableFuture<Void> read(StoredModel model, FileReader reader) {
    CompletableFuture<Void> files = CompletableFuture.completedFuture(null);
    for (String name : model.manifest().files().keySet()) {
      files = files.thenCompose(done -> read(model, name, bytes -> reader.read(name, bytes)));
    }
    return files;
  }

  /** Takes what a file consists of. */
  interface PartReader {
    void read(byte[] bytes);
  }

  /** Removes those parts that no model needs any more; none where a model cannot be read. */
  private CompletableFuture<?> collect(List<Part> parts, StoreCatalog after) {
    if (after.unreadable().isEmpty() == false) {
      return CompletableFuture.completedFuture(null);
    }
    Set<String> needed = after.parts();
    Set<String> garbage =
        parts.stream().map(Part::id).collect(Collectors.toCollection(HashSet::new));
    garbage.removeAll(needed);
    return documents.remove(garbage);
  }
}
