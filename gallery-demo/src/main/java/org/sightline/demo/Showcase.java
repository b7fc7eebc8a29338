package org.sightline.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Gallery;

/**
 * A handful of queries, each answered by the first stage and reranked, side by side; and captions.
 */
final class Showcase {
  private static final int SHOWN_HITS = 5;
  private static final int NAME_WIDTH = 34;
  private static final List<String> SOURCE = List.of("name", "emoji");

  /** Some that the model names right, and some that it does not. */
  private static final List<String> CAPTIONED =
      List.of("rocket", "red apple", "guitar", "spouting whale", "jack-o-lantern", "pizza");

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

  /**
   * A picture that was found.
   *
   * @param name its name in the gallery
   * @param emoji the picture as a character
   * @param score the score in the response
   */
  private record Hit(String name, String emoji, double score) {}

  /** Asks and prints all. */
  void run() {
    List<Question> questions = questions();
    printRequests(questions.getFirst());
    for (Question question : questions) {
      ObjectNode first = search.firstStage(question.input(), SHOWN_HITS, SOURCE);
      ObjectNode second =
          search.reranked(question.input(), question.match(), question.field(), SHOWN_HITS, SOURCE);
      printTable(question.title(), ask(first), ask(second));
    }
  }

  private List<Hit> ask(ObjectNode body) {
    JsonNode reply = node.ok("POST", "/" + GalleryIndex.NAME + "/_search", body.toString());
    List<Hit> hits = new ArrayList<>();
    for (JsonNode hit : reply.required("hits").required("hits")) {
      JsonNode source = hit.required("_source");
      hits.add(
          new Hit(
              source.path("name").asText(),
              source.path("emoji").asText(),
              hit.path("_score").asDouble()));
    }
    return hits;
  }

  private void printRequests(Question question) {
    List<String> source = List.of("name");
    ObjectNode first = search.firstStage(question.input(), SHOWN_HITS, source);
    ObjectNode second =
        search.reranked(question.input(), question.match(), question.field(), SHOWN_HITS, source);
    out.println("The pipeline that the pictures went through:\n");
    out.println("PUT _ingest/pipeline/" + GalleryIndex.NAME);
    out.println(GalleryIndex.pipeline());
    out.println("\nA search of the first stage; in the others, only [input] differs:\n");
    out.println("POST " + GalleryIndex.NAME + "/_search");
    out.println(Bodies.pretty(first));
    out.println("\nThe same, its best " + Search.WINDOW + " hits read again:\n");
    out.println("POST " + GalleryIndex.NAME + "/_search");
    ((ObjectNode) second.at("/retriever/image_text_match/retriever")).put("knn", "… as above");
    out.println(Bodies.pretty(second));
    out.println();
  }

  private void printTable(String title, List<Hit> first, List<Hit> second) {
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
  private static String cell(Hit hit) {
    String name = hit.name();
    if (name.length() > NAME_WIDTH - 7) {
      name = name.substring(0, NAME_WIDTH - 8) + "…";
    }
    String score = String.format(Locale.ROOT, "%.3f ", hit.score());
    return padded(score + name) + " " + hit.emoji();
  }

  private static String padded(String text) {
    return text + " ".repeat(Math.max(0, NAME_WIDTH - text.length()));
  }

  /** What the model writes under some pictures, right or wrong, asked for in one call. */
  void caption() {
    ObjectNode body = new ObjectMapper().createObjectNode();
    ArrayNode input = body.putArray("input");
    CAPTIONED.forEach(name -> input.add(search.image(gallery.named(name))));
    String call = "_sightline/models/" + GalleryIndex.MATCHING_MODEL + "/_caption";
    JsonNode captions = node.ok("POST", "/" + call, body.toString()).required("captions");
    out.println("Captions (POST " + call + "):");
    for (int i = 0; i < CAPTIONED.size(); i++) {
      String caption = captions.at("/" + i + "/0/text").asText();
      out.printf(Locale.ROOT, "    %-20s %s%n", CAPTIONED.get(i), caption);
    }
    out.println();
  }
}
