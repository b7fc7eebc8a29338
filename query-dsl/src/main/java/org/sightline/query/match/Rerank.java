package org.sightline.query.match;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRunnable;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.common.logging.HeaderWarning;
import org.elasticsearch.core.CheckedConsumer;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.rank.RankDoc;
import org.elasticsearch.threadpool.ThreadPool;
import org.sightline.query.InferenceCalls;
import org.sightline.query.InferenceErrors;
import org.sightline.query.QueryServices;
import org.sightline.query.input.InputSource;
import org.sightline.query.task.RunningSearch;
import org.sightline.runtime.encoded.ImageAsText;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.MatchStats;
import org.sightline.runtime.inference.Purpose;

/**
 * One rerank: the first stage's search, then scores by digest where there are digests, then scores
 * by content, a few documents at a time, so that memory is bounded by {@value #IMAGES_AT_A_TIME}
 * images (their base64 in a response, and their bytes), or those of one document, whatever the
 * window. How many images a document has, its digests tell; without digests, it is taken to have as
 * many as the fullest one of the fetch before.
 *
 * <p>One step follows the other, so the fields need no lock; a step runs on whichever thread
 * completed the one before, except decoding, which is work for a search coordination thread.
 */
final class Rerank {
  /** Images that are in memory at once, unless one document has more. */
  static final int IMAGES_AT_A_TIME = 16;

  /** Texts that are in memory at once, unless one document has more. */
  static final int TEXTS_AT_A_TIME = 64;

  /** Digests in one request. */
  static final int DIGESTS_AT_A_TIME = 256;

  private final MatchOptions options;
  private final Float minScore;
  private final QueryServices services;
  private final RunningSearch running;
  private final WindowSearches searches;
  private final ActionListener<RankedWindow> listener;
  private final RerankTrace trace = new RerankTrace();
  private final DocumentContent content;
  private final LostContent lost;

  private RankDoc[] docs;
  private List<Set<String>> digests;
  private List<String> indices;
  private WindowScores scores;
  private InferenceInput query;
  private Deadline deadline;

  /** Positions that must be scored by content. */
  private final List<Integer> remaining = new ArrayList<>();

  /** Most images or texts of a document in the last fetch. */
  private int mostParts = 1;

  /**
   * @param listener called once, on any thread, after {@link #run()}
   */
  Rerank(
      MatchOptions options,
      Float minScore,
      QueryServices services,
      WindowSearches searches,
      ActionListener<RankedWindow> listener) {
    this.options = options;
    this.minScore = minScore;
    this.services = services;
    this.searches = searches;
    this.content =
        new DocumentContent(searches.field(), options.scoresImages(), services.maxImageBytes());
    this.lost = new LostContent(options);
    this.running = RunningSearch.of(searches.client().threadPool().getThreadContext());
    this.listener = ActionListener.notifyOnce(listener.delegateResponse(this::failed));
  }

  void run() {
    searches.fetchWindow(then(this::onWindow));
  }

  private void onWindow(Window window) {
    trace.firstStageEnds();
    docs = window.docs();
    digests = window.digests();
    indices = window.indices();
    scores = new WindowScores(docs.length, options.scoreMode());
    if (docs.length == 0) {
      end(RankedWindow.empty(), RerankReport.Outcome.RERANKED, null);
      return;
    }
    onCoordinationThread(
        () -> {},
        () -> {
          query = decodeQuery();
          deadline = running.deadline(services.inferenceTimeout());
          scoreByDigest(0);
        });
  }

  private InferenceInput decodeQuery() {
    try {
      return switch (options.query()) {
        case InputSource.Text text -> text.toInference("input");
        case InputSource.Image image -> image.toInference("input", services.maxImageBytes());
        case InputSource.Document document ->
            throw new IllegalStateException("options do not admit a document");
      };
    } catch (InferenceException e) {
      throw (RuntimeException) InferenceErrors.toElasticsearch(e);
    }
  }

  /** Scores the documents from a position on whose digests are known; the others remain. */
  private void scoreByDigest(int from) {
    MatchBatch batch = new MatchBatch();
    int next = from;
    for (; next < docs.length; next++) {
      Set<String> known = digests.get(next);
      if (options.verifyDigests() || known.isEmpty() || known.size() > DocumentContent.MAX_PARTS) {
        remaining.add(next);
      } else if (batch.inputs().size() + known.size() > DIGESTS_AT_A_TIME) {
        break;
      } else {
        for (String digest : known) {
          batch.add(next, InferenceInput.Image.reference(digest), "a document");
        }
      }
    }
    if (batch.isEmpty()) {
      scoreByContent();
      return;
    }
    int nextFrom = next;
    match(batch, () -> scoreByDigest(nextFrom));
  }

  /** Fetches and scores the remaining documents, where their indices keep what is scored. */
  private void scoreByContent() {
    for (int position : remaining) {
      if (searches.field().isMissingIn(indices.get(position))) {
        lost.notKept(indices.get(position));
      }
    }
    if (lost.isEmpty()) {
      scoreByContent(0);
    } else {
      rerankFailed(lost.failure(docs.length, lost.documents() == remaining.size()));
    }
  }

  /** Fetches and scores the remaining documents from an index into that list on. */
  private void scoreByContent(int from) {
    running.ensureNotCancelled();
    if (from >= remaining.size()) {
      finish();
      return;
    }
    List<Integer> chunk = chunk(from);
    boolean last = from + chunk.size() == remaining.size();
    Runnable next = () -> scoreByContent(from + chunk.size());
    long start = System.nanoTime();
    ActionListener<SearchResponse> fetched =
        then(
            response -> {
              services.rerankFetched(chunk.size(), Duration.ofNanos(System.nanoTime() - start));
              response.mustIncRef();
              onCoordinationThread(
                  response::decRef,
                  () -> {
                    Deque<DocumentContent.Part> parts = parts(chunk, response);
                    if (lost.isEmpty()) {
                      scoreParts(parts, next);
                    } else {
                      rerankFailed(lost.failure(docs.length, last));
                    }
                  });
            });
    searches.fetchField(
        chunk.stream().map(position -> docs[position]).toList(),
        options.digestPath(),
        // only what the search reports comes this way
        fetched.delegateResponse((l, failure) -> rerankFailed(failure)));
  }

  private int partsAtATime() {
    return options.scoresImages() ? IMAGES_AT_A_TIME : TEXTS_AT_A_TIME;
  }

  /** The next remaining documents, at least one, that have no more parts than may be in memory. */
  private List<Integer> chunk(int from) {
    int parts = 0;
    int end = from;
    while (end < remaining.size()) {
      Set<String> known = digests.get(remaining.get(end));
      parts += known.isEmpty() ? mostParts : known.size();
      if (end > from && parts > partsAtATime()) {
        break;
      }
      end++;
    }
    return List.copyOf(remaining.subList(from, end));
  }

  /** The images or texts of all documents of a chunk, those of one document in a row. */
  private Deque<DocumentContent.Part> parts(List<Integer> chunk, SearchResponse response) {
    Map<RankDoc.RankKey, SearchHit> hitByPlace = new HashMap<>();
    for (SearchHit hit : response.getHits().getHits()) {
      hitByPlace.put(Window.key(hit), hit);
    }
    Deque<DocumentContent.Part> parts = new ArrayDeque<>();
    mostParts = 1;
    for (int position : chunk) {
      SearchHit hit = hitByPlace.get(Window.key(docs[position]));
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
        mostParts = Math.max(mostParts, found.size());
        parts.addAll(found);
      } catch (InferenceException e) {
        scores.failed(position, e.getMessage());
      }
    }
    trace.fetchEnds(chunk.size());
    return parts;
  }

  private boolean hasDigest(int position, SearchHit hit, Map<String, Object> source) {
    return digests.get(position).isEmpty() == false
        || searches.digests() != null
            && searches.digests().areInSource(hit, source, options.digestPath());
  }

  /** Decodes and scores as many parts as may be in memory, whole documents, then the others. */
  private void scoreParts(Deque<DocumentContent.Part> parts, Runnable next) {
    MatchBatch batch = new MatchBatch();
    int last = -1;
    boolean pictures = false;
    while (parts.isEmpty() == false
        && (batch.inputs().size() < partsAtATime() || parts.peek().position() == last)) {
      DocumentContent.Part part = parts.poll();
      last = part.position();
      pictures |= decode(part, batch);
    }
    if (pictures && batch.isEmpty() && scores.isEmpty()) {
      throw DocumentContent.pictureWithPictures(options.field());
    }
    trace.decodeEnds(batch.documents());
    Runnable further =
        parts.isEmpty()
            ? next
            : () -> onCoordinationThread(() -> {}, () -> scoreParts(parts, next));
    if (batch.isEmpty()) {
      further.run();
    } else {
      match(batch, further);
    }
  }

  /** Adds the part to the batch, or its failure to the scores; tells of a picture among texts. */
  private boolean decode(DocumentContent.Part part, MatchBatch batch) {
    if (options.scoresImages() == false && ImageAsText.is(part.text())) {
      scores.failed(part.position(), part.document() + "[" + part.name() + "] " + ImageAsText.IS);
      return true;
    }
    try {
      InferenceInput input = content.decode(part);
      Set<String> known = digests.get(part.position());
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

  private void match(MatchBatch batch, Runnable next) {
    running.ensureNotCancelled();
    ActionListener<MatchResponse> recorded =
        then(
            response -> {
              trace.matchEnds(response.stats());
              InferenceException failure = batch.record(response, options, scores, remaining);
              if (failure == null) {
                next.run();
              } else {
                rerankFailed(InferenceErrors.toElasticsearch(failure));
              }
            });
    InferenceCalls.start(
        () ->
            services
                .inference()
                .match(
                    new MatchRequest(
                        options.modelId(), query, batch.inputs(), Purpose.RERANK, deadline)),
        // only what inference itself reports comes this way, not what recording throws
        recorded.delegateResponse(
            (l, failure) -> {
              trace.matchEnds(MatchStats.NONE);
              rerankFailed(failure);
            }));
  }

  private void finish() {
    scores.warn(options, searches.digestField());
    end(
        RankedWindow.reranked(docs, scores.best(), options.scoreMode(), minScore),
        RerankReport.Outcome.RERANKED,
        null);
  }

  private void rerankFailed(Exception failure) {
    if (options.allowRerankFailures() == false) {
      listener.onFailure(failure);
      return;
    }
    HeaderWarning.addWarning(
        "[{}] could not rerank, documents are in the order of the first stage: {}",
        ImageTextMatchRetrieverBuilder.NAME,
        failure.getMessage());
    end(RankedWindow.firstStageOrder(docs), RerankReport.Outcome.FIRST_STAGE, failure.getMessage());
  }

  private void end(RankedWindow ranked, RerankReport.Outcome outcome, String failure) {
    RerankReport report = trace.report(options, best(), outcome, failure);
    services.reranked(report);
    running.profile(() -> RerankTrace.profile(report));
    listener.onResponse(ranked);
  }

  private void failed(ActionListener<RankedWindow> whoAsked, Exception failure) {
    services.reranked(
        trace.report(options, best(), RerankReport.Outcome.FAILED, failure.getMessage()));
    whoAsked.onFailure(failure);
  }

  /** Null before there is a window. */
  private MatchScore[] best() {
    return scores == null ? null : scores.best();
  }

  /** A step; what it throws fails the rerank. */
  private <T> ActionListener<T> then(CheckedConsumer<T, Exception> step) {
    return listener.delegateFailureAndWrap((ignored, value) -> step.accept(value));
  }

  private void onCoordinationThread(Releasable afterwards, Runnable step) {
    searches
        .client()
        .threadPool()
        .executor(ThreadPool.Names.SEARCH_COORDINATION)
        .execute(ActionRunnable.wrapReleasing(listener, afterwards, ignored -> step.run()));
  }
}
