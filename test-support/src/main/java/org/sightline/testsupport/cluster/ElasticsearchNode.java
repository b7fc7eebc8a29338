package org.sightline.testsupport.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One node: a folder with configuration, data and logs, and at most one server process at a time.
 * Data stay in the folder over stop, kill and start. Not thread-safe, except that another thread (a
 * shutdown hook) may stop or kill the node while it starts.
 */
public final class ElasticsearchNode {
  private static final Duration START_TIMEOUT = Duration.ofMinutes(4);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(60);
  private static final String PID_FILE = "server.pid";
  private static final int SHOWN_LOG_LINES = 80;

  private Distribution distribution;
  private final NodeSpec spec;
  private final String clusterName;
  private final Path folder;
  private volatile Process launcher; // null when no start is under way

  /**
   * Creates the folder, or takes up the one that is there with its data, models and further
   * settings; nothing runs yet.
   */
  ElasticsearchNode(
      Distribution distribution, String clusterName, NodeSpec spec, Map<String, String> discovery) {
    this.distribution = distribution;
    this.spec = spec;
    this.clusterName = clusterName;
    this.folder = distribution.folder().resolve("nodes").resolve(spec.name());
    Folders.copy(distribution.home().resolve("config"), configuration());
    try {
      for (String name : List.of("data", "logs", "tmp")) {
        Files.createDirectories(folder.resolve(name));
      }
      Path file = configuration().resolve("elasticsearch.yml");
      Files.write(file, settings(discovery, Files.readAllLines(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lines of {@code elasticsearch.yml}: what stood there before, except for what is set here. */
  private List<String> settings(Map<String, String> discovery, List<String> before) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("cluster.name", clusterName);
    settings.put("node.name", spec.name());
    settings.put("path.data", folder.resolve("data").toString());
    settings.put("path.logs", folder.resolve("logs").toString());
    settings.put("network.host", "127.0.0.1");
    settings.put("http.port", Integer.toString(spec.httpPort()));
    settings.put("transport.port", "0");
    settings.put("node.portsfile", "true"); // writes the ports that were bound below the logs
    // a full disk of the machine is no reason to refuse a few megabytes
    settings.put("cluster.routing.allocation.disk.threshold_enabled", "false");
    settings.put("xpack.security.enabled", "false");
    settings.putAll(discovery);
    settings.putAll(spec.settings());
    List<String> lines = new ArrayList<>();
    for (String line : before) {
      if (!settings.containsKey(line.split(":", 2)[0])) {
        lines.add(line);
      }
    }
    settings.forEach((key, value) -> lines.add(key + ": " + value));
    return lines;
  }

  /** The node's configuration folder; change it before the start. */
  public Path configuration() {
    return folder.resolve("config");
  }

  /** Copies a folder of a model to where a node that does not run yet will find it. */
  public void copyBundle(Path bundle) {
    copy(bundle, "config/sightline/models/" + bundle.getFileName());
  }

  /** Copies a folder below the node's folder; the node must not run. */
  public void copy(Path source, String target) {
    Folders.copy(source, folder.resolve(target));
  }

  /** The node's name. */
  public String name() {
    return spec.name();
  }

  /** From its next start the node runs from another distribution; its folder stays. */
  public void upgrade(Distribution next) {
    distribution = next;
  }

  /** The node's folder, by which another process can stop the node. */
  public Path folder() {
    return folder;
  }

  /** Begins to start the server; {@link #awaitStarted()} waits for it. */
  void launch() {
    try {
      Files.deleteIfExists(portsFile("http"));
      Files.deleteIfExists(portsFile("transport"));
      Files.deleteIfExists(folder.resolve(PID_FILE));
      distribution.user().own(folder);
      List<String> command = new ArrayList<>();
      if (ServerUser.isInstalled("setsid")) {
        command.add("setsid"); // the terminal's Ctrl-C is for the program that started the node
      }
      command.add(distribution.home().resolve("bin/elasticsearch").toString());
      command.addAll(List.of("-d", "-p", folder.resolve(PID_FILE).toString()));
      ProcessBuilder builder =
          distribution.prepare(distribution.user().command(command), configuration());
      builder.environment().put("ES_JAVA_OPTS", String.join(" ", spec.jvmOptions()));
      builder.environment().put("ES_TMPDIR", folder.resolve("tmp").toString());
      builder.environment().put("HOME", folder.toString());
      launcher = builder.redirectErrorStream(true).redirectOutput(console().toFile()).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Waits until the server has started: the launcher of a daemon ends when the node answers.
   *
   * @throws ClusterException with the end of its logs when it has not
   */
  void awaitStarted() {
    try {
      boolean ended = launcher.waitFor(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
      boolean answers = ended && launcher.exitValue() == 0 && Files.exists(portsFile("http"));
      if (!answers) {
        kill();
        throw new ClusterException("node [" + name() + "] did not start\n" + logs());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException("interrupted while node [" + name() + "] started", e);
    } finally {
      launcher = null;
    }
  }

  /** Stops the server as an administrator does; nothing happens when it does not run. */
  public void stop() {
    abandonStart();
    process().ifPresent(process -> process.stop(STOP_TIMEOUT));
  }

  /** Ends the server at once, like a power cut; nothing happens when it does not run. */
  public void kill() {
    abandonStart();
    process().ifPresent(ServerProcess::kill);
  }

  /** Ends a start that is under way: the launcher, and the server that it waits for. */
  private void abandonStart() {
    Process starting = launcher;
    if (starting != null && starting.isAlive()) {
      starting.descendants().forEach(ProcessHandle::destroyForcibly);
      starting.destroyForcibly();
    }
  }

  /** Whether the server's process exists. */
  public boolean isRunning() {
    return process().isPresent();
  }

  private Optional<ServerProcess> process() {
    return ServerProcess.of(folder.resolve(PID_FILE), folder);
  }

  /** Process id of the running server. */
  public long pid() {
    return process()
        .orElseThrow(() -> new ClusterException("node [" + name() + "] does not run"))
        .pid();
  }

  /** Where the running node answers HTTP. */
  public URI http() {
    return URI.create("http://" + address("http"));
  }

  /** Where the running node answers other nodes. */
  String transport() {
    return address("transport");
  }

  private String address(String kind) {
    try {
      return Files.readAllLines(portsFile(kind)).get(0);
    } catch (IOException e) {
      throw new ClusterException("node [" + name() + "] does not run", e);
    }
  }

  private Path portsFile(String kind) {
    return folder.resolve("logs").resolve(kind + ".ports");
  }

  private Path console() {
    return folder.resolve("logs").resolve("console.log");
  }

  /** The end of what the node said, for messages. */
  public String logs() {
    return "--- "
        + console()
        + "\n"
        + Folders.tail(console(), SHOWN_LOG_LINES)
        + "\n--- "
        + log()
        + "\n"
        + Folders.tail(log(), SHOWN_LOG_LINES);
  }

  /** The server's log file. */
  public Path log() {
    return folder.resolve("logs").resolve(clusterName + ".log");
  }

  /** Runs one of the distribution's commands on this node's configuration. */
  public String run(String command, String... arguments) {
    return distribution.run(configuration(), command, arguments);
  }

  /** Runs lines of a shell in the folder of the installation, on this node's configuration. */
  public String script(String script) {
    return distribution.script(configuration(), script);
  }

  /**
   * Starts a command that may take long: its errors go to those of this process.
   *
   * @return the process, whose output the caller reads to its end
   */
  public Process start(String command, List<String> arguments) throws IOException {
    return distribution.start(configuration(), command, arguments);
  }

  /**
   * Stops every server whose node folder lies below a folder, whoever started it.
   *
   * @return how many were stopped
   */
  public static int stopAllBelow(Path top) {
    List<ServerProcess> servers = serversBelow(top);
    servers.forEach(server -> server.stop(STOP_TIMEOUT));
    return servers.size();
  }

  private static List<ServerProcess> serversBelow(Path top) {
    if (!Files.isDirectory(top)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(top.toRealPath(), 3)) {
      return files
          .filter(path -> path.endsWith(PID_FILE))
          .flatMap(file -> ServerProcess.of(file, file.getParent()).stream())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
