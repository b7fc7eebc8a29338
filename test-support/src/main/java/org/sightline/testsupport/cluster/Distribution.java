package org.sightline.testsupport.cluster;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * An unpacked Elasticsearch, shared read-only by the nodes that run from it.
 *
 * <p>Unpacked into a folder that the server's user can reach: the asked one, or a temporary one
 * where the asked one lies below a private folder such as {@code /root}.
 */
public final class Distribution {
  private static final String HOME = "home";

  /** Digests of the zips, one a line; not there while something is unpacked or installed. */
  private static final String MADE_OF = "made-of.txt";

  private static final Duration COMMAND_TIMEOUT = Duration.ofMinutes(3);

  private final Path folder;
  private final Path home;
  private final Path jdk;
  private final ServerUser user;

  private Distribution(Path folder, Path home, Path jdk, ServerUser user) {
    this.folder = folder;
    this.home = home;
    this.jdk = jdk;
    this.user = user;
  }

  /**
   * Unpacks a distribution. Whatever was in the folder is removed, after a node that still runs in
   * it has been stopped.
   *
   * @param zip the distribution, with one folder at its top
   * @param wanted where to put it
   */
  public static Distribution unpack(Path zip, Path wanted) {
    Path folder = folderFor(wanted);
    ElasticsearchNode.stopAllBelow(folder);
    Folders.clear(folder);
    return renew(zip, wanted);
  }

  /**
   * Unpacks a distribution as {@link #unpack} does, except that the folders of nodes stay, with
   * their data and configuration. No node may run.
   */
  public static Distribution renew(Path zip, Path wanted) {
    ServerUser user = ServerUser.detect();
    Path folder = user.reachable(wanted);
    Path home = folder.resolve(HOME);
    try {
      Files.deleteIfExists(folder.resolve(MADE_OF));
      Folders.delete(home);
      extract(zip, home);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Distribution(folder, home, reachableJdk(user, folder), user);
  }

  /**
   * The distribution that is in the folder already.
   *
   * @param zips those that {@link #madeOf} noted; with others there is nothing to reuse
   */
  public static Optional<Distribution> existing(Path wanted, Path... zips) {
    ServerUser user = ServerUser.detect();
    Path folder = user.reachable(wanted);
    try {
      Path note = folder.resolve(MADE_OF);
      if (!Files.exists(note) || !Files.readAllLines(note).equals(digests(zips))) {
        return Optional.empty();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Path home = folder.resolve(HOME);
    return Optional.of(new Distribution(folder, home, reachableJdk(user, folder), user));
  }

  /** Notes from which zips this was made, when it is complete: {@link #existing} looks there. */
  public void madeOf(Path... zips) {
    try {
      Files.write(folder.resolve(MADE_OF), digests(zips));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> digests(Path... files) throws IOException {
    List<String> digests = new ArrayList<>();
    for (Path file : files) {
      try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 20)) {
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        try (DigestInputStream digested = new DigestInputStream(in, sha256)) {
          digested.transferTo(OutputStream.nullOutputStream());
        }
        digests.add(HexFormat.of().formatHex(sha256.digest()));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e); // every JDK has it
      }
    }
    return digests;
  }

  /** The folder that {@link #unpack} uses for the wanted one. */
  public static Path folderFor(Path wanted) {
    return ServerUser.detect().reachable(wanted);
  }

  /** The JDK of this process, copied once where the server's user cannot enter its folder. */
  private static Path reachableJdk(ServerUser user, Path folder) {
    Path own = Path.of(System.getProperty("java.home"));
    if (user.reaches(own)) {
      return own;
    }
    Path copy = folder.resolve("jdk");
    Path version = Path.of("release");
    try {
      boolean same =
          Files.exists(copy.resolve(version))
              && Files.mismatch(copy.resolve(version), own.resolve(version)) < 0;
      if (!same) {
        Path fresh = folder.resolve("jdk.new");
        Folders.delete(fresh);
        Folders.copy(own, fresh);
        Folders.delete(copy);
        Files.move(fresh, copy);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return copy;
  }

  /** The zip file system keeps the permissions that {@code java.util.zip} drops. */
  private static void extract(Path zip, Path home) throws IOException {
    try (FileSystem archive =
            FileSystems.newFileSystem(zip, Map.of("enablePosixFileAttributes", "true"));
        Stream<Path> tops = Files.list(archive.getPath("/"))) {
      List<Path> roots = tops.toList();
      if (roots.size() != 1) {
        throw new ClusterException("[" + zip + "] has not one folder at its top: " + roots);
      }
      Folders.copy(roots.get(0), home);
    }
  }

  /** Installs a plugin zip with {@code elasticsearch-plugin}, as a user would. */
  public void installPlugin(Path pluginZip) {
    run("elasticsearch-plugin", "install", "--batch", pluginZip.toUri().toString());
  }

  /**
   * Runs one of the distribution's commands to its end, with the configuration it was unpacked
   * with.
   *
   * @return what it printed
   * @throws ClusterException when it fails, with what it printed
   */
  public String run(String command, String... arguments) {
    return run(home.resolve("config"), command, arguments);
  }

  /** As {@link #run(String, String...)}, for the configuration of one node. */
  String run(Path configuration, String command, String... arguments) {
    // a plugin's commands lie in a folder of their own
    String name = Path.of(command).getFileName().toString();
    return execute(configuration, name, line(command, List.of(arguments)));
  }

  /**
   * Runs lines of a shell in the folder of the installation; the first that fails ends them.
   *
   * @return what they printed
   * @throws ClusterException when one fails, with what was printed
   */
  public String script(String script) {
    return script(home.resolve("config"), script);
  }

  /** As {@link #script(String)}, for the configuration of one node. */
  String script(Path configuration, String script) {
    return execute(configuration, "script", List.of("bash", "-euo", "pipefail", "-c", script));
  }

  private String execute(Path configuration, String name, List<String> line) {
    try {
      Path output = Files.createTempFile(folder, name, ".log");
      Process process =
          prepare(line, configuration)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(COMMAND_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new ClusterException(
            line + " did not end in " + COMMAND_TIMEOUT + ":\n" + Folders.tail(output, 60));
      }
      String printed = Folders.tail(output, Integer.MAX_VALUE);
      if (process.exitValue() != 0) {
        throw new ClusterException(line + " ended with " + process.exitValue() + ":\n" + printed);
      }
      Files.delete(output);
      return printed;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException(line + " was interrupted", e);
    }
  }

  /** A process of this distribution: its Java is the one of this process, whatever the default. */
  private List<String> line(String command, List<String> arguments) {
    List<String> line = new ArrayList<>();
    line.add(home.resolve("bin").resolve(command).toString());
    line.addAll(arguments);
    return line;
  }

  /** Starts a command whose errors go to those of this process; its output is the caller's. */
  Process start(Path configuration, String command, List<String> arguments) throws IOException {
    return prepare(line(command, arguments), configuration)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  ProcessBuilder prepare(List<String> line, Path configuration) {
    ProcessBuilder builder = new ProcessBuilder(line).directory(home.toFile());
    Map<String, String> environment = builder.environment();
    List.of("JAVA_HOME", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "ES_HOME")
        .forEach(environment::remove);
    environment.put("ES_JAVA_HOME", jdk.toString());
    environment.put("ES_PATH_CONF", configuration.toString());
    return builder;
  }

  /** Where the distribution, its nodes and their logs are. */
  public Path folder() {
    return folder;
  }

  /** The unpacked server, with its {@code bin} and {@code plugins}. */
  public Path home() {
    return home;
  }

  ServerUser user() {
    return user;
  }

  /** Removes everything; call it when no node runs. */
  public void delete() {
    Folders.delete(folder);
  }
}
