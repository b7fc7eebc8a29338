package org.sightline.runtime.batch;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.sightline.runtime.bundle.RoleSpec;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.onnx.InputTensor;
import org.sightline.runtime.onnx.OnnxSession;
import org.sightline.runtime.onnx.OutputTensor;
import org.sightline.runtime.onnx.TensorSpec;
import org.sightline.runtime.stats.TimeHistogram;

/**
 * The graph that serves a role, spoken to in the role's own names.
 *
 * @param session shared by the roles that name the same file; not owned
 * @param alone whether an input may not share its run with others, because they would change what
 *     becomes of it
 */
public record RoleGraph(OnnxSession session, RoleSpec spec, boolean alone) {

  public boolean takes(String input) {
    return spec.inputs().containsKey(input);
  }

  /**
   * Inputs that one run may have: 1 where the graph was made for one or inputs must not share a
   * run, otherwise as many as fit.
   */
  public int maxBatch() {
    boolean single =
        alone
            || spec.inputs().values().stream()
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
  public OutputTensor run(
      Map<String, InputTensor> values, String output, int items, TimeHistogram time) {
    return run(values, Set.of(spec.outputs().get(output)), items, time)
        .get(spec.outputs().get(output));
  }

  /**
   * Runs the graph once for this role and another one that it serves as well.
   *
   * @return by the graph's names
   */
  public Map<String, OutputTensor> runBoth(
      Map<String, InputTensor> values, RoleGraph other, int items, TimeHistogram time) {
    Set<String> wanted = new HashSet<>(spec.outputs().values());
    wanted.addAll(other.spec.outputs().values());
    return run(values, wanted, items, time);
  }

  /**
   * Runs the graph of {@code caption_decoder} for one token of each row.
   *
   * @param values by the role's names
   * @param items rows
   * @return logits {@code [items, vocabulary]} and what the next step goes on from, which the
   *     caller closes
   */
  public OnnxSession.Step step(Map<String, InputTensor> values, int items, TimeHistogram time) {
    long start = System.nanoTime();
    OnnxSession.Step step =
        session.runKeeping(
            inGraph(values), spec.outputs().get("logits"), spec.outputs().get("present"));
    time.recordSince(start);
    try {
      checkItems(spec.outputs().get("logits"), step.values(), items);
      return step;
    } catch (InferenceException e) {
      step.state().close();
      throw e;
    }
  }

  /** What the graph says of an input, by the role's name. */
  public TensorSpec input(String name) {
    return session.inputs().get(spec.inputs().get(name));
  }

  private Map<String, InputTensor> inGraph(Map<String, InputTensor> values) {
    Map<String, InputTensor> inputs = new HashMap<>();
    spec.inputs().forEach((name, inGraph) -> inputs.put(inGraph, values.get(name)));
    return inputs;
  }

  private Map<String, OutputTensor> run(
      Map<String, InputTensor> values, Set<String> wanted, int items, TimeHistogram time) {
    long start = System.nanoTime();
    Map<String, OutputTensor> outputs = session.run(inGraph(values), wanted);
    time.recordSince(start);
    outputs.forEach((name, output) -> checkItems(name, output, items));
    return outputs;
  }

  private void checkItems(String name, OutputTensor output, int items) {
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
  }
}
