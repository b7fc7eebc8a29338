package org.sightline.integration.faults;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.sightline.integration.Installation;
import org.sightline.integration.Installation.Build;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.gallery.Gallery;

/**
 * Every fault, one after the other, and the table of what came of them. Ends with exit code 1 when
 * a rule was broken or a scenario could not be run, 2 when it was called wrongly.
 */
public final class FaultTable {
  private static final String UPGRADE = "upgrade";

  private static final Map<String, BiFunction<FiveNodes, Scale, FaultRow>> ON_FIVE =
      new LinkedHashMap<>();
  private static final Map<String, BiFunction<OneNode, Scale, FaultRow>> ON_ONE =
      new LinkedHashMap<>();

  static {
    ON_FIVE.put("killed", LostNode::killed);
    ON_FIVE.put("frozen", (nodes, scale) -> LostNode.frozen(nodes));
    ON_FIVE.put("warm", (nodes, scale) -> LostNode.warm(nodes));
    ON_FIVE.put("rolling", RollingRestart::run);
    // the last, because the nodes stay upgraded
    ON_FIVE.put(UPGRADE, null);
    ON_ONE.put("overload", Overload::run);
    ON_ONE.put("bulk", SlowBulk::run);
    ON_ONE.put("soak", Soak::run);
  }

  private final Scale scale;
  private final List<String> wanted;
  private final Build from;
  private final Build to;
  private final PrintStream out;
  private final List<FaultRow> rows = new ArrayList<>();
  private boolean broken;

  /** Null until nodes are upgraded to it. */
  private Distribution next;

  /**
   * @param to what nodes are upgraded to; null for a later build of the plugin
   */
  private FaultTable(Scale scale, List<String> wanted, Build from, Build to, PrintStream out) {
    this.scale = scale;
    this.wanted = wanted;
    this.from = from;
    this.to = to;
    this.out = out;
  }

  /**
   * Arguments: optionally {@code --quick}, {@code --from} and {@code --to}, each with the zip of an
   * Elasticsearch and that of the plugin for it, and names of scenarios.
   */
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    List<String> options = new ArrayList<>(List.of(arguments));
    Scale scale = options.remove("--quick") ? Scale.QUICK : Scale.FULL;
    Build from = builds(options, "--from", Installation.build());
    Build to = builds(options, "--to", null);
    List<String> names = new ArrayList<>(ON_FIVE.keySet());
    names.addAll(ON_ONE.keySet());
    if (names.containsAll(options) == false) {
      out.println(
          "["
              + String.join(" ", options)
              + "]: allowed are --quick, --from and --to, each with the zip of an Elasticsearch and"
              + " that of the plugin for it, and any of "
              + names);
      System.exit(2);
    }
    List<String> wanted = options.isEmpty() ? names : options;
    FaultTable table = new FaultTable(scale, wanted, from, to, out);
    System.exit(table.run() ? 0 : 1);
  }

  /** Takes an option with its two zips out of the arguments, where it is there. */
  private static Build builds(List<String> options, String name, Build otherwise) {
    int at = options.indexOf(name);
    if (at < 0 || at + 2 >= options.size()) {
      return otherwise;
    }
    List<String> given = options.subList(at, at + 3);
    Build build = new Build(Path.of(given.get(1)), Path.of(given.get(2)));
    given.clear();
    return build;
  }

  private boolean run() {
    Gallery gallery = Installation.gallery();
    Distribution distribution = from.unpack("faults");
    Map<String, BiFunction<FiveNodes, Scale, FaultRow>> onFive = new LinkedHashMap<>(ON_FIVE);
    onFive.put(UPGRADE, (nodes, quick) -> upgrade(nodes, distribution));
    try {
      group(onFive, () -> new FiveNodes(distribution, gallery));
      group(ON_ONE, () -> new OneNode(distribution, gallery, scale));
    } finally {
      distribution.delete();
      if (next != null) {
        next.delete();
      }
    }
    print();
    return broken == false;
  }

  private FaultRow upgrade(FiveNodes nodes, Distribution distribution) {
    next = (to == null ? NextBuild.of(from, distribution.home()) : to).unpack("faults-next");
    String logged = to == null ? NextBuild.LOGGED : null;
    return RollingUpgrade.run(nodes, new RollingUpgrade.Upgrade(next, logged), scale);
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
