package org.sightline.plugin.app;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.get.GetResponse;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.action.support.ThreadedActionListener;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.cache.Cache;
import org.elasticsearch.common.cache.CacheBuilder;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.common.util.concurrent.ThrottledTaskRunner;
import org.elasticsearch.common.xcontent.support.XContentMapValues;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.tasks.TaskCancelledException;
import org.sightline.query.InferenceErrors;
import org.sightline.runtime.encoded.EncodedImages;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.Thumbnail;
import org.sightline.runtime.inference.Digest;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.limits.HeapAccount;

/**
 * Reads pictures of documents with the rights of whoever asks, and makes thumbnails of them. A
 * thumbnail that was made is kept by its picture's digest, for everybody who may read that picture.
 * As many are made at once as there are places, and a bounded number waits; the heap account is
 * asked before a picture is read and before it is decoded. Thread-safe.
 */
final class Thumbnails {
  private static final int MAX_WAITING = 512;

  /** Of a document's source: itself, its field as text, and the decoded picture. */
  private static final int COPIES_OF_SOURCE = 3;

  /** Heap of an entry of the cache beside the picture. */
  private static final int ENTRY_BYTES = 300;

  /** Hexadecimal digits of the digest that stand in a version. */
  private static final int VERSION_DIGITS = 40;

  /**
   * @param version of the thumbnail; another picture or size has another one
   * @param jpeg null where whoever asks has that version
   */
  record Answer(String version, byte[] jpeg) {}

  private final ImageDecoder decoder;
  private final long maxBytes;
  private final long cacheBytes;
  private final HeapAccount heap;
  private final Executor executor;
  private final ThreadContext threadContext;
  private final ThrottledTaskRunner places;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Cache<String, byte[]> made;

  /**
   * @param maxBytes largest encoded picture
   * @param cacheBytes heap for thumbnails, 0 for none
   * @param atOnce pictures that are read and decoded at the same time
   * @param executor where they are decoded
   */
  Thumbnails(
      ImageDecoder decoder,
      long maxBytes,
      long cacheBytes,
      int atOnce,
      HeapAccount heap,
      Executor executor,
      ThreadContext threadContext) {
    this.decoder = decoder;
    this.maxBytes = maxBytes;
    this.cacheBytes = cacheBytes;
    this.heap = heap;
    this.executor = executor;
    this.threadContext = threadContext;
    this.places = new ThrottledTaskRunner("sightline_thumbnails", atOnce, executor);
    this.made =
        CacheBuilder.<String, byte[]>builder()
            .setMaximumWeight(cacheBytes)
            .weigher((version, jpeg) -> weight(jpeg))
            .removalListener(removed -> heap.add(-weight(removed.getValue())))
            .build();
  }

  private static long weight(byte[] jpeg) {
    return jpeg.length + ENTRY_BYTES;
  }

  /**
   * Answers with a thumbnail. The document is read in the thread context of this call.
   *
   * @param known whether whoever asks has that version
   * @param wanted whether somebody still waits; asked when it is this request's turn
   * @param listener fails with 404 where there is no such document, field or offset, with 400 where
   *     it holds no picture, with 429 where too many wait or heap is short
   */
  void get(
      ThumbnailRequest request,
      Predicate<String> known,
      BooleanSupplier wanted,
      Client client,
      ActionListener<Answer> listener) {
    if (waiting.incrementAndGet() > MAX_WAITING) {
      waiting.decrementAndGet();
      listener.onFailure(
          new EsRejectedExecutionException(
              MAX_WAITING + " thumbnails wait already, ask again later"));
      return;
    }
    ActionListener<Releasable> turn =
        ActionListener.wrap(
            place -> {
              waiting.decrementAndGet();
              ActionListener<Answer> leaving = ActionListener.releaseBefore(place, listener);
              if (wanted.getAsBoolean()) {
                ActionListener.run(leaving, l -> fetch(request, known, client, l));
              } else {
                leaving.onFailure(new TaskCancelledException("nobody waits for the thumbnail"));
              }
            },
            rejection -> {
              waiting.decrementAndGet();
              listener.onFailure(rejection);
            });
    // a place may be given by a thread that has just served another user
    places.enqueueTask(ContextPreservingActionListener.wrapPreservingContext(turn, threadContext));
  }

  private void fetch(
      ThumbnailRequest request,
      Predicate<String> known,
      Client client,
      ActionListener<Answer> listener) {
    ActionListener<GetResponse> make =
        listener.map(
            document -> {
              try {
                return answer(request, known, document);
              } catch (InferenceException e) {
                throw InferenceErrors.toElasticsearch(e);
              }
            });
    client.get(request.toGet(), new ThreadedActionListener<>(executor, make));
  }

  private Answer answer(ThumbnailRequest request, Predicate<String> known, GetResponse document) {
    if (document.isExists() == false) {
      throw new ResourceNotFoundException(
          "index [{}] has no document [{}]", request.index(), request.id());
    }
    byte[] picture = picture(request, document);
    String version = Digest.sha256(picture).substring(0, VERSION_DIGITS) + "-" + request.size();
    if (known.test(version)) {
      return new Answer(version, null);
    }
    byte[] kept = made.get(version);
    return new Answer(version, kept == null ? make(request, picture, version) : kept);
  }

  private byte[] picture(ThumbnailRequest request, GetResponse document) {
    long bytes =
        document.isSourceEmpty()
            ? 0
            : (long) COPIES_OF_SOURCE * document.getSourceAsBytesRef().length();
    heap.take(bytes);
    try {
      Object value =
          document.isSourceEmpty()
              ? null
              : XContentMapValues.extractValue(request.field(), document.getSourceAsMap());
      List<?> values =
          value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
      if (request.offset() >= values.size()) {
        throw new ResourceNotFoundException(
            "{} has {} pictures, asked for that at offset {}",
            request.name(),
            values.size(),
            request.offset());
      }
      return encoded(request, values.get(request.offset()));
    } finally {
      heap.add(-bytes);
    }
  }

  private byte[] encoded(ThumbnailRequest request, Object value) {
    if (value instanceof byte[] bytes) {
      return bytes; // as documents in CBOR and Smile have them
    }
    if (value instanceof String text) {
      return EncodedImages.fromText(request.field(), text, maxBytes);
    }
    String got = value instanceof Map ? "object" : value.getClass().getSimpleName();
    throw InferenceException.invalid(request.name() + " must be a base64 image, got [" + got + "]");
  }

  private byte[] make(ThumbnailRequest request, byte[] picture, String version) {
    byte[] jpeg;
    try (Thumbnail thumbnail = Thumbnail.open(decoder, picture, request.size())) {
      long bytes = thumbnail.workingBytes();
      heap.take(bytes);
      try {
        jpeg = thumbnail.jpeg();
      } finally {
        heap.add(-bytes);
      }
    } catch (InferenceException e) {
      if (e.kind() != InferenceException.Kind.INVALID_INPUT) {
        throw e;
      }
      throw InferenceException.invalid(request.name() + " " + e.getMessage());
    }
    keep(version, jpeg);
    return jpeg;
  }

  /** One larger than the whole cache would empty it. */
  private void keep(String version, byte[] jpeg) {
    if (weight(jpeg) <= cacheBytes) {
      heap.add(weight(jpeg));
      made.put(version, jpeg);
    }
  }
}
