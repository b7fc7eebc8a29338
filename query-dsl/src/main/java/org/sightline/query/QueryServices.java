package org.sightline.query;

import java.time.Duration;
import java.util.function.Function;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.plugins.FieldPredicate;
import org.sightline.query.mapping.FieldMappings;
import org.sightline.query.mapping.MappingCache;
import org.sightline.query.match.FetchBudget;
import org.sightline.query.match.RerankReport;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.ModelCatalog;

/**
 * What queries and retrievers need of the node. Implemented by the plugin, whose components may not
 * exist yet when queries are parsed: the methods are asked only when a request is being rewritten.
 */
public interface QueryServices {

  /**
   * Inference that completes its stages on an Elasticsearch thread with the caller's thread context
   * restored.
   */
  Inference inference();

  /** The models that can be asked for now. */
  ModelCatalog models();

  /** The mappings that searches of this node have read; always the same. */
  MappingCache mappings();

  /** Heap for the documents that reranks fetch; always the same. */
  FetchBudget fetches();

  /** Told of every rerank when it has ended. */
  void reranked(RerankReport report);

  /**
   * Which fields of an index the user of the current thread context may see. Asked on the thread
   * that rewrites a search; {@code MapperPlugin.NOOP_FIELD_FILTER} where nothing hides fields.
   */
  Function<String, FieldPredicate> visibleFields();

  /**
   * The fields of the indices of a search that the user of the current thread context may see.
   *
   * @param indices of the search, or null where the request does not say
   */
  default FieldMappings fieldsOf(ResolvedIndices indices) {
    return mappings().fieldsOf(indices, visibleFields());
  }

  /** Largest encoded image that is accepted, in bytes. */
  long maxImageBytes();

  /** Told that a rerank fetched the content of documents whose features were not known. */
  void rerankFetched(int documents, Duration took);

  /** How long one query embedding, or one whole rerank, may take. */
  Duration inferenceTimeout();
}
