package org.sightline.query.match;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.common.xcontent.support.XContentMapValues;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.rank.RankDoc;
import org.elasticsearch.search.sort.ShardDocSortField;
import org.sightline.query.mapping.TrustedDigests;
import org.sightline.runtime.inference.Digest;

/**
 * The first stage's hits.
 *
 * @param docs in the order of the first stage, with its scores
 * @param digests of each document's images, in no particular order; empty where they are not known
 * @param indices each document's, null where it is of another cluster
 */
record Window(RankDoc[] docs, List<Set<String>> digests, List<String> indices) {

  /**
   * The digests that the first stage asked for.
   *
   * @param field with doc values
   * @param trusted where they may stand for images
   */
  record Digests(String field, TrustedDigests trusted) {
    /** Whether {@code _source} has a digest where doc values show none: in nested objects. */
    boolean areInSource(SearchHit hit, Map<String, Object> source, String path) {
      return trusted.include(hit)
          && XContentMapValues.extractRawValues(path, source).stream()
              .anyMatch(value -> value instanceof String digest && Digest.isDigest(digest));
    }

    private Set<String> of(SearchHit hit) {
      DocumentField values = hit.field(field);
      if (values == null || trusted.include(hit) == false) {
        return Set.of();
      }
      Set<String> digests = new LinkedHashSet<>();
      for (Object value : values.getValues()) {
        if (value instanceof String digest && Digest.isDigest(digest)) {
          digests.add(digest);
        }
      }
      return digests;
    }
  }

  /**
   * Reads hits that are sorted, last of all, by {@code _shard_doc}.
   *
   * @param known the digests that were fetched, or null
   */
  static Window of(SearchHit[] hits, Digests known) {
    RankDoc[] docs = new RankDoc[hits.length];
    List<Set<String>> digests = new ArrayList<>(hits.length);
    List<String> indices = new ArrayList<>(hits.length);
    for (int i = 0; i < hits.length; i++) {
      long shardDoc = shardDoc(hits[i]);
      docs[i] =
          new RankDoc(
              ShardDocSortField.decodeDoc(shardDoc),
              hits[i].getScore(),
              ShardDocSortField.decodeShardRequestIndex(shardDoc));
      docs[i].rank = i + 1;
      digests.add(known == null ? Set.of() : known.of(hits[i]));
      indices.add(hits[i].getClusterAlias() == null ? hits[i].getIndex() : null);
    }
    return new Window(docs, digests, indices);
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
