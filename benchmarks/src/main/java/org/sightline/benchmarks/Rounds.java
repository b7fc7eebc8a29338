package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;

/** The file with every round of the last run of a command, below {@code .cache/benchmarks}. */
final class Rounds {
  private final ObjectMapper mapper = new ObjectMapper();
  private final ObjectNode json = mapper.createObjectNode();
  private final Path file;

  Rounds(Options options, String name) {
    this.file = options.checkout().resolve(".cache/benchmarks").resolve(name);
    json.put("quick", options.quick());
    json.put("processors", Runtime.getRuntime().availableProcessors());
  }

  /** Whether every row was measured. */
  Rounds complete(boolean complete) {
    json.put("complete", complete);
    return this;
  }

  /** Adds what a report holds and writes the file. */
  void write(String field, Function<ObjectMapper, ? extends JsonNode> report) throws IOException {
    json.set(field, report.apply(mapper));
    Files.createDirectories(file.getParent());
    mapper.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), json);
  }
}
