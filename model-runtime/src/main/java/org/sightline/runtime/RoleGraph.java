package org.sightline.runtime;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.sightline.bundle.RoleSpec;
import org.sightline.inference.InferenceException;
import org.sightline.onnx.InputTensor;
import org.sightline.onnx.OnnxSession;
import org.sightline.onnx.OutputTensor;

/**
 * The graph that serves a role, spoken to in the role's own names.
 *
 * @param session shared by the roles that name the same file; not owned
 */
record RoleGraph(OnnxSession session, RoleSpec spec) {

  boolean takes(String input) {
    return spec.inputs().containsKey(input);
  }

  /** Inputs that one run may have: 1 where the graph was made for one, otherwise as many as fit. */
  int maxBatch() {
    boolean single =
        spec.inputs().values().stream()
            .map(session.inputs()::get)
            .anyMatch(input -> input.dims().getFirst() == 1);
    return single ? 1 : Integer.MAX_VALUE;
  }

  /**
   * Runs the graph for one output.
   *
   * @param values by the role's names; those that the graph does not take are left out
   * @param items expected along the first axis of the output
   */
  OutputTensor run(Map<String, InputTensor> values, String output, int items, TimeHistogram time) {
    return run(values, Set.of(spec.outputs().get(output)), items, time)
        .get(spec.outputs().get(output));
  }

  /**
   * Runs the graph once for this role and another one that it serves as well.
   *
   * @return by the graph's names
   */
  Map<String, OutputTensor> runBoth(
      Map<String, InputTensor> values, RoleGraph other, int items, TimeHistogram time) {
    Set<String> wanted = new HashSet<>(spec.outputs().values());
    wanted.addAll(other.spec.outputs().values());
    return run(values, wanted, items, time);
  }

  private Map<String, OutputTensor> run(
      Map<String, InputTensor> values, Set<String> wanted, int items, TimeHistogram time) {
    Map<String, InputTensor> inputs = new HashMap<>();
    spec.inputs().forEach((name, inGraph) -> inputs.put(inGraph, values.get(name)));
    long start = System.nanoTime();
    Map<String, OutputTensor> outputs = session.run(inputs, wanted);
    time.recordSince(start);
    outputs.forEach(
        (name, output) -> {
          if (output.items() != items) {
            throw new InferenceException(
                InferenceException.Kind.INTERNAL,
                "the graph ["
                    + session.name()
                    + "] gave "
                    + output.items()
                    + " results in ["
                    + name
                    + "] for "
                    + items
                    + " inputs");
          }
        });
    return outputs;
  }
}
