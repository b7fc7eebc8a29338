package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.cluster.HttpJson;
import org.sightline.demo.Picture;

/** {@code sightline_export evaluate} against a cluster: the recall is that of the models. */
@ExtendWith(ClusterExtension.class)
class EvaluationIT {
  private static final int PICTURES = 60;

  @TempDir private Path folder;

  @Test
  void measuresWhatTheModelsSay(SharedCluster cluster) throws Exception {
    python(
        "karpathy",
        "--gallery",
        Installation.checkout().resolve("gallery-demo/gallery/noto.zip").toString(),
        "--out",
        folder.resolve("emoji").toString());
    String[] evaluate = {
      "evaluate",
      "--dataset",
      folder.resolve("emoji/dataset.json").toString(),
      "--images",
      folder.resolve("emoji/images").toString(),
      "--index",
      cluster.client().node().toString(),
      "--limit",
      Integer.toString(PICTURES),
      "--k-test",
      "16",
      "--json"
    };
    JsonNode result = new ObjectMapper().readTree(python(evaluate));
    assertEquals(PICTURES, result.required("pictures").asInt());
    JsonNode first = result.required("rows").required(0);
    assertEquals("first stage", first.required("name").asText());
    double[] expected = recallAtOne(cluster.client());
    assertEquals(expected[0], first.at("/text_to_image/0").asDouble(), 1e-9);
    assertEquals(expected[1], first.at("/image_to_text/0").asDouble(), 1e-9);
    JsonNode reranked = result.required("rows").required(1);
    assertEquals("top 16 reranked", reranked.required("name").asText());
    assertTrue(
        reranked.at("/text_to_image/2").asDouble() >= reranked.at("/text_to_image/0").asDouble());
    JsonNode left =
        cluster.client().ok("GET", "/_cat/indices/sightline-evaluation-*?format=json", null);
    assertEquals(0, left.size(), "the indices are removed: " + left);
  }

  /** Of the same pictures and names, from their embeddings: text to image, image to text. */
  private static double[] recallAtOne(HttpJson client) {
    List<Picture> pictures =
        Installation.gallery().pictures().stream()
            .filter(picture -> picture.skinTone() == false)
            .limit(PICTURES)
            .toList();
    List<float[]> images = new ArrayList<>();
    List<float[]> texts = new ArrayList<>();
    for (Picture picture : pictures) {
      images.add(Photos.embed(client, Photos.EMBEDDING_MODEL, Photos.imageInput(picture)));
      texts.add(Photos.embed(client, Photos.EMBEDDING_MODEL, "\"" + picture.name() + "\""));
    }
    return new double[] {recallAtOne(texts, images), recallAtOne(images, texts)};
  }

  private static double recallAtOne(List<float[]> queries, List<float[]> answers) {
    int right = 0;
    for (int query = 0; query < queries.size(); query++) {
      int best = 0;
      for (int answer = 1; answer < answers.size(); answer++) {
        if (dot(queries.get(query), answers.get(answer))
            > dot(queries.get(query), answers.get(best))) {
          best = answer;
        }
      }
      right += best == query ? 1 : 0;
    }
    return (double) right / queries.size();
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  /** Runs a command of model-export with the Python that is there; returns what it printed. */
  private String python(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(interpreter(), "-m", "sightline_export"));
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile(folder, "output", ".txt");
    Path errors = Files.createTempFile(folder, "errors", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(Installation.checkout().resolve("model-export").toFile())
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile());
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    Process process = builder.start();
    assertTrue(process.waitFor(5, TimeUnit.MINUTES), () -> "still runs: " + command);
    String said = Files.readString(errors, StandardCharsets.UTF_8);
    assertEquals(0, process.exitValue(), () -> command + ": " + said);
    return Files.readString(output, StandardCharsets.UTF_8);
  }

  private static String interpreter() throws IOException, InterruptedException {
    String check = "import sys; sys.exit(sys.version_info[:2] < (3, 11))";
    for (String name : List.of("python3.11", "python3", "python")) {
      try {
        if (new ProcessBuilder(name, "-c", check).start().waitFor() == 0) {
          return name;
        }
      } catch (IOException e) {
        continue; // not there: the next one may be
      }
    }
    throw new AssertionError("needs Python 3.11 or newer, as ./test does, and found none");
  }
}
