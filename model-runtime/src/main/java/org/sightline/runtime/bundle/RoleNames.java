package org.sightline.runtime.bundle;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.sightline.runtime.inference.Role;

/**
 * The names that a role's inputs and outputs have in a manifest.
 *
 * @param required inputs that every such graph has
 * @param oneOf inputs of which there is exactly one; empty where there is no choice
 * @param optional inputs that a graph may lack
 * @param outputs all outputs
 */
record RoleNames(
    Set<String> required, Set<String> oneOf, Set<String> optional, Set<String> outputs) {

  static RoleNames of(Role role) {
    return switch (role) {
      case IMAGE_EMBEDDING ->
          new RoleNames(Set.of("pixels"), Set.of(), Set.of(), Set.of("embedding"));
      case TEXT_EMBEDDING ->
          new RoleNames(Set.of("ids"), Set.of(), Set.of("mask"), Set.of("embedding"));
      case IMAGE_TOKENS -> new RoleNames(Set.of("pixels"), Set.of(), Set.of(), Set.of("tokens"));
      case TEXT_FEATURES ->
          new RoleNames(Set.of("ids"), Set.of(), Set.of("mask"), Set.of("features"));
      case MATCHING ->
          new RoleNames(
              Set.of("tokens"), Set.of("ids", "features"), Set.of("mask"), Set.of("logits"));
      case CAPTION_DECODER ->
          new RoleNames(
              Set.of("ids", "tokens", "past", "rows"),
              Set.of(),
              Set.of(),
              Set.of("logits", "present"));
    };
  }

  /**
   * Compares a role of a manifest with these names.
   *
   * @param where path of the role for messages, such as {@code roles.matching}
   */
  void check(String where, RoleSpec spec) {
    Set<String> allowed = new TreeSet<>(required);
    allowed.addAll(oneOf);
    allowed.addAll(optional);
    checkNames(where + ".inputs", spec.inputs(), allowed, required);
    long chosen = oneOf.stream().filter(spec.inputs()::containsKey).count();
    if (!oneOf.isEmpty() && chosen != 1) {
      throw new BundleException(
          "[%s.inputs] must have exactly one of %s, got %s",
          where, new TreeSet<>(oneOf), new TreeSet<>(spec.inputs().keySet()));
    }
    checkNames(where + ".outputs", spec.outputs(), new TreeSet<>(outputs), outputs);
  }

  private static void checkNames(
      String where, Map<String, String> names, Set<String> allowed, Set<String> required) {
    for (String name : names.keySet()) {
      if (!allowed.contains(name)) {
        throw new BundleException(
            "[%s] has an unknown name [%s], expected only %s", where, name, allowed);
      }
    }
    for (String name : new TreeSet<>(required)) {
      if (!names.containsKey(name)) {
        throw new BundleException("[%s.%s] is missing", where, name);
      }
    }
  }
}
