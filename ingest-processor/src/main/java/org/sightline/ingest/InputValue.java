package org.sightline.ingest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.sightline.runtime.inference.InferenceInput;

/**
 * A value that an input field names. A field has one, or as many as the lists on its path and at
 * its end hold.
 *
 * @param name for messages: {@code photo}, {@code photos[2]}, {@code gallery[1].photo}
 * @param value as the document has it, or null; the list itself where that is empty
 * @param present whether the document says something about the value, be it null; false where the
 *     key is absent
 * @param owners the objects around it: the document, then objects in lists, each in the other
 * @param element whether it stands in a list at the end of the path
 * @param input what models get, or null where the value is missing
 */
record InputValue(
    String name,
    Object value,
    boolean present,
    List<Owner> owners,
    boolean element,
    InferenceInput input) {

  /**
   * @param path the list in which the object stands, empty for the document
   */
  record Owner(String path, FieldScope scope) {

    /** Whether a field belongs to this object and not to one around it. */
    boolean has(String field) {
      return path.isEmpty() || field.startsWith(path + ".");
    }

    /** The path of a field from here. */
    String within(String field) {
      return path.isEmpty() ? field : field.substring(path.length() + 1);
    }
  }

  InputValue as(InferenceInput made) {
    return new InputValue(name, value, present, owners, element, made);
  }

  Owner innermost() {
    return owners.get(owners.size() - 1);
  }

  /**
   * All values at a path, at least one: an empty list has a missing one.
   *
   * @throws IllegalArgumentException naming what stands in a list in place of an object
   */
  static List<InputValue> find(FieldScope document, String path) {
    List<InputValue> found = new ArrayList<>();
    walk(List.of(new Owner("", document)), "", path, found);
    return found;
  }

  private static void walk(List<Owner> owners, String before, String path, List<InputValue> found) {
    Owner owner = owners.get(owners.size() - 1);
    String list = listOn(owner.scope(), path);
    if (list == null) {
      leaf(owners, before + path, owner.scope(), path, found);
      return;
    }
    String rest = path.substring(list.length() + 1);
    String listPath = owner.path().isEmpty() ? list : owner.path() + "." + list;
    List<?> elements = (List<?>) owner.scope().get(list);
    if (elements.isEmpty()) {
      found.add(new InputValue(before + path, elements, true, owners, true, null));
    }
    for (int i = 0; i < elements.size(); i++) {
      String name = before + list + "[" + i + "]";
      switch (elements.get(i)) {
        case null -> found.add(new InputValue(name + "." + rest, null, true, owners, true, null));
        case Map<?, ?> object -> {
          List<Owner> inner = new ArrayList<>(owners);
          inner.add(new Owner(listPath, new FieldScope.Element(object)));
          walk(inner, name + ".", rest, found);
        }
        case Object other ->
            throw new IllegalArgumentException(
                "["
                    + name
                    + "] must be an object with ["
                    + rest
                    + "], got "
                    + ReceivedValues.describe(other));
      }
    }
  }

  private static void leaf(
      List<Owner> owners, String name, FieldScope scope, String path, List<InputValue> found) {
    if (scope.get(path) instanceof List<?> list && list.isEmpty() == false) {
      for (int i = 0; i < list.size(); i++) {
        found.add(new InputValue(name + "[" + i + "]", list.get(i), true, owners, true, null));
      }
      return;
    }
    Object value = scope.get(path);
    boolean present = scope.has(path) || scope.isNull(path);
    found.add(new InputValue(name, value, present, owners, value instanceof List<?>, null));
  }

  /**
   * The first list of objects on a path, or null. A list whose element the path names by its number
   * is none.
   */
  static String listOn(FieldScope scope, String path) {
    for (int end = FieldScope.nextDot(path, 0);
        end < path.length();
        end = FieldScope.nextDot(path, end + 1)) {
      String prefix = path.substring(0, end);
      String next = path.substring(end + 1, FieldScope.nextDot(path, end + 1));
      if (scope.get(prefix) instanceof List<?>
          && next.chars().allMatch(Character::isDigit) == false) {
        return prefix;
      }
    }
    return null;
  }
}
