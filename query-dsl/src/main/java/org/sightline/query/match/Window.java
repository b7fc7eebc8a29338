package org.sightline.query.match;

import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.rank.RankDoc;
import org.elasticsearch.search.sort.ShardDocSortField;
import org.sightline.inference.Digest;

/**
 * The first stage's hits.
 *
 * @param docs in the order of the first stage, with its scores
 * @param digests of each document's image, null where it is not known
 */
record Window(RankDoc[] docs, String[] digests) {

  /**
   * Reads hits that are sorted, last of all, by {@code _shard_doc}.
   *
   * @param digestField doc values that were fetched, or null
   */
  static Window of(SearchHit[] hits, String digestField) {
    RankDoc[] docs = new RankDoc[hits.length];
    String[] digests = new String[hits.length];
    for (int i = 0; i < hits.length; i++) {
      long shardDoc = shardDoc(hits[i]);
      docs[i] =
          new RankDoc(
              ShardDocSortField.decodeDoc(shardDoc),
              hits[i].getScore(),
              ShardDocSortField.decodeShardRequestIndex(shardDoc));
      docs[i].rank = i + 1;
      DocumentField field = digestField == null ? null : hits[i].field(digestField);
      if (field != null
          && field.getValues().size() == 1
          && field.getValue() instanceof String digest
          && Digest.isDigest(digest)) {
        digests[i] = digest;
      }
    }
    return new Window(docs, digests);
  }

  /** Where in the point in time the document lies. */
  static long shardDoc(SearchHit hit) {
    Object[] sortValues = hit.getRawSortValues();
    return (long) sortValues[sortValues.length - 1];
  }

  static RankDoc.RankKey key(RankDoc doc) {
    return new RankDoc.RankKey(doc.doc, doc.shardIndex);
  }

  static RankDoc.RankKey key(SearchHit hit) {
    long shardDoc = shardDoc(hit);
    return new RankDoc.RankKey(
        ShardDocSortField.decodeDoc(shardDoc), ShardDocSortField.decodeShardRequestIndex(shardDoc));
  }
}
