package org.sightline.ingest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ingest.IngestDocument;

/**
 * An object whose fields have dotted paths: a document, or an object in one of its lists. Equal
 * only to itself. Not thread-safe, as documents are not.
 */
abstract sealed class FieldScope {

  /** The value, or null where there is none. */
  abstract Object get(String path);

  /** Whether the field is there, also with the value null. */
  abstract boolean has(String path);

  /**
   * Writes a value; objects that the path lacks are made.
   *
   * @throws IllegalArgumentException when something on the path is no object
   */
  abstract void set(String path, Object value);

  /** Removes the field if it is there. */
  abstract void remove(String path);

  /** Whether the field, or an object on its path, is there with the value null. */
  final boolean isNull(String path) {
    for (int end = nextDot(path, 0); ; end = nextDot(path, end + 1)) {
      String prefix = path.substring(0, end);
      if (has(prefix) && get(prefix) == null) {
        return true;
      }
      if (end == path.length()) {
        return false;
      }
    }
  }

  /** Where the name that begins there ends. */
  static int nextDot(String path, int start) {
    int dot = path.indexOf('.', start);
    return dot < 0 ? path.length() : dot;
  }

  /** The document; paths are resolved as the pipeline's access pattern says. */
  static final class Document extends FieldScope {
    private final IngestDocument document;

    Document(IngestDocument document) {
      this.document = document;
    }

    @Override
    Object get(String path) {
      return document.getFieldValue(path, Object.class, true);
    }

    @Override
    boolean has(String path) {
      return document.hasField(path);
    }

    @Override
    void set(String path, Object value) {
      document.setFieldValue(path, value);
    }

    @Override
    void remove(String path) {
      if (document.hasField(path)) { // 9.0 cannot pass over what is missing
        document.removeField(path);
      }
    }
  }

  /** An object in a list; below it a path's names are those of objects in each other. */
  static final class Element extends FieldScope {
    private final Map<String, Object> object;

    @SuppressWarnings("unchecked")
    Element(Map<?, ?> object) {
      this.object = (Map<String, Object>) object;
    }

    @Override
    Object get(String path) {
      Map<String, Object> parent = parent(path, false);
      return parent == null ? null : parent.get(name(path));
    }

    @Override
    boolean has(String path) {
      Map<String, Object> parent = parent(path, false);
      return parent != null && parent.containsKey(name(path));
    }

    @Override
    void set(String path, Object value) {
      Map<String, Object> parent = parent(path, true);
      if (parent == null) {
        throw new IllegalArgumentException("cannot set [" + path + "], its parent is no object");
      }
      parent.put(name(path), value);
    }

    @Override
    void remove(String path) {
      Map<String, Object> parent = parent(path, false);
      if (parent != null) {
        parent.remove(name(path));
      }
    }

    private static String name(String path) {
      return path.substring(path.lastIndexOf('.') + 1);
    }

    /** The object that holds the field, or null where something on the path is none. */
    @SuppressWarnings("unchecked")
    private Map<String, Object> parent(String path, boolean make) {
      Map<String, Object> parent = object;
      List<String> names = List.of(path.split("\\."));
      for (String name : names.subList(0, names.size() - 1)) {
        if (make && parent.containsKey(name) == false) {
          parent.put(name, new HashMap<>());
        }
        if (parent.get(name) instanceof Map<?, ?> child) {
          parent = (Map<String, Object>) child;
        } else {
          return null;
        }
      }
      return parent;
    }
  }
}
