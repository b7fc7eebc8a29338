package org.sightline.cli.web;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The proxies that connections go through, and those that a user may believe they go through.
 *
 * @param selector chooses the proxy, as Java's properties say
 * @param environment variables, which other programs take proxies from and Java does not
 */
public record Proxies(ProxySelector selector, Map<String, String> environment) {
  private static final List<String> VARIABLES =
      List.of("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY");

  /** Says through what a connection goes, and how to change that; for messages. */
  public String describe(URI address) {
    for (Proxy proxy : selector.select(address)) {
      if (proxy.address() instanceof InetSocketAddress at) {
        return "through the proxy [" + at.getHostString() + ":" + at.getPort() + "]";
      }
    }
    String scheme = address.getScheme();
    String options =
        String.format(
            Locale.ROOT, "CLI_JAVA_OPTS=\"-D%1$s.proxyHost=… -D%1$s.proxyPort=…\"", scheme);
    for (String variable : VARIABLES) {
      String value = environment.get(variable);
      if (value != null && value.isBlank() == false) {
        return "without a proxy, because Java does not read " + variable + ": set " + options;
      }
    }
    return "without a proxy (" + options + " sets one)";
  }
}
