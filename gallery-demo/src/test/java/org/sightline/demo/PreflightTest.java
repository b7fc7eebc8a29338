package org.sightline.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreflightTest {
  @TempDir private Path checkout;
  private int freePort;

  @BeforeEach
  void findPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      freePort = socket.getLocalPort();
    }
  }

  private String refusal(int port) {
    return assertThrows(IllegalStateException.class, () -> new Preflight(checkout, port).check())
        .getMessage();
  }

  @Test
  void aFreshCheckoutMayStart() throws IOException {
    new Preflight(checkout, freePort).check();
  }

  @Test
  void aPortInUseIsRefused() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      assertEquals("port " + port + " is in use: choose another one with --port N", refusal(port));
    }
  }

  @Test
  void aNodeThatRunsIsRefusedWhateverThePort() throws Exception {
    Path node = Files.createDirectories(checkout.resolve("nodes/demo"));
    Files.createDirectories(node.resolve("logs"));
    Files.createDirectories(checkout.resolve(".cache"));
    Files.writeString(Preflight.note(checkout), node + "\n");
    new Preflight(checkout, freePort).check(); // it has ended in good order
    // as a node has its folder among its arguments
    Path file = Files.writeString(node.resolve("file"), "");
    Process process = new ProcessBuilder("tail", "-f", file.toString()).start();
    try {
      Files.writeString(node.resolve("server.pid"), process.pid() + "\n");
      assertEquals(
          "a node of the demo runs and is still starting; ./demo --stop ends it, and its data stay",
          refusal(freePort));
      Files.writeString(node.resolve("logs/http.ports"), "127.0.0.1:9207\n[::1]:9207\n");
      assertEquals(
          "a node of the demo runs at http://127.0.0.1:9207; ./demo --stop ends it, and its data"
              + " stay",
          refusal(freePort));
    } finally {
      process.destroyForcibly().waitFor();
    }
    // the machine went down and left the file, or another process has the number by now
    new Preflight(checkout, freePort).check();
    Files.writeString(node.resolve("server.pid"), ProcessHandle.current().pid() + "\n");
    new Preflight(checkout, freePort).check();
  }

  @Test
  void aFolderThatCannotBeWrittenIsRefused() throws IOException {
    assumeFalse("root".equals(System.getProperty("user.name")), "root may write everywhere");
    Path target = Files.createDirectories(checkout.resolve("plugin/target"));
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("r-xr-xr-x"));
    String message = refusal(freePort);
    assertTrue(message.startsWith("this user cannot write to [" + target + "], which "), message);
  }

  /** The script runs it before anything is compiled. */
  @Test
  void needsNothingButItsSource() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin/java").toString(),
                  "src/main/java/org/sightline/demo/Preflight.java",
                  checkout.toString(),
                  "" + taken.getLocalPort())
              .redirectErrorStream(true)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(1, process.waitFor(), said);
      assertTrue(said.contains("demo: port " + taken.getLocalPort() + " is in use"), said);
    }
  }
}
