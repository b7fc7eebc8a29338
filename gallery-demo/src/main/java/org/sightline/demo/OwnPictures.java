package org.sightline.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;

/**
 * A folder of pictures, indexed by the command that is installed with the plugin, which also
 * fetches models that the node does not have.
 */
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
    return "pictures-" + digest(options.pictures() + "\n" + options.model());
  }

  private static String digest(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 4);
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
    List<String> words = new ArrayList<>(List.of("index", options.pictures().toString()));
    words.addAll(List.of("--url", cluster.http().toString(), "--index", index()));
    Map<String, String> models = new LinkedHashMap<>();
    models.put("--model", options.model());
    models.put("--rerank", options.rerank());
    for (Map.Entry<String, String> model : models.entrySet()) {
      if (model.getValue() != null) {
        Optional<String> id = install(model.getValue());
        if (id.isEmpty()) {
          return 1; // the command has said why
        }
        words.addAll(List.of(model.getKey(), id.get()));
      }
    }
    List<Matcher> counts = new ArrayList<>();
    int code =
        command(
            words,
            line -> {
              Matcher found = COUNTS.matcher(line);
              if (found.matches()) {
                counts.add(found);
              }
            });
    if (counts.isEmpty()) {
      return code == 0 ? 1 : code;
    }
    if (counts.get(0).group(2).startsWith("emoji-")) {
      out.println(
          "\nPhotographs need another model, such as --model siglip2-base, which is fetched from"
              + " the HuggingFace hub (docs/choosing-a-model.md has more).");
    }
    if (options.mode() == DemoOptions.Mode.ONCE) {
      out.println(json(counts.get(0)));
    }
    return 0;
  }

  /**
   * Has a model in the node: one that is not there is fetched into a folder of its own, where the
   * next start finds it, and pushed.
   *
   * @param model an id, or a source as {@code install} takes it
   * @return its id; empty where it cannot be had
   */
  private Optional<String> install(String model) throws IOException, InterruptedException {
    for (JsonNode there : node.ok("GET", "/_sightline/models", null).required("models")) {
      if (there.required("model_id").asText().equals(model)) {
        return Optional.of(model);
      }
    }
    Path folder = cluster.node(0).folder().resolve("bundles").resolve(digest(model));
    if (bundle(folder).isEmpty()
        && command(List.of("install", model, "--models", folder.toString()), line -> {}) != 0) {
      return Optional.empty();
    }
    Path bundle = bundle(folder).orElseThrow();
    List<String> push = List.of("push", bundle.toString(), "--url", cluster.http().toString());
    return command(push, line -> {}) == 0
        ? Optional.of(bundle.getFileName().toString())
        : Optional.empty();
  }

  /** The only bundle in a folder, which may not exist. */
  private static Optional<Path> bundle(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> bundles = Files.list(folder)) {
      return bundles.filter(bundle -> Files.exists(bundle.resolve("model.json"))).findFirst();
    }
  }

  /** Runs the command, shows what it says, and returns its exit code. */
  private int command(List<String> words, Consumer<String> lines)
      throws IOException, InterruptedException {
    Process command = cluster.node(0).start(COMMAND, words);
    try (BufferedReader said =
        new BufferedReader(
            new InputStreamReader(command.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = said.readLine(); line != null; line = said.readLine()) {
        out.println(line);
        lines.accept(line);
      }
    }
    return command.waitFor();
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
