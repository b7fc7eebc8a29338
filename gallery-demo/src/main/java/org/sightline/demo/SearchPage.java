package org.sightline.demo;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The page to search with of a node, and the way to a browser of this desktop. */
final class SearchPage {
  private final URI address;
  private final List<String> opener;

  /**
   * @param node address of the node's HTTP interface
   */
  SearchPage(URI node) {
    this(node, System.getProperty("os.name"), System.getenv());
  }

  /**
   * @param system name of the operating system
   * @param environment variables of the process
   */
  SearchPage(URI node, String system, Map<String, String> environment) {
    this.address = node.resolve("/_sightline/app/");
    this.opener = opener(system.toLowerCase(Locale.ROOT), environment);
  }

  private static List<String> opener(String system, Map<String, String> environment) {
    if (system.startsWith("mac")) {
      return List.of("open");
    }
    if (system.startsWith("windows")) {
      return List.of("rundll32", "url.dll,FileProtocolHandler");
    }
    boolean desktop =
        environment.containsKey("DISPLAY") || environment.containsKey("WAYLAND_DISPLAY");
    return desktop ? List.of("xdg-open") : List.of();
  }

  URI address() {
    return address;
  }

  /** Whether there is a desktop. */
  boolean canBeOpened() {
    return opener.isEmpty() == false;
  }

  /** Opens the page in the user's browser. */
  void open() throws IOException {
    List<String> command = new ArrayList<>(opener);
    command.add(address.toString());
    new ProcessBuilder(command).redirectErrorStream(true).start();
  }
}
