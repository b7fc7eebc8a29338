package org.sightline.plugin.app;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.imageio.ImageIO;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.get.GetRequest;
import org.elasticsearch.action.get.GetResponse;
import org.elasticsearch.action.support.PlainActionFuture;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.index.get.GetResult;
import org.elasticsearch.index.seqno.SequenceNumbers;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.test.client.NoOpClient;
import org.elasticsearch.threadpool.TestThreadPool;
import org.elasticsearch.threadpool.ThreadPool;
import org.junit.After;
import org.junit.Before;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.limits.HeapAccount;

public class ThumbnailsTests extends ESTestCase {
  private static final int PLACES = 2;
  private static final int CACHE_BYTES = 1 << 20;

  /** 16 by 16 pixels. */
  private static final String PICTURE =
      "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQMAAAAlPW0iAAAABlBMVEX////dLkSqJfm4AAAALUlEQVR42mNgYGCw"
          + "sWGoq2P4/x+B6v+BkP0fBvkfDPwfGNgfMDAfYGBsAKoFANEFEeNWKhIaAAAAAElFTkSuQmCC";

  private static final String USER = "user";

  /** Documents are given to whoever asks, or held back. */
  private final class Documents extends NoOpClient {
    private final Queue<Runnable> held = new ConcurrentLinkedQueue<>();
    private final Queue<String> users = new ConcurrentLinkedQueue<>();
    private volatile String source;
    private volatile boolean hold;

    Documents(ThreadPool threadPool) {
      super(threadPool);
    }

    @Override
    @SuppressWarnings("unchecked")
    protected <Q extends ActionRequest, R extends ActionResponse> void doExecute(
        ActionType<R> action, Q request, ActionListener<R> listener) {
      GetRequest get = (GetRequest) request;
      users.add(String.valueOf(threadPool().getThreadContext().getHeader(USER)));
      assertArrayEquals(new String[] {"photo"}, get.fetchSourceContext().includes());
      BytesReference bytes = source == null ? null : new BytesArray(source);
      boolean exists = bytes != null;
      long sequence = exists ? 0 : SequenceNumbers.UNASSIGNED_SEQ_NO;
      long term = exists ? 1 : SequenceNumbers.UNASSIGNED_PRIMARY_TERM;
      GetResult result =
          new GetResult("photos", get.id(), sequence, term, 1, exists, bytes, null, null);
      Runnable answer = () -> listener.onResponse((R) new GetResponse(result));
      if (hold) {
        held.add(answer);
      } else {
        answer.run();
      }
    }
  }

  private final AtomicLong taken = new AtomicLong();
  private volatile boolean heapIsShort;
  private ThreadPool threadPool;
  private Documents documents;
  private Thumbnails thumbnails;

  @Before
  public void start() {
    threadPool = new TestThreadPool(getTestName());
    documents = new Documents(threadPool);
    documents.source = "{\"photo\":\"" + PICTURE + "\"}";
    thumbnails = thumbnails(CACHE_BYTES);
  }

  @After
  public void stop() {
    ThreadPool.terminate(threadPool, 10, TimeUnit.SECONDS);
  }

  private Thumbnails thumbnails(long cacheBytes) {
    HeapAccount heap =
        new HeapAccount() {
          @Override
          public void take(long bytes) {
            if (heapIsShort) {
              throw new InferenceException(InferenceException.Kind.OVERLOADED, "no heap");
            }
            taken.addAndGet(bytes);
          }

          @Override
          public void add(long bytes) {
            taken.addAndGet(bytes);
          }
        };
    return new Thumbnails(
        new ImageDecoder(1 << 20, 1_000_000, 1 << 24),
        1 << 20,
        cacheBytes,
        PLACES,
        heap,
        threadPool.generic(),
        threadPool.getThreadContext());
  }

  private static ThumbnailRequest request(String id, int offset) {
    return new ThumbnailRequest("photos", id, null, "photo", offset, 128);
  }

  private PlainActionFuture<Thumbnails.Answer> ask(String id, int offset, String known) {
    PlainActionFuture<Thumbnails.Answer> answer = new PlainActionFuture<>();
    thumbnails.get(
        request(id, offset), version -> version.equals(known), () -> true, documents, answer);
    return answer;
  }

  private Thumbnails.Answer get(int offset) {
    return ask("1", offset, null).actionGet(30, TimeUnit.SECONDS);
  }

  private void assertRefused(RestStatus status, String message, int offset) {
    ExecutionException e =
        expectThrows(
            ExecutionException.class, () -> ask("1", offset, null).get(30, TimeUnit.SECONDS));
    assertEquals(message, e.getCause().getMessage());
    assertEquals(status, ExceptionsHelper.status(e.getCause()));
  }

  public void testMakesAJpeg() throws Exception {
    Thumbnails.Answer answer = get(0);
    assertEquals(
        16,
        ImageIO.read(ImageIO.createImageInputStream(new ByteArrayInputStream(answer.jpeg())))
            .getWidth());
    assertEquals((byte) 0xFF, answer.jpeg()[0]);
    assertEquals((byte) 0xD8, answer.jpeg()[1]);
  }

  public void testListsAndDataUris() {
    documents.source = "{\"photo\":[\"AAAA\",\"data:image/png;base64," + PICTURE + "\"]}";
    assertNotNull(get(1).jpeg());
    assertRefused(
        RestStatus.BAD_REQUEST,
        "document [1] of [photos]: [photo] is not an image: 3 bytes, expected one of JPEG, PNG,"
            + " GIF, BMP, WebP, TIFF",
        0);
    assertRefused(
        RestStatus.NOT_FOUND,
        "document [1] of [photos]: [photo] has 2 pictures, asked for that at offset 2",
        2);
  }

  public void testWhatIsNoPictureIsNamed() {
    documents.source = "{\"photo\":{\"a\":1}}";
    assertRefused(
        RestStatus.BAD_REQUEST,
        "document [1] of [photos]: [photo] must be a base64 image, got [object]",
        0);
    documents.source = "{}";
    assertRefused(
        RestStatus.NOT_FOUND,
        "document [1] of [photos]: [photo] has 0 pictures, asked for that at offset 0",
        0);
    documents.source = null;
    assertRefused(RestStatus.NOT_FOUND, "index [photos] has no document [1]", 0);
  }

  public void testAKnownVersionIsNotSentAgain() {
    String version = get(0).version();
    assertNull(ask("1", 0, version).actionGet().jpeg());
    documents.source = "{\"photo\":\"" + PICTURE.replace("////dLkS", "////dLkQ") + "\"}";
    assertNotEquals(version, ask("1", 0, version).actionGet().version());
  }

  public void testKeepsWhatWasMadeAndCountsIt() {
    byte[] first = get(0).jpeg();
    assertSame(first, get(0).jpeg());
    assertEquals(first.length + 300, taken.get());
    thumbnails = thumbnails(0);
    taken.set(0);
    assertNotSame(get(0).jpeg(), get(0).jpeg());
    assertEquals(0, taken.get());
  }

  public void testIsRefusedWhereHeapIsShort() {
    heapIsShort = true;
    assertRefused(RestStatus.TOO_MANY_REQUESTS, "no heap", 0);
    assertEquals(0, taken.get());
    heapIsShort = false;
    assertNotNull(get(0).jpeg());
  }

  public void testOnlySoManyAreReadAtOnceAndWait() throws Exception {
    documents.hold = true;
    List<PlainActionFuture<Thumbnails.Answer>> answers = new ArrayList<>();
    for (int i = 0; i < PLACES; i++) {
      answers.add(ask("1", 0, null));
    }
    assertBusy(() -> assertEquals(PLACES, documents.held.size()));
    for (int i = 0; i < 512; i++) {
      answers.add(ask("1", 0, null));
    }
    assertRefused(RestStatus.TOO_MANY_REQUESTS, "512 thumbnails wait already, ask again later", 0);
    assertEquals(PLACES, documents.held.size());
    documents.hold = false;
    documents.held.forEach(Runnable::run);
    for (PlainActionFuture<Thumbnails.Answer> answer : answers) {
      assertNotNull(answer.actionGet(30, TimeUnit.SECONDS).jpeg());
    }
  }

  public void testWhoeverLeftIsNotServed() {
    PlainActionFuture<Thumbnails.Answer> answer = new PlainActionFuture<>();
    thumbnails.get(request("1", 0), version -> false, () -> false, documents, answer);
    expectThrows(TaskCancelledException.class, () -> answer.actionGet(30, TimeUnit.SECONDS));
    assertTrue(documents.users.isEmpty());
  }

  /** A place that becomes free is given on by the thread of another user. */
  public void testEachDocumentIsReadAsItsUser() throws Exception {
    documents.hold = true;
    List<PlainActionFuture<Thumbnails.Answer>> answers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      try (var ignored = threadPool.getThreadContext().stashContext()) {
        threadPool.getThreadContext().putHeader(USER, "user-" + i);
        answers.add(ask("1", 0, null));
      }
    }
    while (answers.stream().anyMatch(answer -> answer.isDone() == false)) {
      Runnable next = documents.held.poll();
      if (next != null) {
        next.run();
      }
      Thread.onSpinWait();
    }
    assertEquals(
        20, documents.users.stream().distinct().filter(u -> u.startsWith("user-")).count());
    assertEquals(20, documents.users.size());
  }

  public void testParametersAreBounded() {
    for (int size : List.of(15, 513)) {
      IllegalArgumentException e =
          expectThrows(
              IllegalArgumentException.class,
              () -> new ThumbnailRequest("photos", "1", null, "photo", 0, size));
      assertEquals("[size] must be from 16 to 512 pixels, got [" + size + "]", e.getMessage());
    }
    IllegalArgumentException negative =
        expectThrows(IllegalArgumentException.class, () -> request("1", -1));
    assertEquals("[offset] must not be negative, got [-1]", negative.getMessage());
    IllegalArgumentException missing =
        expectThrows(
            IllegalArgumentException.class,
            () -> new ThumbnailRequest("photos", "1", null, " ", 0, 128));
    assertEquals(
        "[field] is missing: the path of the picture in the document, such as [photo]",
        missing.getMessage());
  }
}
