package org.sightline.plugin.node;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.elasticsearch.cluster.metadata.IndexAbstraction;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.MappingMetadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.index.Index;
import org.sightline.ingest.MappedModel;
import org.sightline.query.mapping.FieldMappings;

/**
 * The models that mappings name for fields of vectors. What a mapping says of a field is kept by
 * the mapping's digest, so that a mapping is read once and not for each document. Thread-safe.
 */
final class IndexModels {
  private static final int MAX_FIELDS = 1000;

  private record Key(String mapping, String field) {}

  private final Supplier<ProjectMetadata> indices;
  private final Map<Key, Optional<MappedModel>> known = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param indices those of the cluster, as they are now
   */
  IndexModels(Supplier<ProjectMetadata> indices) {
    this.indices = indices;
  }

  /**
   * The model of a field.
   *
   * @param name of an index, alias or data stream, of which the index that is written counts
   */
  Optional<MappedModel> find(String name, String field) {
    ProjectMetadata now = indices.get();
    IndexAbstraction named = now.getIndicesLookup().get(name);
    Index index = named == null ? null : named.getWriteIndex();
    IndexMetadata metadata = index == null ? null : now.index(index);
    MappingMetadata mapping = metadata == null ? null : metadata.mapping();
    if (mapping == null) {
      return Optional.empty();
    }
    Key key = new Key(mapping.getSha256(), field);
    synchronized (known) {
      Optional<MappedModel> kept = known.get(key);
      if (kept != null) {
        return kept;
      }
    }
    Optional<MappedModel> read = read(mapping.sourceAsMap(), field);
    synchronized (known) {
      known.put(key, read);
      if (known.size() > MAX_FIELDS) {
        known.remove(known.keySet().iterator().next());
      }
    }
    return read;
  }

  private static Optional<MappedModel> read(Map<?, ?> parent, String path) {
    if (parent.get("properties") instanceof Map<?, ?> children) {
      // a name may itself contain dots
      for (int end = path.length(); end > 0; end = path.lastIndexOf('.', end - 1)) {
        if (children.get(path.substring(0, end)) instanceof Map<?, ?> child) {
          return end == path.length() ? named(child) : read(child, path.substring(end + 1));
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<MappedModel> named(Map<?, ?> definition) {
    return definition.get("meta") instanceof Map<?, ?> meta
            && meta.get(FieldMappings.MODEL_KEY) instanceof String modelId
        ? Optional.of(
            new MappedModel(
                modelId,
                meta.get(FieldMappings.VERSION_KEY) instanceof String version ? version : null))
        : Optional.empty();
  }
}
