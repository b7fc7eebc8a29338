package org.sightline.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What would refuse a start. The script {@code demo} runs this file from its source, before
 * anything is built: so it uses nothing but the JDK.
 */
final class Preflight {
  private final Path checkout;
  private final int port;

  Preflight(Path checkout, int port) {
    this.checkout = checkout;
    this.port = port;
  }

  /** Checks; the arguments are the checkout and the port. The exit code is 0 where all is well. */
  public static void main(String[] arguments) throws IOException {
    try {
      new Preflight(Path.of(arguments[0]), Integer.parseInt(arguments[1])).check();
    } catch (IllegalStateException e) {
      System.err.println("demo: " + e.getMessage());
      System.exit(1);
    }
  }

  /** Where the demo notes the folder of its node, which is not always below the checkout. */
  static Path note(Path checkout) {
    return checkout.resolve(".cache/demo-node.txt");
  }

  /**
   * Looks for what would refuse a start.
   *
   * @throws IllegalStateException saying what it is, and what to do
   */
  void check() throws IOException {
    requireNoNode();
    for (Path folder : written()) {
      if (!Files.isWritable(folder)) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "this user cannot write to [%s], which belongs to [%s]: remove it, or run the demo"
                    + " as that user",
                folder,
                Files.getOwner(folder)));
      }
    }
    requireFreePort();
  }

  private void requireNoNode() throws IOException {
    if (!Files.exists(note(checkout))) {
      return;
    }
    Path node = Path.of(Files.readString(note(checkout)).strip());
    Path pid = node.resolve("server.pid");
    Path address = node.resolve("logs/http.ports");
    if (Files.exists(pid) && runs(Files.readString(pid).strip(), node)) {
      throw new IllegalStateException(
          "a node of the demo runs"
              + (Files.exists(address)
                  ? " at http://" + Files.readAllLines(address).get(0)
                  : " and is still starting")
              + "; ./demo --stop ends it, and its data stay");
    }
  }

  /** Whether the process is the node: its number may be another process's by now. */
  private static boolean runs(String pid, Path node) {
    return pid.matches("[0-9]{1,18}")
        && ProcessHandle.of(Long.parseLong(pid))
            .flatMap(process -> process.info().arguments())
            .map(arguments -> String.join(" ", arguments).contains(node.toString()))
            .orElse(false);
  }

  /** The folders that are there and will be written to. */
  private List<Path> written() throws IOException {
    List<Path> folders = new ArrayList<>(List.of(checkout));
    for (String below : List.of(".cache", ".cache/demo")) {
      folders.add(checkout.resolve(below));
    }
    try (Stream<Path> modules = Files.list(checkout)) {
      modules.map(module -> module.resolve("target")).forEach(folders::add);
    }
    return folders.stream().filter(Files::isDirectory).toList();
  }

  private void requireFreePort() {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true); // connections of an ended node may still linger
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      throw new IllegalStateException(
          "port " + port + " is in use: choose another one with --port N", e);
    }
  }
}
