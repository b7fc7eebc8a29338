package org.sightline.plugin.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.DocWriteRequest;
import org.elasticsearch.action.DocWriteResponse;
import org.elasticsearch.action.bulk.BulkRequest;
import org.elasticsearch.action.bulk.BulkResponse;
import org.elasticsearch.action.delete.DeleteRequest;
import org.elasticsearch.action.get.GetRequest;
import org.elasticsearch.action.get.GetResponse;
import org.elasticsearch.action.get.MultiGetItemResponse;
import org.elasticsearch.action.get.MultiGetRequest;
import org.elasticsearch.action.get.MultiGetResponse;
import org.elasticsearch.action.index.IndexRequest;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.client.internal.OriginSettingClient;
import org.elasticsearch.index.IndexNotFoundException;
import org.elasticsearch.index.engine.VersionConflictEngineException;
import org.elasticsearch.search.fetch.subphase.FetchSourceContext;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentType;
import org.sightline.plugin.store.StoredModel.Part;
import org.sightline.runtime.inference.Digest;

/** Reads and writes the documents of {@link StoreIndex}, in the plugin's own name. Never blocks. */
final class StoreDocuments {
  /** Bytes of a part. */
  static final String DATA = "data";

  /** SHA-256 of a part's bytes. */
  static final String SHA256 = "sha256";

  private static final String CATALOG_ID = "catalog";

  /** Documents of one request that carries ids only. */
  private static final int MAX_IDS = 1000;

  /** Changes of the catalog are rare; as many at once mean that something is wrong. */
  private static final int MAX_CONFLICTS = 20;

  private final Client client;

  StoreDocuments(Client client) {
    this.client = new OriginSettingClient(client, StoreIndex.ORIGIN);
  }

  private record Read(StoreCatalog catalog, GetResponse document) {}

  /** The catalog; empty where there is none. */
  CompletableFuture<StoreCatalog> catalog() {
    return read().thenApply(Read::catalog);
  }

  private CompletableFuture<Read> read() {
    return StoreDocuments.<GetResponse>call(
            listener -> client.get(new GetRequest(StoreIndex.NAME, CATALOG_ID), listener))
        .handle(
            (document, failure) -> {
              if (failure != null && absent(failure) == false) {
                throw new CompletionException(failure);
              }
              boolean found = failure == null && document.isExists();
              return found
                  ? new Read(StoreCatalog.read(document.getSourceAsMap()), document)
                  : new Read(StoreCatalog.EMPTY, null);
            });
  }

  /**
   * Changes the catalog, again from what somebody else made of it where there were two at once.
   *
   * @param change gives back the same catalog where there is nothing to change
   * @return the catalog after the change
   */
  CompletableFuture<StoreCatalog> change(UnaryOperator<StoreCatalog> change) {
    return change(change, MAX_CONFLICTS);
  }

  private CompletableFuture<StoreCatalog> change(UnaryOperator<StoreCatalog> change, int tries) {
    return read()
        .thenCompose(
            before -> {
              StoreCatalog after = change.apply(before.catalog());
              if (after == before.catalog()) {
                return CompletableFuture.completedFuture(after);
              }
              return write(after, before.document()).thenApply(written -> after);
            })
        .exceptionallyCompose(
            failure ->
                tries > 1 && conflict(failure)
                    ? change(change, tries - 1)
                    : CompletableFuture.failedFuture(failure));
  }

  private CompletableFuture<?> write(StoreCatalog catalog, GetResponse before) {
    IndexRequest request = new IndexRequest(StoreIndex.NAME).id(CATALOG_ID);
    request.source(source(XContentType.JSON, catalog::write));
    if (before == null) {
      request.opType(DocWriteRequest.OpType.CREATE);
    } else {
      request.setIfSeqNo(before.getSeqNo()).setIfPrimaryTerm(before.getPrimaryTerm());
    }
    return StoreDocuments.<DocWriteResponse>call(listener -> client.index(request, listener));
  }

  /** Those of the parts that are not stored, in their order. */
  CompletableFuture<List<Part>> missing(List<Part> parts) {
    CompletableFuture<List<Part>> missing = CompletableFuture.completedFuture(new ArrayList<>());
    for (int from = 0; from < parts.size(); from += MAX_IDS) {
      List<Part> some = parts.subList(from, Math.min(parts.size(), from + MAX_IDS));
      missing =
          missing.thenCompose(
              sofar ->
                  stored(some)
                      .thenApply(
                          stored -> {
                            some.stream()
                                .filter(part -> stored.contains(part.id()) == false)
                                .forEach(sofar::add);
                            return sofar;
                          }));
    }
    return missing;
  }

  private CompletableFuture<Set<String>> stored(List<Part> parts) {
    MultiGetRequest request = new MultiGetRequest();
    for (Part part : parts) {
      request.add(
          new MultiGetRequest.Item(StoreIndex.NAME, part.id())
              .fetchSourceContext(FetchSourceContext.DO_NOT_FETCH_SOURCE));
    }
    return StoreDocuments.<MultiGetResponse>call(listener -> client.multiGet(request, listener))
        .thenApply(
            response -> {
              Set<String> stored = new HashSet<>();
              for (MultiGetItemResponse item : response.getResponses()) {
                if (item.isFailed()) {
                  if (absent(item.getFailure().getFailure()) == false) {
                    throw new CompletionException(item.getFailure().getFailure());
                  }
                } else if (item.getResponse().isExists()) {
                  stored.add(item.getId());
                }
              }
              return stored;
            });
  }

  /** Stores a part; one that is there is overwritten. */
  CompletableFuture<?> put(Part part, byte[] bytes) {
    IndexRequest request = new IndexRequest(StoreIndex.NAME).id(part.id());
    request.source(
        source(
            XContentType.SMILE,
            builder ->
                builder
                    .startObject()
                    .field(SHA256, Digest.sha256(bytes))
                    .field(DATA, bytes)
                    .endObject()));
    return StoreDocuments.<DocWriteResponse>call(listener -> client.index(request, listener));
  }

  /**
   * The bytes of a part; fails with an {@link IOException} where it is missing or not what was
   * stored.
   */
  CompletableFuture<byte[]> get(Part part) {
    return StoreDocuments.<GetResponse>call(
            listener -> client.get(new GetRequest(StoreIndex.NAME, part.id()), listener))
        .thenApply(
            document -> {
              if (document.isExists() == false) {
                throw broken(part, "is missing");
              }
              Map<String, Object> source = document.getSourceAsMap();
              byte[] bytes = (byte[]) source.get(DATA);
              if (bytes.length != part.length()
                  || Digest.sha256(bytes).equals(source.get(SHA256)) == false) {
                throw broken(part, "is not what was stored");
              }
              return bytes;
            });
  }

  private static CompletionException broken(Part part, String what) {
    return new CompletionException(
        new IOException(
            "part [" + part.number() + "] of the file [" + part.sha256() + "] " + what));
  }

  /** Removes parts by the ids of their documents. */
  CompletableFuture<?> remove(Collection<String> ids) {
    List<String> all = List.copyOf(ids);
    CompletableFuture<?> done = CompletableFuture.completedFuture(null);
    for (int from = 0; from < all.size(); from += MAX_IDS) {
      BulkRequest request = new BulkRequest(StoreIndex.NAME);
      all.subList(from, Math.min(all.size(), from + MAX_IDS))
          .forEach(id -> request.add(new DeleteRequest().id(id)));
      done =
          done.thenCompose(
              before ->
                  StoreDocuments.<BulkResponse>call(listener -> client.bulk(request, listener)));
    }
    return done;
  }

  private interface Source {
    void write(XContentBuilder builder) throws IOException;
  }

  private static XContentBuilder source(XContentType type, Source source) {
    try {
      XContentBuilder builder = XContentBuilder.builder(type.xContent());
      source.write(builder);
      return builder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What calls back, as a stage. */
  static <T> CompletableFuture<T> call(Consumer<ActionListener<T>> call) {
    CompletableFuture<T> stage = new CompletableFuture<>();
    try {
      call.accept(ActionListener.wrap(stage::complete, stage::completeExceptionally));
    } catch (RuntimeException e) {
      stage.completeExceptionally(e);
    }
    return stage;
  }

  private static boolean absent(Throwable failure) {
    return ExceptionsHelper.unwrap(failure, IndexNotFoundException.class) != null;
  }

  private static boolean conflict(Throwable failure) {
    return ExceptionsHelper.unwrap(failure, VersionConflictEngineException.class) != null;
  }
}
