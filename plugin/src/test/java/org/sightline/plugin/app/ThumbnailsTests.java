package org.sightline.plugin.app;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.PlainActionFuture;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.client.internal.FilterClient;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.test.ESSingleNodeTestCase;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.xcontent.XContentType;
import org.junit.Before;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.limits.HeapAccount;

public class ThumbnailsTests extends ESSingleNodeTestCase {
  private static final int PLACES = 2;
  private static final int CACHE_BYTES = 1 << 20;

  /** Heap of an entry of the cache beside its picture. */
  private static final int ENTRY_BYTES = 300;

  /** 16 by 16 pixels. */
  private static final String PICTURE =
      "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQMAAAAlPW0iAAAABlBMVEX////dLkSqJfm4AAAALUlEQVR42mNgYGCw"
          + "sWGoq2P4/x+B6v+BkP0fBvkfDPwfGNgfMDAfYGBsAKoFANEFEeNWKhIaAAAAAElFTkSuQmCC";

  private static final String USER = "user";

  /** The node's documents; requests can be held back, and it is noted whose they are. */
  private static final class Documents extends FilterClient {
    private final Queue<Runnable> held = new ConcurrentLinkedQueue<>();
    private final Queue<String> users = new ConcurrentLinkedQueue<>();
    private volatile boolean hold;

    Documents(Client node) {
      super(node);
    }

    @Override
    protected <Q extends ActionRequest, R extends ActionResponse> void doExecute(
        ActionType<R> action, Q request, ActionListener<R> listener) {
      users.add(String.valueOf(threadPool().getThreadContext().getHeader(USER)));
      Runnable send = () -> super.doExecute(action, request, listener);
      if (hold) {
        held.add(threadPool().getThreadContext().preserveContext(send));
      } else {
        send.run();
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
    documents = new Documents(client());
    threadPool = client().threadPool();
    thumbnails = thumbnails(CACHE_BYTES);
    createIndex(
        "photos",
        client().admin().indices().prepareCreate("photos").setMapping("{\"dynamic\":false}"));
    put("{\"photo\":\"" + PICTURE + "\"}");
  }

  private void put(String source) {
    client().prepareIndex("photos").setId("1").setSource(source, XContentType.JSON).get();
  }

  private void put(byte[] picture) {
    put("{\"photo\":\"" + Base64.getEncoder().encodeToString(picture) + "\"}");
  }

  /** A picture in one colour. */
  private static byte[] picture(String format, int width, int height, int colour)
      throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, colour);
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      assertTrue(format, ImageIO.write(image, format, out));
    }
    return bytes.toByteArray();
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
    return request(id, offset, 128);
  }

  private static ThumbnailRequest request(String id, int offset, int size) {
    return new ThumbnailRequest("photos", id, null, "photo", offset, size);
  }

  private Thumbnails.Answer get(ThumbnailRequest request) {
    PlainActionFuture<Thumbnails.Answer> answer = new PlainActionFuture<>();
    thumbnails.get(request, version -> false, () -> true, documents, answer);
    return answer.actionGet(30, TimeUnit.SECONDS);
  }

  private static BufferedImage read(byte[] jpeg) throws IOException {
    assertEquals((byte) 0xFF, jpeg[0]);
    assertEquals((byte) 0xD8, jpeg[1]);
    return ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(jpeg)));
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

  public void testEveryFormatBecomesAJpegOfAtMostTheSizeAskedFor() throws Exception {
    for (String format : List.of("png", "jpeg", "gif", "bmp", "tiff")) {
      put(picture(format, 300, 150, 0x3366CC));
      for (int size : List.of(16, 128, 512)) {
        BufferedImage small = read(get(request("1", 0, size)).jpeg());
        assertEquals(format, Math.min(300, size), small.getWidth());
        assertEquals(format, Math.min(150, size / 2), small.getHeight());
        assertEquals(format, 0x33, small.getRGB(1, 1) >> 16 & 0xFF, 8);
        assertEquals(format, 0xCC, small.getRGB(1, 1) & 0xFF, 8);
      }
    }
  }

  public void testListsAndDataUris() {
    put("{\"photo\":[\"AAAA\",\"data:image/png;base64," + PICTURE + "\"]}");
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
    put("{\"photo\":{\"a\":1}}");
    assertRefused(
        RestStatus.BAD_REQUEST,
        "document [1] of [photos]: [photo] must be a base64 image, got [object]",
        0);
    put("{}");
    assertRefused(
        RestStatus.NOT_FOUND,
        "document [1] of [photos]: [photo] has 0 pictures, asked for that at offset 0",
        0);
    client().prepareDelete("photos", "1").get();
    assertRefused(RestStatus.NOT_FOUND, "index [photos] has no document [1]", 0);
  }

  public void testAKnownVersionIsNotSentAgain() {
    String version = get(0).version();
    assertNull(ask("1", 0, version).actionGet().jpeg());
    assertNotEquals(version, get(request("1", 0, 64)).version());
    put("{\"photo\":\"" + PICTURE.replace("////dLkS", "////dLkQ") + "\"}");
    assertNotEquals(version, ask("1", 0, version).actionGet().version());
  }

  public void testKeepsWhatWasMadeAndCountsIt() {
    byte[] first = get(0).jpeg();
    assertSame(first, get(0).jpeg());
    assertEquals(first.length + ENTRY_BYTES, taken.get());
    thumbnails = thumbnails(0);
    taken.set(0);
    assertNotSame(get(0).jpeg(), get(0).jpeg());
    assertEquals(0, taken.get());
  }

  public void testTheCacheIsBoundedAndGivesItsHeapBack() throws Exception {
    byte[] first = get(request("1", 0, 16)).jpeg();
    int two = 2 * (first.length + ENTRY_BYTES);
    thumbnails = thumbnails(two);
    taken.set(0);
    List<byte[]> made = new ArrayList<>();
    for (int colour = 0; colour < 5; colour++) {
      put(picture("png", 16, 16, 0x222222 * colour));
      made.add(get(request("1", 0, 16)).jpeg());
      assertSame(made.get(colour), get(request("1", 0, 16)).jpeg());
      assertTrue(taken.get() + " of " + two, taken.get() > 0 && taken.get() <= two);
    }
    put(picture("png", 16, 16, 0));
    assertNotSame("the oldest has left", made.get(0), get(request("1", 0, 16)).jpeg());
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
