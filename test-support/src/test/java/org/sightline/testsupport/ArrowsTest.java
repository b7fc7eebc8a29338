package org.sightline.testsupport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Prints the dependencies between modules, and compares them with build-rules/arrows.txt. */
class ArrowsTest {
  private static final Path CHECKOUT = Path.of(System.getProperty("sightline.checkout"));

  @Test
  void modulesDependOnWhatIsAllowed() throws Exception {
    List<String> arrows = new ArrayList<>();
    for (Element module : elements(pom(CHECKOUT), "module")) {
      arrows.add(arrows(module.getTextContent()));
    }
    arrows.forEach(System.out::println);
    List<String> allowed =
        Files.readAllLines(CHECKOUT.resolve("build-rules/arrows.txt")).stream()
            .filter(line -> line.startsWith("#") == false)
            .toList();
    assertEquals(String.join("\n", allowed), String.join("\n", arrows));
  }

  @Test
  void theArchitecturePageNamesClassesThatExist() throws Exception {
    Set<String> classes;
    try (Stream<Path> files = Files.walk(CHECKOUT)) {
      classes =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".java"))
              .map(name -> name.substring(0, name.length() - 5))
              .collect(Collectors.toSet());
    }
    String page = Files.readString(CHECKOUT.resolve("docs/architecture.md"));
    String picture = Files.readString(CHECKOUT.resolve("docs/images/architecture.svg"));
    List<String> named =
        Pattern.compile("`([A-Z][A-Za-z]+)`|>([A-Z][a-z]+[A-Z][A-Za-z]+)<")
            .matcher(page + picture)
            .results()
            .map(match -> match.group(1) == null ? match.group(2) : match.group(1))
            .toList();
    assertTrue(named.size() > 30, named::toString);
    assertEquals(List.of(), named.stream().filter(name -> !classes.contains(name)).toList());
  }

  private static String arrows(String module) throws Exception {
    List<String> targets = new ArrayList<>();
    for (Element dependency : elements(pom(CHECKOUT.resolve(module)), "dependency")) {
      if (text(dependency, "groupId").equals("org.sightline")) {
        String scope = text(dependency, "scope");
        String suffix =
            text(dependency, "type").equals("pom")
                ? " (zip)"
                : scope.isEmpty() ? "" : " (" + scope + ")";
        targets.add(text(dependency, "artifactId") + suffix);
      }
    }
    return (module + " -> " + String.join(", ", targets.stream().sorted().toList())).strip();
  }

  private static Element pom(Path folder) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(folder.resolve("pom.xml").toFile())
        .getDocumentElement();
  }

  private static List<Element> elements(Element parent, String name) {
    NodeList found = parent.getElementsByTagName(name);
    return IntStream.range(0, found.getLength()).mapToObj(i -> (Element) found.item(i)).toList();
  }

  private static String text(Element parent, String name) {
    List<Element> found = elements(parent, name);
    return found.isEmpty() ? "" : found.get(0).getTextContent().strip();
  }
}
