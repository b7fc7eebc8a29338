package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Links between the pages of the repository lead to files and headings that exist. */
class DocumentationLinksTest {
  private static final Path ROOT = Installation.checkout();
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s:]*)\\)");
  private static final Pattern ANCHOR = Pattern.compile("<a id=\"([^\"]+)\">");

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    for (String folder : List.of("docs", "packaging")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
        files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
      }
    }
    return pages;
  }

  /** As GitHub names a heading: letters, digits, hyphens and underscores, spaces as hyphens. */
  private static String anchor(String heading) {
    String text = heading.replaceFirst("^#+ +", "").replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1");
    return text.strip()
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{Nd}\\p{Nl}\\- _]", "")
        .replace(' ', '-');
  }

  private static Set<String> anchors(Path page) throws IOException {
    Set<String> anchors = new HashSet<>();
    for (String line : Files.readAllLines(page)) {
      if (line.startsWith("#")) {
        anchors.add(anchor(line));
      }
      Matcher explicit = ANCHOR.matcher(line);
      while (explicit.find()) {
        anchors.add(explicit.group(1));
      }
    }
    return anchors;
  }

  @Test
  void linksLeadSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Path page : pages()) {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        String[] target = link.group(1).split("#", 2);
        Path file = target[0].isEmpty() ? page : page.getParent().resolve(target[0]).normalize();
        boolean exists =
            Files.exists(file)
                && (target.length == 1
                    || file.toString().endsWith(".md") == false
                    || anchors(file).contains(target[1]));
        if (exists == false) {
          broken.add(ROOT.relativize(page) + " -> " + link.group(1));
        }
        links++;
      }
    }
    assertTrue(links > 100, "so few links: " + links);
    assertEquals(List.of(), broken);
  }
}
