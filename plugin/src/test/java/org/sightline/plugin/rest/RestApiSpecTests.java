package org.sightline.plugin.rest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.core.PathUtils;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.sightline.plugin.app.AppHandlers;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.limits.HeapAccount;

/** The REST API specifications have every path of the plugin and no other. */
public class RestApiSpecTests extends ESTestCase {
  private static final Path SPECS =
      PathUtils.get(
          System.getProperty("sightline.checkout"),
          "integ-tests/src/test/resources/rest-api-spec/api");
  private static final Pattern PART = Pattern.compile("\\{(\\w+)}");

  private final Set<String> specified = new TreeSet<>();

  @SuppressWarnings("unchecked")
  private void read(Path file) {
    String name = file.getFileName().toString().replace(".json", "");
    Map<String, Object> spec;
    try {
      spec = XContentHelper.convertToMap(JsonXContent.jsonXContent, Files.readString(file), false);
    } catch (IOException e) {
      throw new AssertionError(file.toString(), e);
    }
    assertEquals(Set.of(name), spec.keySet());
    Map<String, Object> url =
        (Map<String, Object>) ((Map<String, Object>) spec.get(name)).get("url");
    for (Map<String, Object> path : (List<Map<String, Object>>) url.get("paths")) {
      String address = (String) path.get("path");
      Set<String> parts =
          PART.matcher(address)
              .results()
              .map((MatchResult part) -> part.group(1))
              .collect(Collectors.toSet());
      assertEquals(
          address, parts, ((Map<String, Object>) path.getOrDefault("parts", Map.of())).keySet());
      for (String method : (List<String>) path.get("methods")) {
        specified.add(method + " " + address);
      }
    }
  }

  public void testEveryPathIsSpecified() throws IOException {
    try (Stream<Path> files = Files.list(SPECS)) {
      files.forEach(this::read);
    }
    Settings off = Settings.builder().put("sightline.app.enabled", false).build();
    List<RestHandler> page = AppHandlers.of(off, new ImageDecoder(1, 1, 1), HeapAccount.NONE, null);
    Set<String> handled =
        Stream.concat(
                RestCalls.all(new RestCalls.Bounds(1, 1, HeapAccount.NONE)).stream(), page.stream())
            .flatMap(handler -> handler.routes().stream())
            .map(route -> route.getMethod() + " " + route.getPath())
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(handled, specified);
  }
}
