package org.sightline.query.match;

import java.util.Locale;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.rest.RestStatus;

/**
 * Documents of a window that have, or had, an image or text that cannot be read. Nobody knows where
 * they belong, so they are a failure of the whole rerank; documents that have none are not.
 * Thread-safe.
 */
final class LostContent {
  private final MatchOptions options;
  private int documents;
  private String first;
  private RestStatus status;

  LostContent(MatchOptions options) {
    this.options = options;
  }

  synchronized boolean isEmpty() {
    return documents == 0;
  }

  synchronized int documents() {
    return documents;
  }

  private synchronized void add(RestStatus why, String reason, Object... arguments) {
    documents++;
    if (first == null) {
      status = why;
      first = String.format(Locale.ROOT, reason, arguments);
    }
  }

  /** The document has a digest, so that it had an image once. */
  void removed(String id) {
    add(
        RestStatus.BAD_REQUEST,
        "document [%s] has a digest, but no [%s] any more%s; index it again with the image, through"
            + " a pipeline whose [match_model_id] is [%s] where it removes images",
        id,
        options.field(),
        options.verifyDigests() ? "" : ", and no inference node has its image tokens",
        options.modelId());
  }

  /** The mapping keeps the field out of {@code _source}. */
  void notKept(String index) {
    add(
        RestStatus.BAD_REQUEST,
        "the mapping of index [%s] keeps [%s] out of [_source], from which alone it is read; index"
            + " the documents again with [%s] in [_source]",
        index,
        options.field(),
        options.field());
  }

  /** The shard did not answer with the document. */
  void unread(ElasticsearchStatusException failure) {
    add(failure.status(), "%s; send the search again", failure.getMessage());
  }

  /**
   * @param window number of all documents
   * @param all whether those that are not counted are known to be readable
   */
  synchronized ElasticsearchStatusException failure(int window, boolean all) {
    return new ElasticsearchStatusException(
        "[{}] cannot be read of {}[{}] of [{}] documents, the first: {}{}",
        status,
        options.field(),
        all ? "" : "at least ",
        documents,
        window,
        first,
        options.allowRerankFailures()
            ? ""
            : "; or allow the order of the first stage with [allow_rerank_failures]");
  }
}
