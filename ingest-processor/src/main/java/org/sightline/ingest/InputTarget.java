package org.sightline.ingest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A field that is made from values of one input field: from all of them, or, where input and output
 * stand in objects of the same list, from those of one object.
 *
 * @param scope the object that has the field
 * @param path of the field in that object
 * @param values at least one, in the document's order; a value's offset is its place among them
 * @param listed whether lists lie between the object and the values, so that there may be several
 */
record InputTarget(FieldScope scope, String path, List<InputValue> values, boolean listed) {

  /** Groups values by the object that an output of theirs belongs to. */
  static List<InputTarget> of(List<InputValue> values, String output) {
    Map<FieldScope, List<InputValue>> grouped = new LinkedHashMap<>();
    Map<FieldScope, String> paths = new LinkedHashMap<>();
    for (InputValue value : values) {
      InputValue.Owner owner =
          value.owners().reversed().stream().filter(one -> one.has(output)).findFirst().get();
      grouped.computeIfAbsent(owner.scope(), scope -> new ArrayList<>()).add(value);
      paths.put(owner.scope(), owner.within(output));
    }
    List<InputTarget> targets = new ArrayList<>();
    grouped.forEach(
        (scope, group) ->
            targets.add(
                new InputTarget(
                    scope,
                    paths.get(scope),
                    group,
                    group.stream()
                        .anyMatch(
                            value -> value.element() || value.innermost().scope() != scope))));
    return targets;
  }

  /** Those of the values that are not missing. */
  List<InputValue> contents() {
    return values.stream().filter(value -> value.input() != null).toList();
  }

  /** The places of the {@link #contents} among the values, from 0. */
  List<Integer> offsets() {
    return IntStream.range(0, values.size())
        .filter(i -> values.get(i).input() != null)
        .boxed()
        .toList();
  }

  boolean isMissing() {
    return values.stream().allMatch(value -> value.input() == null);
  }

  /**
   * Whether the document says that there is nothing any more, so that what was made of it goes too.
   * An absent key says nothing: the picture may have been removed on purpose after it was embedded.
   */
  boolean isGone() {
    return isMissing() && values.stream().anyMatch(InputValue::present);
  }
}
