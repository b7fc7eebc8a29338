package org.sightline.query.match;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.common.logging.HeaderWarning;
import org.elasticsearch.common.util.concurrent.ThrottledIterator;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.core.Releasables;
import org.elasticsearch.threadpool.ThreadPool;
import org.sightline.query.InferenceCalls;
import org.sightline.query.InferenceErrors;
import org.sightline.query.QueryServices;
import org.sightline.query.input.InputSource;
import org.sightline.query.task.RunningSearch;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchStats;
import org.sightline.runtime.inference.Purpose;

/**
 * One rerank: the first stage's search, then scores by digest where there are digests, then scores
 * by content for the others. Content is fetched in chunks of {@value
 * WindowContent#IMAGES_AT_A_TIME} images, {@value #CHUNKS_AT_A_TIME} of which are under way, so
 * that one is fetched while the other is matched. Memory is bounded by the images of these chunks
 * (their base64 in a response, then their bytes), whatever the window.
 *
 * <p>Until content is fetched one step follows the other, so fields that are written before need no
 * lock; what chunks write is thread-safe.
 */
final class Rerank {
  /** Chunks of content that are under way at once. */
  static final int CHUNKS_AT_A_TIME = 2;

  /** Digests in one request. */
  static final int DIGESTS_AT_A_TIME = 256;

  private final MatchOptions options;
  private final Float minScore;
  private final QueryServices services;
  private final RunningSearch running;
  private final WindowSearches searches;
  private final RerankTrace trace = new RerankTrace();
  private final RerankSteps steps;
  private final FetchBudget.Share fetches;

  private Window window;
  private WindowScores scores;
  private WindowContent content;
  private InferenceInput query;
  private Deadline deadline;

  /** Positions that must be scored by content. */
  private final List<Integer> remaining = new ArrayList<>();

  /** How many of them were read. */
  private final AtomicInteger read = new AtomicInteger();

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
    this.fetches = services.fetches().share();
    ThreadPool threads = searches.client().threadPool();
    this.running = RunningSearch.of(threads.getThreadContext());
    this.steps =
        new RerankSteps(
            options.allowRerankFailures(),
            threads.executor(ThreadPool.Names.SEARCH_COORDINATION),
            this::ended,
            listener);
  }

  void run() {
    searches.fetchWindow(steps.then(this::onWindow));
  }

  private void onWindow(Window found) {
    trace.firstStageEnds();
    window = found;
    scores = new WindowScores(window.docs().length, options.scoreMode());
    content = new WindowContent(options, services.maxImageBytes(), searches, window, scores);
    if (window.docs().length == 0) {
      steps.reranked(RankedWindow.empty());
      return;
    }
    steps.fork(
        steps.then(ignored -> scoreByDigest(0)),
        () -> {},
        listener -> {
          query = decodeQuery();
          deadline = running.deadline(services.inferenceTimeout());
          listener.onResponse(null);
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
    for (; next < window.docs().length; next++) {
      Set<String> known = window.digests().get(next);
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
    match(batch, steps.then(ignored -> scoreByDigest(nextFrom)));
  }

  /** Fetches and scores the remaining documents, where their indices keep what is scored. */
  private void scoreByContent() {
    content.requireKept(remaining);
    if (content.lost().isEmpty() == false) {
      boolean all = content.lost().documents() == remaining.size();
      rerankFailed(content.lost().failure(window.docs().length, all));
      return;
    }
    Iterator<List<Integer>> chunks = content.chunks(List.copyOf(remaining));
    ActionListener<Void> others =
        steps.then(
            ignored ->
                ThrottledIterator.run(
                    chunks,
                    this::scoreChunk,
                    CHUNKS_AT_A_TIME,
                    () -> steps.then(all -> finish()).onResponse(null)));
    if (chunks.hasNext() && content.knowsPartsOf(remaining.get(0)) == false) {
      // alone, because how much is in it is a guess that it corrects
      scoreChunk(() -> others.onResponse(null), chunks.next());
    } else {
      others.onResponse(null);
    }
  }

  /**
   * Fetches some documents and scores them.
   *
   * @param ended closed once, when no content of the chunk is in memory any more, also when the
   *     chunk fails
   */
  private void scoreChunk(Releasable ended, List<Integer> chunk) {
    FetchBudget.Hold heap = fetches.open();
    ActionListener.run(
        ActionListener.releaseAfter(steps.<Void>then(ignored -> {}), Releasables.wrap(heap, ended)),
        done -> scoreDocuments(chunk, heap, done));
  }

  /** Fetches and scores as many documents as there is heap for, then the others. */
  private void scoreDocuments(
      List<Integer> chunk, FetchBudget.Hold heap, ActionListener<Void> done) {
    ActionListener<Integer> charged =
        done.delegateFailureAndWrap(
            (listener, count) -> {
              if (steps.areOver()) {
                listener.onResponse(null);
                return;
              }
              running.ensureNotCancelled();
              List<Integer> others = chunk.subList(count, chunk.size());
              fetch(
                  chunk.subList(0, count),
                  heap,
                  others.isEmpty()
                      ? listener
                      : listener.delegateFailureAndWrap(
                          (l, ignored) -> scoreDocuments(others, heap, l)));
            });
    heap.expect(
        chunk.size(), charged.delegateResponse((l, failure) -> rerankFailed(failure, done)));
  }

  private void fetch(List<Integer> chunk, FetchBudget.Hold heap, ActionListener<Void> done) {
    long start = System.nanoTime();
    ActionListener<SearchResponse> fetched =
        done.delegateFailureAndWrap(
            (listener, response) -> {
              services.rerankFetched(chunk.size(), Duration.ofNanos(System.nanoTime() - start));
              response.mustIncRef();
              steps.fork(listener, response::decRef, l -> score(chunk, response, heap, l));
            });
    searches.fetchField(
        chunk.stream().map(position -> window.docs()[position]).toList(),
        options.digestPath(),
        // only what the search reports comes this way
        fetched.delegateResponse((l, failure) -> rerankFailed(failure, done)));
  }

  private void score(
      List<Integer> chunk,
      SearchResponse response,
      FetchBudget.Hold heap,
      ActionListener<Void> done) {
    if (heap.arrived(response.getHits().getHits()) == false) {
      // larger than expected: once more, as many as there is heap for now
      scoreDocuments(chunk, heap, done);
      return;
    }
    Deque<DocumentContent.Part> parts = content.read(chunk, response);
    trace.fetchEnds(chunk.size());
    boolean all = read.addAndGet(chunk.size()) == remaining.size();
    if (content.lost().isEmpty()) {
      scoreParts(parts, done);
    } else {
      rerankFailed(content.lost().failure(window.docs().length, all), done);
    }
  }

  /** Decodes and scores as many parts as may be in memory, then the others. */
  private void scoreParts(Deque<DocumentContent.Part> parts, ActionListener<Void> done) {
    if (steps.areOver()) {
      done.onResponse(null);
      return;
    }
    MatchBatch batch = content.decode(parts);
    trace.decodeEnds(batch.documents());
    ActionListener<Void> further =
        parts.isEmpty()
            ? done
            : done.delegateFailureAndWrap(
                (listener, ignored) -> steps.fork(listener, () -> {}, l -> scoreParts(parts, l)));
    if (batch.isEmpty()) {
      further.onResponse(null);
    } else {
      match(batch, further);
    }
  }

  private void match(MatchBatch batch, ActionListener<Void> done) {
    running.ensureNotCancelled();
    ActionListener<MatchResponse> recorded =
        done.delegateFailureAndWrap(
            (listener, response) -> {
              trace.matchEnds(response.stats());
              InferenceException failure = batch.record(response, options, scores, remaining);
              if (failure == null) {
                listener.onResponse(null);
              } else {
                rerankFailed(InferenceErrors.toElasticsearch(failure), listener);
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
              rerankFailed(failure, done);
            }));
  }

  private void finish() {
    steps.reranked(
        RankedWindow.reranked(window.docs(), scores.best(), options.scoreMode(), minScore));
  }

  private void rerankFailed(Exception failure, ActionListener<Void> done) {
    rerankFailed(failure);
    done.onResponse(null);
  }

  private void rerankFailed(Exception failure) {
    steps.rerankFailed(window.docs(), failure);
  }

  /** Tells the user, the node and the profile of the end. */
  private void ended(RerankReport.Outcome outcome, Exception failure) {
    switch (outcome) {
      case RERANKED -> scores.warn(options, searches.digestField());
      case FIRST_STAGE ->
          HeaderWarning.addWarning(
              "[{}] could not rerank, documents are in the order of the first stage: {}",
              ImageTextMatchRetrieverBuilder.NAME,
              failure.getMessage());
      case FAILED -> {}
    }
    RerankReport report =
        trace.report(
            options,
            scores == null ? null : scores.best(),
            outcome,
            failure == null ? null : failure.getMessage());
    services.reranked(report);
    if (outcome != RerankReport.Outcome.FAILED) {
      running.profile(() -> RerankTrace.profile(report));
    }
  }
}
