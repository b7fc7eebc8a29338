package org.sightline.query.match;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRunnable;
import org.elasticsearch.common.logging.HeaderWarning;
import org.elasticsearch.core.CheckedConsumer;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.core.Strings;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.rank.RankDoc;
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
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.MatchStats;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;

/**
 * One rerank: the first stage's search, then scores by digest where there are digests, then scores
 * by content, a few documents at a time, so that memory is bounded by {@value #IMAGES_AT_A_TIME}
 * images (their base64 in a response, and their bytes) whatever the window. One step follows the
 * other, so the fields need no lock; a step runs on whichever thread completed the one before,
 * except decoding, which is work for a search coordination thread.
 */
final class Rerank {
  /** Documents whose images are in memory at once. */
  static final int IMAGES_AT_A_TIME = 16;

  /** Documents whose texts are in memory at once. */
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

  private RankDoc[] docs;
  private String[] digests;
  private MatchScore[] scores;
  private InferenceInput query;
  private Deadline deadline;

  /** Positions that must be scored by content. */
  private final List<Integer> remaining = new ArrayList<>();

  private int documentsWithoutContent;
  private int failedDocuments;
  private String firstFailure;

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
    scores = new MatchScore[docs.length];
    if (docs.length == 0) {
      end(new RankedWindow(docs, docs, true), RerankReport.Outcome.RERANKED, null);
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

  /** Scores the documents from a position on whose digest is known; the others remain. */
  private void scoreByDigest(int from) {
    List<Integer> positions = new ArrayList<>();
    List<InferenceInput> references = new ArrayList<>();
    int next = from;
    for (; next < docs.length && references.size() < DIGESTS_AT_A_TIME; next++) {
      if (digests[next] == null) {
        remaining.add(next);
      } else {
        positions.add(next);
        references.add(InferenceInput.Image.reference(digests[next]));
      }
    }
    if (references.isEmpty()) {
      scoreByContent(0);
      return;
    }
    int nextFrom = next;
    match(new Batch(positions, references, null), () -> scoreByDigest(nextFrom));
  }

  /** Fetches and scores the remaining documents from an index into that list on. */
  private void scoreByContent(int from) {
    running.ensureNotCancelled();
    if (from >= remaining.size()) {
      finish();
      return;
    }
    int size = options.scoresImages() ? IMAGES_AT_A_TIME : TEXTS_AT_A_TIME;
    List<Integer> chunk =
        List.copyOf(remaining.subList(from, Math.min(remaining.size(), from + size)));
    long start = System.nanoTime();
    searches.fetchField(
        chunk.stream().map(position -> docs[position]).toList(),
        options.field(),
        then(
            response -> {
              services.rerankFetched(chunk.size(), Duration.ofNanos(System.nanoTime() - start));
              response.mustIncRef();
              onCoordinationThread(
                  response::decRef,
                  () ->
                      scoreHits(
                          chunk, response.getHits().getHits(), () -> scoreByContent(from + size)));
            }));
  }

  private void scoreHits(List<Integer> chunk, SearchHit[] hits, Runnable next) {
    Map<RankDoc.RankKey, SearchHit> hitByPlace = new HashMap<>();
    for (SearchHit hit : hits) {
      hitByPlace.put(Window.key(hit), hit);
    }
    DocumentContent content =
        new DocumentContent(options.field(), options.scoresImages(), services.maxImageBytes());
    List<Integer> positions = new ArrayList<>();
    List<InferenceInput> inputs = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int position : chunk) {
      SearchHit hit = hitByPlace.get(Window.key(docs[position]));
      try {
        InferenceInput input = hit == null ? null : content.read(hit);
        if (input == null) {
          documentsWithoutContent++;
        } else {
          positions.add(position);
          inputs.add(input);
          names.add(content.name(hit));
        }
      } catch (InferenceException e) {
        documentFailed(e.getMessage());
      }
    }
    trace.fetchEnds(chunk.size(), inputs.size());
    if (inputs.isEmpty()) {
      next.run();
    } else {
      match(new Batch(positions, inputs, names), next);
    }
  }

  /**
   * What one request asks.
   *
   * @param names of the documents for messages, null when they are asked for by digest
   */
  private record Batch(List<Integer> positions, List<InferenceInput> inputs, List<String> names) {}

  private void match(Batch batch, Runnable next) {
    running.ensureNotCancelled();
    ActionListener<MatchResponse> recorded =
        then(
            response -> {
              trace.matchEnds(response.stats());
              InferenceException failure = record(batch, response);
              if (failure == null) {
                next.run();
              } else {
                inferenceFailed(InferenceErrors.toElasticsearch(failure));
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
              inferenceFailed(failure);
            }));
  }

  /**
   * Keeps the scores. What is wrong with a document is that document's failure; anything else, such
   * as a full queue, is a failure of the whole even when only some inputs met it, since half an
   * order would look like a whole one.
   *
   * @return the failure of the whole, or null
   */
  private InferenceException record(Batch batch, MatchResponse response) {
    List<InferenceInput> inputs = batch.inputs();
    if (response.results().size() != inputs.size()) {
      return new InferenceException(
          InferenceException.Kind.INTERNAL,
          Strings.format(
              "model [%s] answered [%d] scores for [%d] inputs",
              options.modelId(), response.results().size(), inputs.size()));
    }
    for (int i = 0; i < inputs.size(); i++) {
      int position = batch.positions().get(i);
      switch (response.results().get(i)) {
        case Outcome.Success<MatchScore> success -> {
          if (Double.isFinite(options.scoreMode().evidence(success.value())) == false) {
            return new InferenceException(
                InferenceException.Kind.INTERNAL,
                "model [" + options.modelId() + "] gave a score that is no number");
          }
          scores[position] = success.value();
        }
        case Outcome.Failure<MatchScore> failure -> {
          InferenceException error = failure.error();
          if (batch.names() == null && error.kind() == InferenceException.Kind.IMAGE_REQUIRED) {
            remaining.add(position);
          } else if (error.kind() == InferenceException.Kind.INVALID_INPUT) {
            String name = batch.names() == null ? "a document" : batch.names().get(i);
            documentFailed(name + " " + error.getMessage());
          } else {
            return error;
          }
        }
      }
    }
    return null;
  }

  private void documentFailed(String reason) {
    failedDocuments++;
    if (firstFailure == null) {
      firstFailure = reason;
    }
  }

  private void finish() {
    RankedWindow ranked = RankedWindow.reranked(docs, scores, options.scoreMode(), minScore);
    if (failedDocuments > 0) {
      HeaderWarning.addWarning(
          "[{}] could not score [{}] of [{}] documents, they are ranked last; the first: {}",
          ImageTextMatchRetrieverBuilder.NAME,
          failedDocuments,
          docs.length,
          firstFailure);
    }
    if (documentsWithoutContent == docs.length) {
      // some without are normal; all without is likely a misspelt field
      HeaderWarning.addWarning(
          "[{}] could not rerank, none of [{}] documents has [{}] in its _source",
          ImageTextMatchRetrieverBuilder.NAME,
          docs.length,
          options.field());
    }
    end(ranked, RerankReport.Outcome.RERANKED, null);
  }

  private void inferenceFailed(Exception failure) {
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
    RerankReport report = trace.report(options, scores, outcome, failure);
    services.reranked(report);
    running.profile(() -> RerankTrace.profile(report));
    listener.onResponse(ranked);
  }

  private void failed(ActionListener<RankedWindow> whoAsked, Exception failure) {
    services.reranked(
        trace.report(options, scores, RerankReport.Outcome.FAILED, failure.getMessage()));
    whoAsked.onFailure(failure);
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
