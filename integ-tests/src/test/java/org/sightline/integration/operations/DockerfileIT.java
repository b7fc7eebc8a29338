package org.sightline.integration.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.integration.Installation;
import org.sightline.integration.models.PushedBundle;
import org.sightline.testsupport.cluster.ClusterException;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.Folders;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;

/**
 * The instructions of {@code packaging/docker/Dockerfile} on an unpacked Elasticsearch: no engine
 * is at hand, so the test does what one would do with the lines of the file.
 */
class DockerfileIT {
  private static final Pattern MOUNT =
      Pattern.compile("--mount=type=bind,source=(\\S+),target=(\\S+) +(.*)", Pattern.DOTALL);
  private static final Pattern COPY = Pattern.compile("--chown=1000:0 (\\S+) (\\S+)");

  @TempDir private Path context;

  /** An instruction with its arguments, continued lines joined. */
  private record Instruction(String name, String arguments) {}

  private static List<Instruction> instructions(String file) {
    String text = PackagingFiles.text(file).replaceAll("(?m)^#.*\n", "").replace("\\\n", " ");
    List<Instruction> instructions = new ArrayList<>();
    for (String line : text.lines().filter(line -> line.isBlank() == false).toList()) {
      String[] words = line.strip().split(" +", 2);
      instructions.add(new Instruction(words[0], words[1]));
    }
    return instructions;
  }

  /** The instructions that lead to a target: those of its stage and of the stages below it. */
  private static List<Instruction> stages(String target) {
    List<Instruction> all = instructions("docker/Dockerfile");
    List<Instruction> found = new ArrayList<>();
    String wanted = target;
    while (wanted != null) {
      List<Instruction> stage = new ArrayList<>();
      String below = null;
      boolean inside = false;
      for (Instruction instruction : all) {
        if (instruction.name().equals("FROM")) {
          String[] words = instruction.arguments().split(" +AS +");
          inside = words[1].equals(wanted);
          below = inside ? words[0] : below;
        } else if (inside) {
          stage.add(instruction);
        }
      }
      found.addAll(0, stage);
      boolean official =
          below.equals("docker.elastic.co/elasticsearch/elasticsearch:${ELASTICSEARCH_VERSION}");
      wanted = official ? null : below;
    }
    return found;
  }

  private void build(Distribution image, List<Instruction> instructions) {
    for (Instruction instruction : instructions) {
      switch (instruction.name()) {
        case "RUN" -> {
          Matcher mount = MOUNT.matcher(instruction.arguments());
          image.script(
              mount.matches()
                  ? mount.group(3).replace(mount.group(2), context.resolve(mount.group(1)) + "")
                  : instruction.arguments());
        }
        case "COPY" -> {
          Matcher copy = COPY.matcher(instruction.arguments());
          assertTrue(copy.matches(), instruction::toString);
          Folders.copy(context.resolve(copy.group(1)), image.home().resolve(copy.group(2)));
        }
        default -> throw new AssertionError("the test does not know " + instruction);
      }
    }
  }

  @Test
  void theImageHasThePluginAndItsModels() throws IOException {
    Files.copy(Installation.zip("sightline.zip"), context.resolve("sightline.zip"));
    PushedBundle.of("my-model", 24).write(context.resolve("models"));
    Distribution image =
        Distribution.unpack(Installation.zip("elasticsearch.zip"), Installation.folder("docker"));
    List<Instruction> plugin = stages("sightline");
    assertEquals(1, plugin.size(), plugin::toString);
    build(image, plugin);
    List<Instruction> models = stages("models");
    assertEquals(plugin, models.subList(0, 1));
    build(image, models.subList(1, models.size()));
    try (ElasticsearchCluster cluster =
            ElasticsearchCluster.of(image, "docker", NodeSpec.small("container")).start();
        HttpJson client = new HttpJson(cluster.http())) {
      JsonNode model = client.ok("GET", "/_sightline/models/my-model", null);
      assertEquals("folder", model.required("source").asText());
      client.ok("POST", "/_sightline/models/my-model/_embed", "{ \"input\": \"a red heart\" }");
    }
    // a bundle that cannot be used ends the build
    Files.writeString(context.resolve("models/my-model/model.json"), "{}");
    Files.delete(image.home().resolve("config/sightline/models/my-model/model.json"));
    String refused =
        assertThrows(ClusterException.class, () -> build(image, models.subList(1, models.size())))
            .getMessage();
    assertTrue(refused.contains("my-model"), refused);
    image.delete();
  }

  @Test
  void theImageForGpusInstallsInTheSameWay() {
    Instruction install = stages("sightline").get(0);
    assertTrue(instructions("docker/Dockerfile.cuda").contains(install), install::toString);
    String libraries = PackagingFiles.text("docker/Dockerfile.cuda");
    Matcher named = Pattern.compile("`(libcu[a-zA-Z]+\\.so\\.\\d+)`").matcher(docs("docs/gpu.md"));
    int count = 0;
    while (named.find()) {
      assertTrue(libraries.contains("/" + named.group(1) + " "), named.group(1));
      count++;
    }
    assertEquals(4, count);
  }

  private static String docs(String name) {
    try {
      return Files.readString(Installation.checkout().resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
