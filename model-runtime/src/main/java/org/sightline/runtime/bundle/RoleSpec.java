package org.sightline.runtime.bundle;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which graph serves a role, and under which names.
 *
 * @param file plain name of an ONNX file of the bundle
 * @param inputs from the role's own names ({@code pixels}) to the graph's ({@code pixel_values})
 * @param outputs likewise
 */
public record RoleSpec(String file, Map<String, String> inputs, Map<String, String> outputs) {
  public RoleSpec {
    inputs = Collections.unmodifiableMap(new TreeMap<>(inputs));
    outputs = Collections.unmodifiableMap(new TreeMap<>(outputs));
  }
}
