package org.sightline.integration.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;
import org.sightline.integration.Walkthrough;
import org.sightline.testsupport.cluster.ClusterException;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.load.PhotoIndex;

/**
 * {@code docs/operations/troubleshooting.md}: messages that no other page's test makes are those of
 * a real node.
 */
class TroubleshootingIT {
  private static final String PAGE = "docs/operations/troubleshooting.md";

  /** Messages in the first cells of the page's tables, … standing for anything. */
  private static List<Pattern> messages() throws IOException {
    String page = Files.readString(Installation.checkout().resolve(PAGE));
    return Pattern.compile("(?m)^\\| [^|`]*`([^`]{15,})`")
        .matcher(page)
        .results()
        .map(TroubleshootingIT::pattern)
        .toList();
  }

  private static Pattern pattern(MatchResult cell) {
    return Pattern.compile(
        Stream.of(cell.group(1).split("…", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*")));
  }

  private static void assertOnThePage(String actual) throws IOException {
    List<Pattern> messages = messages();
    assertTrue(
        messages.stream().anyMatch(message -> message.matcher(actual).find()),
        () -> actual + " is not one of " + messages);
  }

  private static String embed(HttpJson client, String model, int status, String input) {
    HttpJson.Reply reply =
        client.send(
            "POST", "/_sightline/models/" + model + "/_embed", "{ \"input\": " + input + " }");
    assertEquals(status, reply.status(), reply.body()::toString);
    return reply.reason();
  }

  @Test
  void symptomsReadAsThePageSays() throws IOException {
    Distribution distribution = Installation.unpack("troubleshooting");
    try (ElasticsearchCluster wrong =
        ElasticsearchCluster.of(
            distribution,
            "wrong",
            NodeSpec.small("wrong").with("sightline.image.max_pixels", "0"))) {
      assertOnThePage(assertThrows(ClusterException.class, wrong::start).getMessage());
    }
    try (ElasticsearchCluster small =
            ElasticsearchCluster.of(
                    distribution,
                    "small",
                    NodeSpec.small("small").with("sightline.model.memory", "6mb"))
                .start();
        HttpJson client = new HttpJson(small.http())) {
      Walkthrough page = Walkthrough.of(PAGE);
      page.ask(client);
      page.end();
      assertOnThePage(embed(client, "emoji-blip", 503, "\"a red heart\""));
      client.ok(
          "PUT",
          "/_cluster/settings",
          "{ \"persistent\": { \"breaker.sightline.limit\": \"1b\" } }");
      String picture = PhotoIndex.imageInput(Installation.gallery().pictures().get(0));
      assertOnThePage(embed(client, "emoji-clip", 429, picture));
    }
    distribution.delete();
  }
}
