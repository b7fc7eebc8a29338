package org.sightline.plugin.node;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.fieldcaps.FieldCapabilities;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.core.Strings;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.search.aggregations.AggregationBuilders;
import org.elasticsearch.search.aggregations.BucketOrder;
import org.elasticsearch.search.aggregations.bucket.terms.Terms;
import org.sightline.query.input.UsersFields;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.zeroshot.LabelSet;

/**
 * Distinct values of fields, read with the privileges of whoever asks and kept for that user for a
 * minute, so that a bulk request does not search once a document. Nothing is kept for a user who is
 * not known. Thread-safe.
 */
final class IndexLabels {
  private static final long KEPT_NANOS = Duration.ofMinutes(1).toNanos();
  private static final int MAX_FIELDS = 100;
  private static final String NAME = "labels";

  /** The header by which Elasticsearch's security says who asks; absent where it is off. */
  private static final String USER_HEADER = "_xpack_security_authentication";

  private record Key(String index, String field, String user) {}

  private record Values(CompletableFuture<List<String>> values, long readNanos) {}

  private final Client client;
  private final boolean secured;
  private final LongSupplier nanoTime;
  private final Map<Key, Values> known = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param secured whether security is on, so that each user may see other documents
   */
  IndexLabels(Client client, boolean secured, LongSupplier nanoTime) {
    this.client = client;
    this.secured = secured;
    this.nanoTime = nanoTime;
  }

  /** Completes on any thread. */
  CompletableFuture<List<String>> get(String index, String field) {
    Key key = new Key(index, field, client.threadPool().getThreadContext().getHeader(USER_HEADER));
    Values fresh = new Values(new CompletableFuture<>(), nanoTime.getAsLong());
    if (secured && key.user() == null) {
      search(key, fresh.values());
      return fresh.values();
    }
    synchronized (this) {
      Values kept = known.get(key);
      if (kept != null && fresh.readNanos() - kept.readNanos() < KEPT_NANOS) {
        return kept.values();
      }
      known.put(key, fresh);
      if (known.size() > MAX_FIELDS) {
        known.remove(known.keySet().iterator().next());
      }
    }
    fresh
        .values()
        .whenComplete(
            (values, failure) -> {
              if (failure != null) {
                forget(key, fresh);
              }
            });
    search(key, fresh.values());
    return fresh.values();
  }

  private synchronized void forget(Key key, Values values) {
    known.remove(key, values);
  }

  private void search(Key key, CompletableFuture<List<String>> values) {
    ActionListener<SearchResponse> listener =
        ActionListener.wrap(
            response -> {
              List<String> labels = read(key, response);
              if (labels.isEmpty()) {
                explain(key, values, () -> values.complete(labels));
              } else {
                values.complete(labels);
              }
            },
            failure -> {
              if (ExceptionsHelper.status(failure) == RestStatus.BAD_REQUEST) {
                explain(key, values, () -> values.completeExceptionally(failure));
              } else {
                values.completeExceptionally(failure);
              }
            });
    try {
      client
          .prepareSearch(key.index())
          .setSize(0)
          .setTrackTotalHits(false)
          .setAllowPartialSearchResults(false)
          .addAggregation(
              AggregationBuilders.terms(NAME)
                  .field(key.field())
                  .size(LabelSet.MAX_LABELS + 1)
                  .order(BucketOrder.key(true)))
          .execute(listener);
    } catch (RuntimeException e) {
      listener.onFailure(e);
    }
  }

  /** Fails with what is wrong with the field; where nothing is, goes on otherwise. */
  private void explain(Key key, CompletableFuture<List<String>> values, Runnable otherwise) {
    UsersFields.fetch(
        client,
        key.index(),
        ActionListener.wrap(
            fields -> {
              String problem =
                  fields.problem(key.field(), FieldCapabilities::isAggregatable, "keyword");
              if (problem == null) {
                otherwise.run();
              } else {
                values.completeExceptionally(
                    new IllegalArgumentException(
                        Strings.format(
                            "[labels] of index [%s] cannot be read from [%s]%s",
                            key.index(), key.field(), problem)));
              }
            },
            ignored -> otherwise.run()));
  }

  private static List<String> read(Key key, SearchResponse response) {
    if (response.getAggregations() == null) {
      return List.of(); // a pattern that matches no index
    }
    Terms terms = response.getAggregations().get(NAME);
    if (terms.getBuckets().size() > LabelSet.MAX_LABELS) {
      throw new IllegalArgumentException(
          "[labels] finds more than ["
              + LabelSet.MAX_LABELS
              + "] values of ["
              + key.field()
              + "] in ["
              + key.index()
              + "]");
    }
    return terms.getBuckets().stream()
        .map(Terms.Bucket::getKeyAsString)
        .filter(label -> InferenceInput.Text.isBlank(label) == false)
        .toList();
  }
}
