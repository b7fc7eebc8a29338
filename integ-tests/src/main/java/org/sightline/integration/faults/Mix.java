package org.sightline.integration.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.load.PhotoIndex;

/** Requests of every kind, by number, no two alike: what many users ask of a node at once. */
final class Mix {
  private static final String CLIP = "/_sightline/models/emoji-clip";
  private static final String BLIP = "/_sightline/models/emoji-blip";
  private static final int IMAGES = 16;
  private static final int TEXTS = 8;

  /** How many documents a bulk request of the mix has. */
  static final int BULK = 8;

  /** How many kinds there are; numbers go through them in turn. */
  static final int KINDS = 7;

  private static final int BULK_KIND = 5;

  private final Gallery pictures;
  private final PhotoIndex index;

  Mix(Gallery pictures, PhotoIndex index) {
    this.pictures = pictures;
    this.index = index;
  }

  /** A request. */
  record Work(int number, String path, String body) {
    boolean isBulk() {
      return number % KINDS == BULK_KIND;
    }
  }

  /** What came of a request, as a client sees it. */
  enum Verdict {
    DONE,
    REFUSED,
    FAILED
  }

  /** The request of that number. */
  Work work(int number) {
    return switch (number % KINDS) {
      case 0 -> new Work(number, CLIP + "/_embed", "{\"input\":[" + images(number, IMAGES) + "]}");
      case 1 -> new Work(number, CLIP + "/_embed", "{\"input\":[" + texts(number) + "]}");
      case 2 ->
          new Work(
              number,
              BLIP + "/_match",
              "{\"query\":" + text(number) + ",\"input\":[" + images(number, TEXTS) + "]}");
      case 3 -> new Work(number, BLIP + "/_caption", "{\"input\":" + images(number, 1) + "}");
      case 4 -> new Work(number, search(), rerank(number));
      case BULK_KIND ->
          new Work(
              number,
              "/" + index.name() + "/_bulk",
              index.lines(PhotoIndex.numbers(number * BULK, BULK)));
      default -> new Work(number, search(), probe(number));
    };
  }

  private String search() {
    return "/" + index.name() + "/_search";
  }

  /** A search by a new text, the smallest of the requests. */
  String probe(int number) {
    return PhotoIndex.json(
        """
        { "query": { "image_text": { "field": "photo_vector", "input": %s,
            "model_id": "emoji-clip", "k": 10 } }, "_source": false }""",
        text(number));
  }

  private String rerank(int number) {
    return PhotoIndex.json(
        """
        { "retriever": { "image_text_match": {
            "retriever": { "knn": { "field": "photo_vector", "k": 20, "num_candidates": 60,
              "query_vector_builder": { "image_text_embedding": {
                "model_id": "emoji-clip", "input": %s } } } },
            "model_id": "emoji-blip", "input": %s, "field": "photo",
            "rank_window_size": 20, "allow_rerank_failures": false } },
          "_source": false }""",
        text(number), text(number));
  }

  private String text(int number) {
    return JsonNodeFactory.instance.textNode(pictures.text(number)).toString();
  }

  private String texts(int number) {
    return IntStream.range(0, TEXTS)
        .mapToObj(i -> text(number * TEXTS + i))
        .collect(Collectors.joining(","));
  }

  private String images(int number, int count) {
    return IntStream.range(0, count)
        .map(i -> number * IMAGES + i)
        .mapToObj(i -> pictures.get(i).unique(i))
        .map(base64 -> "{\"type\":\"image\",\"value\":\"" + base64 + "\"}")
        .collect(Collectors.joining(","));
  }

  /** What the answer to a request of this mix means: each part must be there or be refused. */
  static Verdict verdict(Work work, HttpJson.Reply reply) {
    if (reply.status() == 429) {
      return Verdict.REFUSED;
    }
    if (reply.ok() == false || reply.body().at("/_shards/failed").asInt() > 0) {
      return Verdict.FAILED;
    }
    return work.isBulk() ? bulk(reply.body().path("items")) : parts(reply.body());
  }

  private static Verdict bulk(JsonNode items) {
    Verdict verdict = items.size() == BULK ? Verdict.DONE : Verdict.FAILED;
    for (JsonNode item : items) {
      int status = item.at("/index/status").asInt();
      if (status == 429) {
        verdict = verdict == Verdict.FAILED ? verdict : Verdict.REFUSED;
      } else if (status != 201 && status != 200) {
        return Verdict.FAILED;
      }
    }
    return verdict;
  }

  /** Inputs of a list may have errors in their places. */
  private static Verdict parts(JsonNode body) {
    List<String> kinds =
        body.findValues("error").stream().map(e -> e.path("type").asText()).toList();
    if (kinds.isEmpty()) {
      return Verdict.DONE;
    }
    return kinds.stream().allMatch("overloaded"::equals) ? Verdict.REFUSED : Verdict.FAILED;
  }

  /** How many documents of a bulk request the answer says are there. */
  static int indexed(HttpJson.Reply reply) {
    int indexed = 0;
    for (JsonNode item : reply.body().path("items")) {
      indexed += item.at("/index/status").asInt() < 300 ? 1 : 0;
    }
    return indexed;
  }
}
