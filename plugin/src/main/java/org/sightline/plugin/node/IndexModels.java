package org.sightline.plugin.node;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.elasticsearch.cluster.metadata.IndexAbstraction;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.index.Index;
import org.sightline.ingest.MappedModel;
import org.sightline.plugin.compat.Project;
import org.sightline.query.mapping.FieldMappings;
import org.sightline.query.mapping.MappingCache;

/** The models that mappings name for fields of vectors. Thread-safe. */
final class IndexModels {
  private final Supplier<Project> indices;
  private final MappingCache mappings;

  /**
   * @param indices those of the cluster, as they are now
   * @param mappings so that a mapping is read once and not for each document
   */
  IndexModels(Supplier<Project> indices, MappingCache mappings) {
    this.indices = indices;
    this.mappings = mappings;
  }

  /**
   * The model of a field.
   *
   * @param name of an index, alias or data stream, of which the index that is written counts; null
   *     where Elasticsearch does not tell it: 8.19 in updates with {@code doc_as_upsert}
   */
  Optional<MappedModel> find(String name, String field) {
    var now = indices.get().metadata();
    IndexAbstraction named = name == null ? null : now.getIndicesLookup().get(name);
    Index index = named == null ? null : named.getWriteIndex();
    IndexMetadata metadata = index == null ? null : now.index(index);
    return metadata == null
        ? Optional.empty()
        : named(mappings.definition(metadata.mapping(), field));
  }

  private static Optional<MappedModel> named(Map<String, Object> definition) {
    return definition != null
            && definition.get("meta") instanceof Map<?, ?> meta
            && meta.get(FieldMappings.MODEL_KEY) instanceof String modelId
        ? Optional.of(
            new MappedModel(
                modelId,
                meta.get(FieldMappings.VERSION_KEY) instanceof String version ? version : null))
        : Optional.empty();
  }
}
