package org.sightline.query.input;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.fieldcaps.FieldCapabilities;
import org.elasticsearch.action.fieldcaps.FieldCapabilitiesRequest;
import org.elasticsearch.action.fieldcaps.TransportFieldCapabilitiesAction;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.index.mapper.NestedObjectMapper;
import org.sightline.query.mapping.FieldNames;

/**
 * The fields of an index that a user may see, asked for as that user when something is wrong with
 * one of them, so that the error can say what there is. Immutable.
 */
public final class UsersFields {
  private final Map<String, FieldCapabilities> byName = new TreeMap<>();

  private UsersFields(Map<String, Map<String, FieldCapabilities>> fields) {
    // where indices differ, any of the types shows what is wrong
    fields.forEach((name, byType) -> byName.put(name, byType.values().iterator().next()));
  }

  /**
   * Asks.
   *
   * @param client as the user
   * @param index name, alias or pattern
   * @param listener gets the fields; or a failure, as of an index that does not exist
   */
  public static void fetch(Client client, String index, ActionListener<UsersFields> listener) {
    client.execute(
        TransportFieldCapabilitiesAction.TYPE,
        new FieldCapabilitiesRequest()
            .indices(index)
            .indicesOptions(IndicesOptions.lenientExpandOpen())
            .fields("*")
            .filters("-metadata"),
        listener.map(response -> new UsersFields(response.get())));
  }

  /**
   * What is wrong with a field, to be said of its name: {@code "[title]" + …}.
   *
   * @param wanted which fields would be right
   * @param kind what they are called
   * @return for instance {@code , which is of type [text], did you mean [title.keyword]?}; null
   *     where nothing is wrong with it, or where there are no fields at all
   */
  public String problem(String field, Predicate<FieldCapabilities> wanted, String kind) {
    if (byName.isEmpty()) {
      return null;
    }
    FieldCapabilities found = byName.get(field);
    if (found != null && wanted.test(found)) {
      return null;
    }
    Set<String> right = new TreeSet<>();
    byName.forEach(
        (name, capabilities) -> {
          if (wanted.test(capabilities)) {
            right.add(name);
          }
        });
    String what =
        found == null ? ", which does not exist" : ", which is of type [" + found.getType() + "]";
    return what + FieldNames.suggestion(field, right, kind);
  }

  /** The outermost nested object around a field, or null. */
  String nestedAround(String field) {
    for (int end = field.indexOf('.'); end > 0; end = field.indexOf('.', end + 1)) {
      FieldCapabilities around = byName.get(field.substring(0, end));
      if (around != null && around.getType().equals(NestedObjectMapper.CONTENT_TYPE)) {
        return around.getName();
      }
    }
    return null;
  }
}
