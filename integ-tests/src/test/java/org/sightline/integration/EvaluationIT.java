package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** {@code sightline_export evaluate} against a cluster: the recall is that of the models. */
@ExtendWith(ClusterExtension.class)
class EvaluationIT {
  private static final int PICTURES = 60;

  @TempDir private Path folder;

  @Test
  void measuresWhatTheModelsSay(SharedCluster cluster) throws Exception {
    JsonNode rows =
        measured(folder, cluster.client(), PhotoIndex.EMBEDDING_MODEL, PhotoIndex.MATCHING_MODEL);
    JsonNode reranked = rows.required(1);
    assertEquals("top 16 reranked", reranked.required("name").asText());
    assertTrue(
        reranked.at("/text_to_image/2").asDouble() >= reranked.at("/text_to_image/0").asDouble());
  }

  /** Evaluates, and compares R@1 of the first stage with what the embeddings say; the rows. */
  static JsonNode measured(Path folder, HttpJson client, String first, String second)
      throws Exception {
    ModelExport.run(
        folder,
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
      client.node().toString(),
      "--limit",
      Integer.toString(PICTURES),
      "--first",
      first,
      "--second",
      second,
      "--k-test",
      "16",
      "--json"
    };
    JsonNode result = new ObjectMapper().readTree(ModelExport.run(folder, evaluate));
    assertEquals(PICTURES, result.required("pictures").asInt());
    JsonNode rows = result.required("rows");
    assertEquals("first stage", rows.required(0).required("name").asText());
    double[] expected = recallAtOne(client, first);
    assertEquals(expected[0], rows.at("/0/text_to_image/0").asDouble(), 1e-9);
    assertEquals(expected[1], rows.at("/0/image_to_text/0").asDouble(), 1e-9);
    JsonNode left = client.ok("GET", "/_cat/indices/sightline-evaluation-*?format=json", null);
    assertEquals(0, left.size(), "the indices are removed: " + left);
    return rows;
  }

  /** Of the same pictures and names, from their embeddings: text to image, image to text. */
  private static double[] recallAtOne(HttpJson client, String model) {
    List<Picture> pictures =
        Installation.gallery().pictures().stream()
            .filter(picture -> picture.skinTone() == false)
            .limit(PICTURES)
            .toList();
    List<String> names = pictures.stream().map(one -> "\"" + one.name() + "\"").toList();
    List<String> inputs = pictures.stream().map(PhotoIndex::imageInput).toList();
    List<List<float[]>> images = Requests.embeddings(client, model, inputs);
    List<List<float[]>> texts = Requests.embeddings(client, model, names);
    return new double[] {recallAtOne(texts, images), recallAtOne(images, texts)};
  }

  private static double recallAtOne(List<List<float[]>> queries, List<List<float[]>> answers) {
    int right = 0;
    for (int query = 0; query < queries.size(); query++) {
      int best = 0;
      for (int answer = 1; answer < answers.size(); answer++) {
        if (nearest(queries.get(query), answers.get(answer))
            > nearest(queries.get(query), answers.get(best))) {
          best = answer;
        }
      }
      right += best == query ? 1 : 0;
    }
    return (double) right / queries.size();
  }

  /** The largest cosine of two vectors, one of each side. */
  private static double nearest(List<float[]> some, List<float[]> others) {
    double best = -1;
    for (float[] a : some) {
      for (float[] b : others) {
        best = Math.max(best, Requests.dot(a, b));
      }
    }
    return best;
  }
}
