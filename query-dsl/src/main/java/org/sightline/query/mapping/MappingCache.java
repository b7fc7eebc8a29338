package org.sightline.query.mapping;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.elasticsearch.ElasticsearchException;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.MappingMetadata;
import org.elasticsearch.common.cache.Cache;
import org.elasticsearch.common.cache.CacheBuilder;
import org.elasticsearch.plugins.FieldPredicate;
import org.sightline.query.mapping.FieldMappings.Others;

/**
 * The mappings that searches read, parsed once a node and version: reading one of 9,000 fields
 * takes longer than a search. Bounded by the number of fields, of which {@value #MAX_FIELDS} take
 * some 20 MB. Thread-safe.
 */
public final class MappingCache {
  private static final int MAX_FIELDS = 100_000;

  private final Cache<String, MappedFields> byDigest;

  public MappingCache() {
    this(MAX_FIELDS);
  }

  /**
   * @param maxFields a mapping that has more is parsed each time
   */
  MappingCache(int maxFields) {
    byDigest =
        CacheBuilder.<String, MappedFields>builder()
            .setMaximumWeight(maxFields)
            .weigher((digest, fields) -> fields.all().size() + 1L)
            .build();
  }

  /**
   * The fields of the indices of a search, read from the cluster state.
   *
   * @param indices of the search; null, where a request does not say, is like none
   * @param visibleFields by index; asked on the thread that looks for a field
   */
  public FieldMappings fieldsOf(
      ResolvedIndices indices, Function<String, FieldPredicate> visibleFields) {
    SortedMap<String, FieldMappings.Index> byName = new TreeMap<>();
    if (indices == null) {
      return new FieldMappings(byName, visibleFields, Others.UNKNOWN);
    }
    for (IndexMetadata index : indices.getConcreteLocalIndicesMetadata().values()) {
      byName.put(
          index.getIndex().getName(),
          new FieldMappings.Index(fields(index.mapping()), index.getSettings()));
    }
    boolean all = indices.getRemoteClusterIndices().isEmpty();
    return new FieldMappings(byName, visibleFields, all ? Others.NONE : Others.REMOTE);
  }

  /**
   * The definition of a field in a mapping, which may be null.
   *
   * @param path full path of the field
   * @return as the user wrote it, not to be changed; null where there is none
   */
  public Map<String, Object> definition(MappingMetadata mapping, String path) {
    MappedFields.Field field = fields(mapping).get(path);
    return field == null ? null : field.definition();
  }

  /** The fields of a mapping, which may be null. */
  MappedFields fields(MappingMetadata mapping) {
    if (mapping == null) {
      return MappedFields.NONE;
    }
    try {
      return byDigest.computeIfAbsent(
          mapping.getSha256(), digest -> MappedFields.of(mapping.sourceAsMap()));
    } catch (ExecutionException e) {
      throw new ElasticsearchException("a mapping cannot be read", e.getCause());
    }
  }

  /** How many mappings are kept. */
  int size() {
    return byDigest.count();
  }
}
