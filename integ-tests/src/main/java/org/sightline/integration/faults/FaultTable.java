package org.sightline.integration.faults;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.sightline.integration.Installation;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.gallery.Gallery;

/**
 * Every fault, one after the other, and the table of what came of them. Ends with exit code 1 when
 * a rule was broken or a scenario could not be run, 2 when it was called wrongly.
 */
public final class FaultTable {
  private static final Map<String, BiFunction<FiveNodes, Scale, FaultRow>> ON_FIVE =
      new LinkedHashMap<>();
  private static final Map<String, BiFunction<OneNode, Scale, FaultRow>> ON_ONE =
      new LinkedHashMap<>();

  static {
    ON_FIVE.put("killed", LostNode::killed);
    ON_FIVE.put("frozen", (nodes, scale) -> LostNode.frozen(nodes));
    ON_FIVE.put("warm", (nodes, scale) -> LostNode.warm(nodes));
    ON_FIVE.put("rolling", RollingRestart::run);
    ON_ONE.put("overload", Overload::run);
    ON_ONE.put("bulk", SlowBulk::run);
    ON_ONE.put("soak", Soak::run);
  }

  private final Scale scale;
  private final List<String> wanted;
  private final PrintStream out;
  private final List<FaultRow> rows = new ArrayList<>();
  private boolean broken;

  private FaultTable(Scale scale, List<String> wanted, PrintStream out) {
    this.scale = scale;
    this.wanted = wanted;
    this.out = out;
  }

  /** Arguments: optionally {@code --quick} and names of scenarios. */
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    List<String> options = new ArrayList<>(List.of(arguments));
    Scale scale = options.remove("--quick") ? Scale.QUICK : Scale.FULL;
    List<String> names = new ArrayList<>(ON_FIVE.keySet());
    names.addAll(ON_ONE.keySet());
    if (names.containsAll(options) == false) {
      out.println("[" + String.join(" ", options) + "]: allowed are --quick and any of " + names);
      System.exit(2);
    }
    List<String> wanted = options.isEmpty() ? names : options;
    FaultTable table = new FaultTable(scale, wanted, out);
    System.exit(table.run() ? 0 : 1);
  }

  private boolean run() {
    Gallery gallery = Installation.gallery();
    Distribution distribution = Installation.unpack("faults");
    try {
      group(ON_FIVE, () -> new FiveNodes(distribution, gallery));
      group(ON_ONE, () -> new OneNode(distribution, gallery, scale));
    } finally {
      distribution.delete();
    }
    print();
    return broken == false;
  }

  private <C extends AutoCloseable> void group(
      Map<String, BiFunction<C, Scale, FaultRow>> scenarios, Supplier<C> start) {
    List<String> chosen = scenarios.keySet().stream().filter(wanted::contains).toList();
    if (chosen.isEmpty()) {
      return;
    }
    try (C cluster = start.get()) {
      for (String name : chosen) {
        run(name, scale -> scenarios.get(name).apply(cluster, scale));
      }
    } catch (Exception e) {
      broken = true;
      out.println("The nodes for " + chosen + " did not start or did not stop: " + e);
    }
  }

  private void run(String name, Function<Scale, FaultRow> scenario) {
    try {
      FaultRow row = scenario.apply(scale);
      rows.add(row);
      broken |= row.held() == false;
      out.println((row.held() ? "pass " : "FAIL ") + row.scenario());
      for (FaultRow.Rule rule : row.rules()) {
        out.println((rule.held() ? "  held    " : "  BROKEN  ") + rule.text() + " — " + rule.got());
      }
    } catch (RuntimeException e) {
      broken = true;
      out.println("FAIL " + name + " could not be run to its end: " + e);
    }
  }

  private void print() {
    out.println();
    out.println(FaultRow.head());
    rows.forEach(row -> out.println(row.line()));
  }
}
