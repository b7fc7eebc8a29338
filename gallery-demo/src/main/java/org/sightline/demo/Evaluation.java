package org.sightline.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.sightline.testsupport.cluster.HttpJson;

/**
 * Recall of the official names as queries, measured through the cluster's search interface: a query
 * is answered at n when a picture of that very name is among the first n hits. Names with skin
 * tones and pictures with skin tones are left out on both sides.
 */
final class Evaluation {
  private static final int DEPTH = 10;
  private static final int FEWEST_NAMES = 500;
  private static final long SHUFFLE_SEED = 20260101L; // any, but always the same
  private static final Duration ENOUGH = Duration.ofSeconds(150);

  private final HttpJson node;
  private final Search search = new Search();

  Evaluation(HttpJson node) {
    this.node = node;
  }

  /**
   * What was measured.
   *
   * @param firstStage searches by the vectors alone
   * @param reranked searches with image-text matching, first stage included
   */
  record Result(Tally firstStage, Tally reranked) {

    ObjectNode json(int documents, double imagesPerSecond) {
      ObjectNode json = new ObjectMapper().createObjectNode();
      json.put("documents", documents).put("queries", firstStage.millis.size());
      firstStage.writeRecall(json.putObject("first_stage"));
      reranked.writeRecall(json.putObject("reranked"));
      json.put("ingest_images_per_second", rounded(imagesPerSecond, 10));
      json.put("search_ms_p50", rounded(firstStage.medianMillis(), 10));
      return json.put("rerank_ms_p50", rounded(reranked.medianMillis(), 10));
    }
  }

  private static double rounded(double value, int steps) {
    return Math.round(value * steps) / (double) steps;
  }

  /** Counts of one way to search, filled name by name. */
  static final class Tally {
    private int at1;
    private int at10;
    private final List<Double> millis = new ArrayList<>();

    /** Share of the names that the first hit answered. */
    double recallAt1() {
      return (double) at1 / millis.size();
    }

    /** Share of the names that one of the first ten hits answered. */
    double recallAt10() {
      return (double) at10 / millis.size();
    }

    /** Median time of a search, seen from the client. */
    double medianMillis() {
      return millis.stream().sorted().toList().get(millis.size() / 2);
    }

    private void writeRecall(ObjectNode json) {
      json.put("recall@1", rounded(recallAt1(), 10_000));
      json.put("recall@10", rounded(recallAt10(), 10_000));
    }
  }

  /**
   * Asks the names one after the other, in a shuffled order that is always the same; on a slow
   * machine the rest is left out once enough were asked and enough time has gone by.
   */
  Result run(List<String> allNames, PrintStream out, boolean terminal) {
    List<String> names = new ArrayList<>(allNames);
    Collections.shuffle(names, new Random(SHUFFLE_SEED));
    ConsoleProgress progress = new ConsoleProgress(out, terminal, "names", names.size());
    Tally firstStage = new Tally();
    Tally reranked = new Tally();
    List<String> source = List.of("name");
    long end = System.nanoTime() + ENOUGH.toNanos();
    int asked = 0;
    for (String name : names) {
      if (asked >= FEWEST_NAMES && System.nanoTime() - end > 0) {
        out.println("\n  enough: the rest of the names is left out on this machine");
        break;
      }
      JsonNode input = search.text(name);
      ask(search.firstStage(input, DEPTH, source), name, firstStage);
      ask(search.reranked(input, input, "photo", DEPTH, source), name, reranked);
      progress.show(++asked);
    }
    return new Result(firstStage, reranked);
  }

  private void ask(ObjectNode body, String name, Tally tally) {
    long start = System.nanoTime();
    JsonNode reply = node.ok("POST", "/" + GalleryIndex.NAME + "/_search", body.toString());
    tally.millis.add((System.nanoTime() - start) / 1e6);
    JsonNode hits = reply.required("hits").required("hits");
    for (int rank = 0; rank < hits.size(); rank++) {
      if (hits.get(rank).path("_source").path("name").asText().equals(name)) {
        tally.at1 += rank == 0 ? 1 : 0;
        tally.at10++;
        return;
      }
    }
  }
}
