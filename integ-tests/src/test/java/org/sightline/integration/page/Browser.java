package org.sightline.integration.page;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Playwright;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The Chromium that is installed, without a window. Where there is none, tests are skipped. */
final class Browser implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

  private final Playwright playwright;
  private final com.microsoft.playwright.Browser browser;

  private Browser(Path chromium, Path node) {
    System.setProperty("playwright.nodejs.path", node.toString());
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(
                new LaunchOptions()
                    .setExecutablePath(chromium)
                    .setArgs(
                        List.of(
                            "--no-sandbox", // also as root
                            "--disable-gpu",
                            "--disable-quic",
                            "--no-first-run",
                            "--disable-background-networking",
                            "--disable-component-update",
                            "--disable-sync",
                            "--use-fake-device-for-media-stream",
                            "--use-fake-ui-for-media-stream")));
  }

  /** Starts it, or skips the test. */
  static Browser start() {
    Optional<Path> chromium = NAMES.stream().flatMap(name -> onPath(name).stream()).findFirst();
    Optional<Path> node = onPath("node");
    Assumptions.assumeTrue(chromium.isPresent(), "there is no browser, tried " + NAMES);
    Assumptions.assumeTrue(node.isPresent(), "there is no Node.js to drive the browser with");
    return new Browser(chromium.get(), node.get());
  }

  private static Optional<Path> onPath(String name) {
    return Stream.of(System.getenv("PATH").split(Pattern.quote(File.pathSeparator)))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** A window like that of a desktop, in English. */
  static NewContextOptions desktop() {
    return new NewContextOptions().setViewportSize(1360, 860).setLocale("en-GB");
  }

  /** A phone's window. */
  static NewContextOptions phone() {
    return new NewContextOptions()
        .setViewportSize(390, 844)
        .setLocale("en-GB")
        .setIsMobile(true)
        .setHasTouch(true);
  }

  com.microsoft.playwright.BrowserContext context(NewContextOptions options) {
    return browser.newContext(options);
  }

  @Override
  public void close() {
    playwright.close();
  }
}
