package org.sightline.query.match;

import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.rank.RankDoc;
import org.elasticsearch.search.sort.ShardDocSortField;
import org.sightline.query.mapping.TrustedDigests;
import org.sightline.runtime.inference.Digest;

/**
 * The first stage's hits.
 *
 * @param docs in the order of the first stage, with its scores
 * @param digests of each document's image, null where it is not known
 */
record Window(RankDoc[] docs, String[] digests) {

  /**
   * The digests that the first stage asked for.
   *
   * @param field with doc values
   * @param trusted where they may stand for images
   */
  record Digests(String field, TrustedDigests trusted) {
    private String of(SearchHit hit) {
      DocumentField value = hit.field(field);
      return value != null
              && value.getValues().size() == 1
              && value.getValue() instanceof String digest
              && Digest.isDigest(digest)
              && trusted.include(hit)
          ? digest
          : null;
    }
  }

  /**
   * Reads hits that are sorted, last of all, by {@code _shard_doc}.
   *
   * @param known the digests that were fetched, or null
   */
  static Window of(SearchHit[] hits, Digests known) {
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
      digests[i] = known == null ? null : known.of(hits[i]);
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
