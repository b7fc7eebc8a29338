package org.sightline.integration.page;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.TimeoutError;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.sightline.integration.Installation;

/** A tab of the browser with the page in it. Closing it fails where a script of the page failed. */
final class Tab implements AutoCloseable {
  private static final Path SCREENSHOTS =
      Installation.checkout().resolve("integ-tests/target/screenshots");

  /** On a machine with much else to do. */
  private static final double PATIENCE_MILLIS = 20_000;

  private final BrowserContext context;
  private final Page page;
  private final URI node;
  private final List<String> scriptErrors = new CopyOnWriteArrayList<>();

  Tab(BrowserContext context, URI node) {
    this.context = context;
    this.node = node;
    this.page = context.newPage();
    page.setDefaultTimeout(PATIENCE_MILLIS);
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    page.onPageError(scriptErrors::add);
    // what the policy refuses is reported there as well
    page.onConsoleMessage(
        message -> {
          if (message.text().contains("Content Security Policy")
              || message.text().contains("TrustedHTML")) {
            scriptErrors.add(message.text());
          }
        });
  }

  Page page() {
    return page;
  }

  /** Opens the page, with what stands after {@code #} in its address. */
  Tab open(String fragment) {
    page.navigate(node + "/_sightline/app/" + (fragment.isEmpty() ? "" : "#" + fragment));
    page.waitForSelector("main");
    return this;
  }

  Locator tiles() {
    return page.locator(".tile");
  }

  /** The titles of the first hits in the grid. */
  List<String> titles(int count) {
    List<String> titles = new ArrayList<>();
    page.locator(".tile .tile-title").allTextContents().stream().limit(count).forEach(titles::add);
    return titles;
  }

  /** Waits until the grid begins with a hit of that title. */
  void awaitFirst(String title) {
    await(".tile[aria-posinset='1'] .tile-open[title=\"" + title + "\"]", null);
  }

  /** Waits until the words about the results contain a text. */
  void awaitSummary(String text) {
    await(".summary", text);
  }

  private void await(String selector, String text) {
    try {
      page.locator(selector, text == null ? null : new Page.LocatorOptions().setHasText(text))
          .waitFor();
    } catch (TimeoutError e) {
      String seen = page.locator("main").innerText() + titles(10) + scriptErrors;
      throw new AssertionError("no [" + selector + "] with [" + text + "] in: " + seen, e);
    }
  }

  Locator button(String name) {
    return page.getByRole(
        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  /** Turns a switch, which lies under its drawing. */
  void turn(String name) {
    page.getByRole(AriaRole.SWITCH, new Page.GetByRoleOptions().setName(name))
        .click(new Locator.ClickOptions().setForce(true));
  }

  Locator search() {
    return page.locator("input.query");
  }

  /** Moves a slider and lets it rest, which no key does exactly. */
  static void slide(Locator slider, double value) {
    slider.evaluate(
        """
        (slider, value) => {
          slider.value = value;
          slider.dispatchEvent(new Event("input", { bubbles: true }));
          slider.dispatchEvent(new Event("change", { bubbles: true }));
        }""",
        value);
  }

  /** Waits until every thumbnail in the window is there. */
  void awaitThumbnails() {
    page.waitForFunction(
        """
        () => [...document.querySelectorAll("img.thumbnail")]
          .filter((image) => image.getBoundingClientRect().top < innerHeight)
          .every((image) => image.complete && image.naturalWidth > 0)""");
  }

  /** Stores what is to be seen in the window as a picture of that name. */
  void screenshot(String name) {
    screenshot(name, false);
  }

  /**
   * @param whole the whole page instead of the window
   */
  void screenshot(String name, boolean whole) {
    page.screenshot(
        new Page.ScreenshotOptions()
            .setPath(SCREENSHOTS.resolve(name + ".png"))
            .setFullPage(whole));
  }

  /** Fails where axe finds that people cannot use what is to be seen, light or dark. */
  void assertAccessible(String view) {
    page.evaluate(axe());
    assertEquals("[]", violations("{}"), view);
    look(ColorScheme.DARK);
    assertEquals("[]", violations("{ runOnly: ['color-contrast'] }"), view + ", dark");
    screenshot(view.replace(": ", "-").replace(' ', '-') + "-dark");
    look(ColorScheme.LIGHT);
  }

  /** Changes at once: half a transition has colours that nobody chose. */
  private void look(ColorScheme look) {
    page.emulateMedia(
        new Page.EmulateMediaOptions().setColorScheme(look).setReducedMotion(ReducedMotion.REDUCE));
  }

  /**
   * @param options of axe, as an expression
   */
  private String violations(String options) {
    return (String)
        page.evaluate(
            "async () => JSON.stringify((await axe.run("
                + options
                + """
                )).violations.map((violation) =>
                  violation.id + ": " + violation.nodes.map((node) =>
                    node.target.join(" ") + " (" + node.failureSummary.split("\\n").at(-1).trim()
                      + ")").join("; ")))""");
  }

  private static String axe() {
    try (InputStream in = Tab.class.getResourceAsStream("/axe.min.js")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The value of an expression in the page, or of what its promise gives. */
  JsonNode evaluate(String expression) {
    try {
      Object json = page.evaluate("async () => JSON.stringify(await (" + expression + "))");
      return new ObjectMapper().readTree((String) json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    page.unrouteAll(); // the driver fails over a request that it is asked about while this closes
    context.close();
    assertEquals(List.of(), scriptErrors);
  }
}
