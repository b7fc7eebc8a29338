package org.sightline.query.match;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.rank.RankDoc;
import org.sightline.query.mapping.SourceField;
import org.sightline.runtime.encoded.ImageAsText;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;

/**
 * The images or texts of a window's documents: which are fetched together, what is in a response,
 * and how that becomes a batch for the model. What is wrong with one document goes to its score.
 *
 * <p>How many images a document has, its digests tell. Without digests it is taken to have as many
 * as the fullest document of the chunk that was read last. Thread-safe.
 */
final class WindowContent {
  /** Images of a chunk that are in memory at once, unless one document has more. */
  static final int IMAGES_AT_A_TIME = 16;

  /** Texts of a chunk that are in memory at once, unless one document has more. */
  static final int TEXTS_AT_A_TIME = 64;

  private final MatchOptions options;
  private final WindowSearches searches;
  private final Window window;
  private final WindowScores scores;
  private final DocumentContent content;
  private final LostContent lost;

  /** Most images or texts of a document of the chunk that was read last. */
  private volatile int mostParts = 1;

  private volatile boolean decoded;

  /**
   * @param scores gets why a document has none
   */
  WindowContent(
      MatchOptions options,
      long maxImageBytes,
      WindowSearches searches,
      Window window,
      WindowScores scores) {
    this.options = options;
    this.searches = searches;
    this.window = window;
    this.scores = scores;
    this.content = new DocumentContent(searches.field(), options.scoresImages(), maxImageBytes);
    this.lost = new LostContent(options);
  }

  /** The documents that cannot be read. */
  LostContent lost() {
    return lost;
  }

  /** Notes the documents whose index does not keep what is scored. */
  void requireKept(List<Integer> positions) {
    SourceField field = searches.field();
    for (int position : positions) {
      String index = window.indices().get(position);
      if (field.isMissingIn(index)) {
        lost.notKept(index);
      }
    }
  }

  private int partsAtATime() {
    return options.scoresImages() ? IMAGES_AT_A_TIME : TEXTS_AT_A_TIME;
  }

  /** Whether the digests tell how many images a document has. */
  boolean knowsPartsOf(int position) {
    return window.digests().get(position).isEmpty() == false;
  }

  /**
   * The documents that are fetched together, at least one, with no more images or texts than may be
   * in memory; each chunk is cut when it is asked for.
   */
  Iterator<List<Integer>> chunks(List<Integer> positions) {
    return new Iterator<>() {
      private int next;

      @Override
      public boolean hasNext() {
        return next < positions.size();
      }

      @Override
      public List<Integer> next() {
        int from = next;
        int parts = 0;
        while (hasNext()) {
          int position = positions.get(next);
          parts += knowsPartsOf(position) ? window.digests().get(position).size() : mostParts;
          if (next > from && parts > partsAtATime()) {
            break;
          }
          next++;
        }
        return positions.subList(from, next);
      }
    };
  }

  /** The images or texts of all documents of a chunk, those of one document in a row. */
  Deque<DocumentContent.Part> read(List<Integer> chunk, SearchResponse response) {
    Map<RankDoc.RankKey, SearchHit> hitByPlace = new HashMap<>();
    for (SearchHit hit : response.getHits().getHits()) {
      hitByPlace.put(Window.key(hit), hit);
    }
    Deque<DocumentContent.Part> parts = new ArrayDeque<>();
    int most = 1;
    for (int position : chunk) {
      SearchHit hit = hitByPlace.get(Window.key(window.docs()[position]));
      if (hit == null) {
        lost.unread(WindowSearches.shardFailure(response));
        continue;
      }
      try {
        Map<String, Object> source = hit.hasSource() ? hit.getSourceAsMap() : Map.of();
        List<DocumentContent.Part> found = content.read(position, hit, source);
        if (found.isEmpty() && hasDigest(position, hit, source)) {
          lost.removed(hit.getId());
        } else if (found.isEmpty()) {
          scores.withoutContent();
        }
        most = Math.max(most, found.size());
        parts.addAll(found);
      } catch (InferenceException e) {
        scores.failed(position, e.getMessage());
      }
    }
    mostParts = most;
    return parts;
  }

  private boolean hasDigest(int position, SearchHit hit, Map<String, Object> source) {
    return knowsPartsOf(position)
        || searches.digests() != null
            && searches.digests().areInSource(hit, source, options.digestPath());
  }

  /**
   * Takes as many parts as may be in memory, whole documents, and decodes them.
   *
   * @throws IllegalArgumentException (400) when the first batch that was to have texts has pictures
   *     and nothing else
   */
  MatchBatch decode(Deque<DocumentContent.Part> parts) {
    MatchBatch batch = new MatchBatch();
    int last = -1;
    boolean pictures = false;
    while (parts.isEmpty() == false
        && (batch.inputs().size() < partsAtATime() || parts.peek().position() == last)) {
      DocumentContent.Part part = parts.poll();
      last = part.position();
      pictures |= decode(part, batch);
    }
    if (pictures && batch.isEmpty() && decoded == false) {
      throw DocumentContent.pictureWithPictures(options.field());
    }
    decoded = true;
    return batch;
  }

  /** Adds the part to the batch, or its failure to the scores; tells of a picture among texts. */
  private boolean decode(DocumentContent.Part part, MatchBatch batch) {
    if (options.scoresImages() == false && ImageAsText.is(part.text())) {
      scores.failed(part.position(), part.document() + "[" + part.name() + "] " + ImageAsText.IS);
      return true;
    }
    try {
      InferenceInput input = content.decode(part);
      Set<String> known = window.digests().get(part.position());
      if (input instanceof InferenceInput.Image image
          && known.isEmpty() == false
          && known.contains(image.digest()) == false) {
        scores.stale(part.position());
      }
      batch.add(part.position(), input, part.document() + "[" + part.name() + "]");
    } catch (InferenceException e) {
      scores.failed(part.position(), e.getMessage());
    }
    return false;
  }
}
