package org.sightline.query.mapping;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.core.Strings;
import org.elasticsearch.index.IndexSettings;
import org.elasticsearch.index.mapper.FieldAliasMapper;
import org.elasticsearch.index.mapper.MapperService;
import org.elasticsearch.index.mapper.SourceFieldMapper;
import org.elasticsearch.plugins.FieldPredicate;
import org.elasticsearch.plugins.MapperPlugin;

/**
 * Definitions of fields, as users wrote them, in the local indices of a search. A field that the
 * user may not see is not there.
 */
public final class FieldMappings {
  /** The key under {@code meta} of a vector field whose value is the id of its model. */
  public static final String MODEL_KEY = "sightline.model_id";

  /**
   * The key under {@code meta} of a vector field whose value is the version of its model, in the
   * short form that {@code ModelInfo} gives. Elasticsearch allows 20 characters for a key.
   */
  public static final String VERSION_KEY = "sightline.version";

  /**
   * An index of the search.
   *
   * @param fields of its mapping
   * @param settings of the index
   */
  record Index(MappedFields fields, Settings settings) {}

  private final SortedMap<String, Index> byName;
  private final Function<String, FieldPredicate> visibleFields;
  private final Others others;

  /** Indices of the search whose mappings are not known here. */
  enum Others {
    NONE,
    /** In other clusters. */
    REMOTE,
    /** The request does not say. */
    UNKNOWN
  }

  FieldMappings(
      SortedMap<String, Index> byName,
      Function<String, FieldPredicate> visibleFields,
      Others others) {
    this.byName = byName;
    this.visibleFields = visibleFields;
    this.others = others;
  }

  /** Whether the search has indices of other clusters, whose mappings are not known here. */
  boolean hasRemoteIndices() {
    return others == Others.REMOTE;
  }

  /** Whether the search is of no index at all. */
  public boolean areOfNoIndex() {
    return others == Others.NONE && byName.isEmpty();
  }

  /** The names of the indices, sorted. */
  public Set<String> indices() {
    return byName.keySet();
  }

  /** Which fields of an index the user of the current thread context may see. */
  FieldPredicate visible(String index) {
    return visibleFields.apply(index);
  }

  /** Whether no field of any index, of other clusters as well, is hidden from any user. */
  boolean hidesNothing() {
    return visibleFields == MapperPlugin.NOOP_FIELD_FILTER;
  }

  /**
   * The definition of a field in every index that maps it; aliases are followed.
   *
   * @return index name to definition, in the order of names; definitions are not to be changed
   */
  public Map<String, Map<String, Object>> definitionsOf(String field) {
    Map<String, Map<String, Object>> found = new LinkedHashMap<>();
    find(field).forEach((index, place) -> found.put(index, place.definition()));
    return found;
  }

  /** The field in every index that maps it, in the order of their names; aliases are followed. */
  Map<String, MappedFields.Field> find(String path) {
    Map<String, MappedFields.Field> found = new LinkedHashMap<>();
    byName.forEach(
        (name, index) -> {
          FieldPredicate visible = visible(name);
          MappedFields.Field field = get(index, visible, path);
          if (field != null && isAlias(field)) {
            field = get(index, visible, String.valueOf(field.definition().get("path")));
          }
          if (field != null) {
            found.put(name, field);
          }
        });
    return found;
  }

  private static MappedFields.Field get(Index index, FieldPredicate visible, String path) {
    return visible.test(path) ? index.fields().get(path) : null;
  }

  private static boolean isAlias(MappedFields.Field field) {
    return field.type().equals(FieldAliasMapper.CONTENT_TYPE);
  }

  /**
   * Where in {@code _source} the documents of an index have the values of a field.
   *
   * @return null where the index does not keep them there
   */
  String sourcePath(String index, String path) {
    Index of = byName.get(index);
    String source = of.fields().sourcePath(path);
    boolean kept =
        of.fields().isInSource(source)
            && IndexSettings.INDEX_MAPPER_SOURCE_MODE_SETTING.get(of.settings())
                != SourceFieldMapper.Mode.DISABLED;
    return kept ? source : null;
  }

  /** The indices in which the name is that of an alias for another field. */
  Set<String> indicesWithAlias(String path) {
    Set<String> found = new HashSet<>();
    byName.forEach(
        (name, index) -> {
          MappedFields.Field field = get(index, visible(name), path);
          if (field != null && isAlias(field)) {
            found.add(name);
          }
        });
    return found;
  }

  /**
   * Refuses a field that no index maps, where all indices are known and no document can have it
   * nevertheless.
   *
   * @param option that names it
   * @throws IllegalArgumentException (400) naming the nearest field
   */
  public void requireSomewhere(String option, String path) {
    if (isMissing(path) && byName.values().stream().noneMatch(index -> mayHold(index, path))) {
      String nearest = FieldNames.nearest(path, pathsOf(field -> true));
      throw new IllegalArgumentException(
          Strings.format(
              "[%s] [%s] does not exist in %s%s",
              option,
              path,
              FieldNames.listed(byName.keySet()),
              nearest == null ? "" : ", did you mean [" + nearest + "]?"));
    }
  }

  /** Whether an index maps the field, and all that do map it as of that type. */
  public boolean isOnly(String type, String path) {
    Map<String, MappedFields.Field> found = find(path);
    return found.isEmpty() == false
        && found.values().stream().allMatch(field -> field.type().equals(type));
  }

  /**
   * Whether no index maps a field, and some index of those of the search, all known, has fields.
   */
  boolean isMissing(String path) {
    return others == Others.NONE
        && byName.values().stream().anyMatch(index -> index.fields().all().isEmpty() == false)
        && find(path).isEmpty();
  }

  private static boolean mayHold(Index index, String path) {
    return index.fields().mayHoldUnmapped(path)
        || MapperService.INDEX_MAPPING_IGNORE_DYNAMIC_BEYOND_LIMIT_SETTING.get(index.settings());
  }

  /** The paths of the fields of some sort, in any index. */
  Set<String> pathsOf(Predicate<MappedFields.Field> wanted) {
    Set<String> names = new TreeSet<>();
    byName.forEach(
        (name, index) -> {
          FieldPredicate visible = visible(name);
          index
              .fields()
              .all()
              .forEach(
                  (path, field) -> {
                    if (wanted.test(field) && visible.test(path)) {
                      names.add(path);
                    }
                  });
        });
    return names;
  }
}
