package org.sightline.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SearchPageTest {
  private static final URI NODE = URI.create("http://localhost:9200");

  @Test
  void isThePageOfTheNode() {
    assertEquals(
        "http://localhost:9200/_sightline/app/",
        new SearchPage(NODE, "Linux", Map.of()).address().toString());
  }

  @ParameterizedTest
  @CsvSource({
    "Linux, HOME, false",
    "Linux, DISPLAY, true",
    "Linux, WAYLAND_DISPLAY, true",
    "Mac OS X, HOME, true",
    "Windows 11, HOME, true"
  })
  void isOpenedWhereThereIsADesktop(String system, String variable, boolean opened) {
    SearchPage page = new SearchPage(NODE, system, Map.of(variable, ":0"));
    assertEquals(opened, page.canBeOpened());
  }
}
