package org.sightline.query.mapping;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.common.xcontent.support.XContentMapValues;
import org.elasticsearch.index.mapper.FieldAliasMapper;
import org.elasticsearch.index.mapper.NestedObjectMapper;
import org.elasticsearch.index.mapper.ObjectMapper;
import org.elasticsearch.index.mapper.PassThroughObjectMapper;

/** The fields of one mapping by their full paths: objects, fields and multi-fields. Immutable. */
final class MappedFields {
  /** Of an index without a mapping. */
  static final MappedFields NONE = new MappedFields(Map.of(), Map.of());

  /**
   * A field or an object.
   *
   * @param definition as the user wrote it, without what lies below; not to be changed
   * @param nestedPath full path of the innermost {@code nested} object around it, or null
   */
  record Field(Map<String, Object> definition, String nestedPath) {
    /** The type, {@code object} where none is written. */
    String type() {
      return String.valueOf(definition.getOrDefault("type", ObjectMapper.CONTENT_TYPE));
    }

    private boolean isObject() {
      String type = type();
      return type.equals(ObjectMapper.CONTENT_TYPE)
          || type.equals(NestedObjectMapper.CONTENT_TYPE)
          || type.equals(PassThroughObjectMapper.CONTENT_TYPE);
    }
  }

  private final Map<String, Object> root;
  private final Map<String, Field> byPath;

  private MappedFields(Map<String, Object> root, Map<String, Field> byPath) {
    this.root = root;
    this.byPath = byPath;
  }

  /**
   * Takes a mapping apart.
   *
   * @param mapping with {@code properties}; names may themselves contain dots
   */
  static MappedFields of(Map<String, Object> mapping) {
    Map<String, Field> byPath = new TreeMap<>();
    // thousands of fields have a handful of definitions
    Map<Map<String, Object>, Map<String, Object>> shared = new HashMap<>();
    addChildren(mapping, "", null, byPath, shared);
    return new MappedFields(own(mapping, shared), byPath);
  }

  /**
   * @param prefix full path of the parent with a dot behind it, empty for the mapping itself
   */
  private static void addChildren(
      Map<?, ?> parent,
      String prefix,
      String nestedPath,
      Map<String, Field> byPath,
      Map<Map<String, Object>, Map<String, Object>> shared) {
    for (String children : new String[] {"properties", "fields"}) {
      if (parent.get(children) instanceof Map<?, ?> named) {
        named.forEach(
            (name, definition) -> {
              if (definition instanceof Map<?, ?> child) {
                String path = prefix + name;
                Field field = new Field(own(child, shared), nestedPath);
                byPath.put(path, field);
                boolean nested = field.type().equals(NestedObjectMapper.CONTENT_TYPE);
                addChildren(child, path + ".", nested ? path : nestedPath, byPath, shared);
              }
            });
      }
    }
  }

  private static Map<String, Object> own(
      Map<?, ?> definition, Map<Map<String, Object>, Map<String, Object>> shared) {
    Map<String, Object> own = new HashMap<>();
    definition.forEach(
        (key, value) -> {
          if (key.equals("properties") == false && key.equals("fields") == false) {
            own.put(String.valueOf(key), value);
          }
        });
    return shared.computeIfAbsent(own, Collections::unmodifiableMap);
  }

  /** The field of that full path, or null. */
  Field get(String path) {
    return byPath.get(path);
  }

  /** All fields and objects by their full paths, in the order of the paths. */
  Map<String, Field> all() {
    return byPath;
  }

  /**
   * Where in {@code _source} a field's values stand: of an alias, at what it stands for; of a
   * multi-field, at the field around it; otherwise at its own path, mapped or not.
   */
  String sourcePath(String path) {
    Field field = byPath.get(path);
    if (field == null) {
      return path;
    }
    if (field.type().equals(FieldAliasMapper.CONTENT_TYPE)) {
      return sourcePath(String.valueOf(field.definition().get("path")));
    }
    String parent = path.substring(0, Math.max(0, path.lastIndexOf('.')));
    Field around = byPath.get(parent);
    return around == null || around.isObject() ? path : parent;
  }

  /** Whether the mapping keeps a path in {@code _source}, which may be switched off or filtered. */
  boolean isInSource(String path) {
    if (root.get("_source") instanceof Map<?, ?> source) {
      if ("false".equals(String.valueOf(source.get("enabled")))) {
        return false;
      }
      Map<String, Object> document = Map.of(path, "value");
      String[] includes = XContentMapValues.nodeStringArrayValue(orNone(source.get("includes")));
      String[] excludes = XContentMapValues.nodeStringArrayValue(orNone(source.get("excludes")));
      Map<String, Object> kept = XContentMapValues.filter(document, includes, excludes);
      return XContentMapValues.extractValue(path, kept) != null;
    }
    return true;
  }

  private static Object orNone(Object patterns) {
    return patterns == null ? List.of() : patterns;
  }

  /**
   * Whether documents may have a value there that the mapping does not show: in an object that is
   * not parsed, or that takes new fields without mapping them.
   */
  boolean mayHoldUnmapped(String path) {
    for (int end = path.lastIndexOf('.'); end > 0; end = path.lastIndexOf('.', end - 1)) {
      Field around = byPath.get(path.substring(0, end));
      if (around != null) {
        if (around.isObject() == false) {
          return true; // a type with values of its own, such as flattened
        }
        Boolean open = isOpen(around.definition());
        if (open != null) {
          return open;
        }
      }
    }
    return Boolean.TRUE.equals(isOpen(root));
  }

  /** Null where the object around decides. */
  private static Boolean isOpen(Map<String, Object> object) {
    if ("false".equals(String.valueOf(object.get("enabled")))) {
      return true;
    }
    Object dynamic = object.get("dynamic");
    return dynamic == null ? null : "false".equals(dynamic.toString()) || dynamic.equals("runtime");
  }
}
