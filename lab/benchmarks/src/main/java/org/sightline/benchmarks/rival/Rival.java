package org.sightline.benchmarks.rival;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The Python process of {@code rivals/rival.py}: one for all rows, so that its models are loaded
 * once and its rounds take turns with ours. For use by one thread.
 */
public final class Rival implements AutoCloseable {
  private final ObjectMapper mapper = new ObjectMapper();
  private final Path log;
  private final Process process;
  private final BufferedWriter commands;
  private final BufferedReader answers;
  private final Set<String> loaded = new HashSet<>();

  /**
   * @param log what the process and its libraries print beside answers
   */
  public Rival(Path python, Path script, int threads, Path log) throws IOException {
    this.log = log;
    ProcessBuilder builder =
        new ProcessBuilder(python.toString(), script.toString(), Integer.toString(threads));
    builder.environment().put("OMP_NUM_THREADS", Integer.toString(threads));
    builder.environment().put("TRANSFORMERS_VERBOSITY", "error");
    builder.environment().put("HF_HUB_OFFLINE", "1");
    builder.redirectError(log.toFile());
    process = builder.start();
    commands = process.outputWriter(StandardCharsets.UTF_8);
    answers = process.inputReader(StandardCharsets.UTF_8);
  }

  public long pid() {
    return process.pid();
  }

  /** A command that {@link #ask} sends; its arguments are fields. */
  public ObjectNode command(String what) {
    return mapper.createObjectNode().put("do", what);
  }

  /** Sends a command and waits for the answer. */
  public JsonNode ask(ObjectNode command) throws IOException {
    commands.write(command.toString());
    commands.newLine();
    commands.flush();
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("the Python process ended, see " + log);
    }
    JsonNode answer = mapper.readTree(line);
    if (answer.has("error")) {
      throw new IOException("the Python process answered: " + answer.get("error").asText());
    }
    return answer;
  }

  /** Hands over encoded images under a name, once. */
  public void load(String name, Collection<Path> files) throws IOException {
    if (loaded.contains(name)) {
      return;
    }
    ObjectNode command = command("load").put("name", name);
    List<String> paths = files.stream().map(Path::toString).toList();
    paths.forEach(command.putArray("files")::add);
    ask(command);
    loaded.add(name);
  }

  @Override
  public void close() {
    try {
      commands.close(); // the end of its input ends the process
      if (process.waitFor(20, TimeUnit.SECONDS) == false) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
