package org.sightline.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Gallery;

/** A handful of queries, each answered by the first stage and reranked, side by side. */
final class Showcase {
  private static final int SHOWN_HITS = 5;
  private static final int NAME_WIDTH = 34;
  private static final List<String> SOURCE = List.of("name", "emoji", "photo");

  private final HttpJson node;
  private final Gallery gallery;
  private final PrintStream out;
  private final Search search = new Search();

  Showcase(HttpJson node, Gallery gallery, PrintStream out) {
    this.node = node;
    this.gallery = gallery;
    this.out = out;
  }

  /**
   * A query of the showcase.
   *
   * @param title as a person would say it
   * @param input what the first stage looks for
   * @param match what the hits are matched with
   * @param field what of a hit is matched: its picture, or its title where a picture asks
   */
  private record Question(String title, JsonNode input, JsonNode match, String field) {}

  /** A hit as the tables show it. */
  private record Row(String name, String emoji, double score, String photo) {}

  private List<Question> questions() {
    List<Question> questions = new ArrayList<>();
    for (String words : List.of("a red heart", "cat with tears of joy", "snowman without snow")) {
      questions.add(new Question(words, search.text(words), search.text(words), "photo"));
    }
    JsonNode apple = search.image(gallery.named("red apple"));
    questions.add(
        new Question(
            "the picture of a red apple; reranked: that picture against the titles",
            apple,
            apple,
            "title"));
    questions.add(
        new Question(
            "the picture of a grinning face by half, plus \"cat\"; reranked by \"grinning cat\"",
            search.sum(
                List.of(search.image(gallery.named("grinning face"), 0.5), search.text("cat"))),
            search.text("grinning cat"),
            "photo"));
    questions.add(
        new Question(
            "\"an apple\", but less of \"a red apple\"; reranked by \"green apple\"",
            search.sum(List.of(search.text("an apple"), search.text("red apple", -0.3))),
            search.text("green apple"),
            "photo"));
    return questions;
  }

  /** Asks and prints all; what was found comes back for the page with the pictures. */
  List<ResultsPage.Block> run() {
    List<ResultsPage.Block> blocks = new ArrayList<>();
    for (Question question : questions()) {
      ObjectNode first = search.firstStage(question.input(), SHOWN_HITS, SOURCE);
      ObjectNode second =
          search.reranked(question.input(), question.match(), question.field(), SHOWN_HITS, SOURCE);
      if (blocks.isEmpty()) {
        printRequests(question);
      }
      List<Row> firstRows = ask(first);
      List<Row> secondRows = ask(second);
      printTable(question.title(), firstRows, secondRows);
      blocks.add(
          new ResultsPage.Block(question.title(), pageHits(firstRows), pageHits(secondRows)));
    }
    return blocks;
  }

  private static List<ResultsPage.Hit> pageHits(List<Row> rows) {
    return rows.stream()
        .map(row -> new ResultsPage.Hit(row.name(), row.score(), row.photo()))
        .toList();
  }

  private List<Row> ask(ObjectNode body) {
    JsonNode reply = node.ok("POST", "/" + GalleryIndex.NAME + "/_search", body.toString());
    List<Row> rows = new ArrayList<>();
    for (JsonNode hit : reply.required("hits").required("hits")) {
      JsonNode source = hit.required("_source");
      rows.add(
          new Row(
              source.path("name").asText(),
              source.path("emoji").asText(),
              hit.path("_score").asDouble(),
              source.path("photo").asText()));
    }
    return rows;
  }

  private void printRequests(Question question) {
    List<String> source = List.of("name");
    ObjectNode first = search.firstStage(question.input(), SHOWN_HITS, source);
    ObjectNode second =
        search.reranked(question.input(), question.match(), question.field(), SHOWN_HITS, source);
    out.println("The pipeline that the pictures went through:");
    out.println();
    out.println("PUT _ingest/pipeline/" + GalleryIndex.NAME);
    out.println(GalleryIndex.pipeline());
    out.println();
    out.println("A search of the first stage; in the others, only [input] differs:");
    out.println();
    out.println("POST " + GalleryIndex.NAME + "/_search");
    out.println(Bodies.pretty(first));
    out.println();
    out.println("The same, its best " + Search.WINDOW + " hits read again:");
    out.println();
    out.println("POST " + GalleryIndex.NAME + "/_search");
    ((ObjectNode) second.at("/retriever/image_text_match/retriever")).put("knn", "… as above");
    out.println(Bodies.pretty(second));
    out.println();
  }

  private void printTable(String title, List<Row> first, List<Row> second) {
    out.println(title);
    out.println("    " + padded("first stage (score)") + "      reranked (match probability)");
    for (int i = 0; i < Math.max(first.size(), second.size()); i++) {
      out.println(
          String.format(Locale.ROOT, "  %d ", i + 1)
              + (i < first.size() ? cell(first.get(i)) : padded(""))
              + "  "
              + (i < second.size() ? cell(second.get(i)) : ""));
    }
    out.println();
  }

  /** The emoji stands last because its width differs between terminals. */
  private static String cell(Row row) {
    String name = row.name();
    if (name.length() > NAME_WIDTH - 7) {
      name = name.substring(0, NAME_WIDTH - 8) + "…";
    }
    String score = String.format(Locale.ROOT, "%.3f ", row.score());
    return padded(score + name) + " " + row.emoji();
  }

  private static String padded(String text) {
    return text + " ".repeat(Math.max(0, NAME_WIDTH - text.length()));
  }
}
