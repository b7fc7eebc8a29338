package org.sightline.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;

/** A folder of pictures, indexed by the command that is installed with the plugin. */
final class OwnPictures {
  private static final String COMMAND = "sightline/sightline-models";

  /** The line in which the command counts. */
  static final Pattern COUNTS =
      Pattern.compile("\\d+ indexed, .* (\\d+) failed, .*; model (\\S+), ([0-9.]+) s");

  private final DemoOptions options;
  private final ElasticsearchCluster cluster;
  private final HttpJson node;
  private final PrintStream out;

  OwnPictures(DemoOptions options, ElasticsearchCluster cluster, HttpJson node, PrintStream out) {
    this.options = options;
    this.cluster = cluster;
    this.node = node;
    this.out = out;
  }

  /** The index: another one for each folder and each model that is asked for. */
  String index() {
    String what = options.pictures() + "\n" + options.model();
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(what.getBytes(StandardCharsets.UTF_8));
      return "pictures-" + HexFormat.of().formatHex(digest, 0, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /**
   * Indexes the folder, and where a measurement is asked for prints a line of JSON.
   *
   * @return 0 when the command came to its end, also where it could not index every picture
   */
  int run() throws IOException, InterruptedException {
    Process command = cluster.node(0).start(COMMAND, arguments());
    Matcher counts = null;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(command.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        out.println(line);
        Matcher found = COUNTS.matcher(line);
        counts = found.matches() ? found : counts;
      }
    }
    int code = command.waitFor();
    if (counts == null) {
      return code == 0 ? 1 : code;
    }
    if (options.mode() == DemoOptions.Mode.ONCE) {
      out.println(json(counts));
    }
    return 0;
  }

  private List<String> arguments() {
    List<String> arguments = new ArrayList<>(List.of("index", options.pictures().toString()));
    arguments.addAll(List.of("--url", cluster.http().toString(), "--index", index()));
    if (options.model() != null) {
      arguments.addAll(List.of("--model", options.model()));
    }
    if (options.rerank() != null) {
      arguments.addAll(List.of("--rerank", options.rerank()));
    }
    return arguments;
  }

  private String json(Matcher counts) {
    long documents = node.ok("GET", "/" + index() + "/_count", null).required("count").asLong();
    return new ObjectMapper()
        .createObjectNode()
        .put("documents", documents)
        .put("failed", Long.parseLong(counts.group(1)))
        .put("model", counts.group(2))
        .put("seconds", Double.parseDouble(counts.group(3)))
        .toString();
  }
}
