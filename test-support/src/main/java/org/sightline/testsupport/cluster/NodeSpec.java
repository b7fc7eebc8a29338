package org.sightline.testsupport.cluster;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What one node is like.
 *
 * @param name node name and name of its folder
 * @param httpPort where it answers on loopback, 0 for any free port
 * @param settings lines of {@code elasticsearch.yml} beyond those that every node here has; they
 *     win over those
 * @param jvmOptions handed to the server's JVM, such as {@code -Xmx512m}
 */
public record NodeSpec(
    String name, int httpPort, Map<String, String> settings, List<String> jvmOptions) {
  public NodeSpec {
    Objects.requireNonNull(name, "name");
    settings = Map.copyOf(settings);
    jvmOptions = List.copyOf(jvmOptions);
  }

  /** A node with nothing but a name, heap of 384 to 512 MiB and any free port. */
  public static NodeSpec named(String name) {
    return new NodeSpec(name, 0, Map.of(), List.of("-Xms384m", "-Xmx512m"));
  }

  /** A node with the quick compiler alone: a node that lives for seconds mostly compiles. */
  public static NodeSpec small(String name) {
    return new NodeSpec(
        name, 0, Map.of(), List.of("-Xms384m", "-Xmx512m", "-XX:TieredStopAtLevel=1"));
  }

  /** This node with security on. */
  public NodeSpec secured() {
    return with("xpack.security.enabled", "true")
        .with("xpack.security.autoconfiguration.enabled", "false");
  }

  /** This node with one more setting. */
  public NodeSpec with(String setting, String value) {
    Map<String, String> more = new LinkedHashMap<>(settings);
    more.put(setting, value);
    return new NodeSpec(name, httpPort, more, jvmOptions);
  }
}
