package org.sightline.query.mapping;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.elasticsearch.core.Strings;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.ModelInfo;

/** What the indices of a search say of the vector field that is searched. Immutable. */
public final class VectorField {
  /** In place of the path of a field outside of nested objects; no path has a space. */
  private static final String NOT_NESTED = "not nested";

  private final String path;
  private final Map<String, MappedFields.Field> byIndex;

  private VectorField(String path, Map<String, MappedFields.Field> byIndex) {
    this.path = path;
    this.byIndex = byIndex;
  }

  /**
   * Finds the field.
   *
   * @throws IllegalArgumentException (400) when it is no vector field in some index, or when no
   *     index has it, though all are known; naming the nearest that is
   */
  public static VectorField of(FieldMappings mappings, String path) {
    Map<String, MappedFields.Field> byIndex = mappings.find(path);
    if (mappings.isMissing(path)) {
      throw new IllegalArgumentException(
          Strings.format(
              "[field] [%s] does not exist in %s%s",
              path, FieldNames.listed(mappings.indices()), suggestion(mappings, path)));
    }
    byIndex.forEach(
        (index, field) -> {
          if (isVector(field) == false) {
            throw new IllegalArgumentException(
                Strings.format(
                    "[field] must be a dense_vector field, [%s] is of type [%s] in index [%s]%s",
                    path, field.type(), index, suggestion(mappings, path)));
          }
        });
    return new VectorField(path, byIndex);
  }

  private static String suggestion(FieldMappings mappings, String path) {
    return FieldNames.suggestion(
        path, mappings.pathsOf(VectorField::isVector), DenseVectorFieldMapper.CONTENT_TYPE);
  }

  private static boolean isVector(MappedFields.Field field) {
    return field.type().equals(DenseVectorFieldMapper.CONTENT_TYPE);
  }

  /**
   * The innermost {@code nested} object around the field.
   *
   * @return its full path, or empty where the field is not nested or no index maps it
   * @throws IllegalArgumentException (400) when the indices do not agree
   */
  public Optional<String> nestedPath() {
    Map<String, String> pathByIndex = new TreeMap<>();
    byIndex.forEach(
        (index, field) ->
            pathByIndex.put(index, Objects.requireNonNullElse(field.nestedPath(), NOT_NESTED)));
    if (pathByIndex.values().stream().distinct().count() > 1) {
      throw new IllegalArgumentException(
          Strings.format(
              "[%s] must be in the same nested object in all indices of a search, by index it is in"
                  + " %s",
              path, pathByIndex));
    }
    return pathByIndex.values().stream()
        .findFirst()
        .filter(nested -> nested.equals(NOT_NESTED) == false);
  }

  /**
   * The model that encodes what is compared with this field: a vector means something only among
   * those of one version of one model.
   *
   * @param named by the user, or null for the one that the mappings name: {@code "meta":
   *     {"sightline.model_id": "emoji-clip"}}
   * @param models that are there now
   * @return the model id
   * @throws IllegalArgumentException (400) when no index names one, or when one of them names
   *     another model, or another version of it
   */
  public String requireModel(String named, ModelCatalog models) {
    Map<String, String> modelByIndex = metaByIndex(FieldMappings.MODEL_KEY);
    String modelId = named == null ? onlyModel(modelByIndex) : named;
    Optional<ModelInfo> known = models.find(modelId);
    if (known.isEmpty()) {
      return modelId; // inference names those that exist
    }
    modelByIndex.forEach(
        (index, model) -> {
          if (model.equals(modelId) == false) {
            throw new IllegalArgumentException(
                Strings.format(
                    "[model_id] is [%s], but the vectors of [%s] in index [%s] are of model [%s] by"
                        + " its [meta][%s]: leave [model_id] out, or search a field of model [%s]",
                    modelId, path, index, model, FieldMappings.MODEL_KEY, modelId));
          }
        });
    metaByIndex(FieldMappings.VERSION_KEY)
        .forEach(
            (index, version) -> {
              if (known.get().isVersion(version) == false) {
                throw new IllegalArgumentException(
                    Strings.format(
                        "the vectors of [%s] in index [%s] are of version [%s] of model [%s] by its"
                            + " [meta][%s], a search would encode with version [%s]: embed the"
                            + " index again with that version, or put version [%s] back",
                        path,
                        index,
                        version,
                        modelId,
                        FieldMappings.VERSION_KEY,
                        known.get().shortVersion(),
                        version));
              }
            });
    return modelId;
  }

  private String onlyModel(Map<String, String> modelByIndex) {
    if (modelByIndex.isEmpty()) {
      Set<String> keys = new TreeSet<>();
      byIndex.values().forEach(field -> meta(field).keySet().forEach(key -> keys.add("" + key)));
      throw new IllegalArgumentException(
          Strings.format(
              "[model_id] is required: no mapping of [%s] names a model as [meta][%s]%s",
              path,
              FieldMappings.MODEL_KEY,
              keys.isEmpty() ? "" : ", the keys of its [meta] are " + FieldNames.listed(keys)));
    }
    if (modelByIndex.values().stream().distinct().count() > 1) {
      throw new IllegalArgumentException(
          Strings.format(
              "[field] [%s] has vectors of different models, by index %s: search indices of one"
                  + " model",
              path, modelByIndex));
    }
    return modelByIndex.values().iterator().next();
  }

  private Map<String, String> metaByIndex(String key) {
    Map<String, String> values = new TreeMap<>();
    byIndex.forEach(
        (index, field) -> {
          if (meta(field).get(key) instanceof String value) {
            values.put(index, value);
          }
        });
    return values;
  }

  private static Map<?, ?> meta(MappedFields.Field field) {
    return field.definition().get("meta") instanceof Map<?, ?> meta ? meta : Map.of();
  }

  /**
   * Refuses a bound that every vector keeps, or none.
   *
   * @param similarity the least cosine or dot product, the largest distance
   * @throws IllegalArgumentException (400) saying over what the similarity of the field ranges
   */
  public void requireInRange(float similarity) {
    byIndex.forEach(
        (index, field) -> {
          String measure = measure(field.definition());
          boolean distance = measure.equals("l2_norm");
          boolean cosine =
              measure.equals("cosine")
                  // products of bytes are as large as they get
                  || measure.equals("dot_product") && isOf("byte", field.definition()) == false;
          if (distance && similarity < 0 || cosine && Math.abs(similarity) > 1) {
            throw new IllegalArgumentException(
                Strings.format(
                    "[similarity] must be %s where vectors are compared by [%s], as [%s] in index"
                        + " [%s], got [%s]",
                    distance ? "at least 0, the largest distance," : "in [-1, 1]",
                    measure,
                    path,
                    index,
                    similarity));
          }
        });
  }

  /** By which vectors are compared; the default is that of Elasticsearch. */
  private static String measure(Map<String, Object> definition) {
    return String.valueOf(
        definition.getOrDefault("similarity", isOf("bit", definition) ? "l2_norm" : "cosine"));
  }

  private static boolean isOf(String elementType, Map<String, Object> definition) {
    return elementType.equals(definition.get("element_type"));
  }
}
