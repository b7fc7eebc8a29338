package org.sightline.query.match;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.search.ShardSearchFailure;
import org.elasticsearch.action.search.TransportSearchAction;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.index.query.RankDocsQueryBuilder;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.rank.RankDoc;
import org.elasticsearch.search.sort.FieldSortBuilder;
import org.sightline.query.mapping.SourceField;

/**
 * The searches of a rerank, all under one point in time and as the user who asks.
 *
 * @param client runs the searches as children of the user's search
 * @param firstStage search of the child, under a point in time, sorted last of all by {@code
 *     _shard_doc}
 * @param digests that the first stage asks for, or null
 * @param field what is matched
 * @param allowPartialResults whether a failed shard is passed over
 */
record WindowSearches(
    Client client,
    SearchSourceBuilder firstStage,
    Window.Digests digests,
    SourceField field,
    boolean allowPartialResults) {

  /** The window: ids of documents, scores, digests. */
  void fetchWindow(ActionListener<Window> listener) {
    search(
        firstStage,
        allowPartialResults,
        listener.delegateFailureAndWrap(
            (l, response) -> l.onResponse(Window.of(response.getHits().getHits(), digests))));
  }

  /** Where the digests of documents are, or null. */
  String digestField() {
    return digests == null ? null : digests.field();
  }

  /**
   * Fetches what is matched of some documents from {@code _source}. They are named by their place
   * in the point in time, which is exact where ids are not: several indices, custom routing.
   *
   * @param digestPath fetched as well, where documents have it
   * @param listener gets the response, valid until it returns unless it takes a reference
   */
  void fetchField(List<RankDoc> docs, String digestPath, ActionListener<SearchResponse> listener) {
    Set<String> paths = new TreeSet<>(field.paths());
    paths.add(digestPath);
    search(
        new SearchSourceBuilder()
            .pointInTimeBuilder(firstStage.pointInTimeBuilder())
            .query(new RankDocsQueryBuilder(places(docs), null, true))
            .sort(new FieldSortBuilder(FieldSortBuilder.SHARD_DOC_FIELD_NAME))
            .trackTotalHits(false)
            .fetchSource(paths.toArray(String[]::new), null)
            .size(docs.size()),
        true,
        listener);
  }

  /** Without the scores, which are not numbers where the first stage sorts by something else. */
  private static RankDoc[] places(List<RankDoc> docs) {
    return docs.stream()
        .map(doc -> new RankDoc(doc.doc, 1, doc.shardIndex))
        .toArray(RankDoc[]::new);
  }

  private void search(
      SearchSourceBuilder source, boolean partial, ActionListener<SearchResponse> listener) {
    SearchRequest request = new SearchRequest().source(source).allowPartialSearchResults(partial);
    // shards must keep the order that the places in the point in time refer to
    request.setPreFilterShardSize(Integer.MAX_VALUE);
    client.execute(
        TransportSearchAction.TYPE,
        request,
        listener.delegateFailureAndWrap(
            (l, response) -> {
              if (response.getFailedShards() > 0 && partial == false) {
                l.onFailure(shardFailure(response));
              } else {
                l.onResponse(response);
              }
            }));
  }

  /** Why documents that were asked for are not in a response. */
  static ElasticsearchStatusException shardFailure(SearchResponse response) {
    for (ShardSearchFailure failure : response.getShardFailures()) {
      return new ElasticsearchStatusException(
          "[image_text_match] could not read shard [{}]: {}",
          ExceptionsHelper.status(failure.getCause()),
          failure.getCause(),
          failure.shardId(),
          failure.getCause().getMessage());
    }
    return new ElasticsearchStatusException(
        "[image_text_match] could not read [{}] shards, which gave no reason",
        RestStatus.SERVICE_UNAVAILABLE,
        response.getFailedShards());
  }
}
