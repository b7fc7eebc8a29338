package org.sightline.cli.index;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.sightline.cli.cluster.BulkWriter;
import org.sightline.cli.web.Progress;
import org.sightline.cli.web.TransferException;
import org.sightline.runtime.image.ImageDecoder;

/**
 * Reads pictures and sends them, two requests at a time: the cluster has the next one when it is
 * done with the last. Pictures of two requests are in memory.
 */
final class Upload {
  private static final int AT_ONCE = 2;

  /** As in {@code sightline.image.max_bytes}, which no node sets higher. */
  private static final long MAX_BYTES = 1 << 30;

  /** Of pictures that are decoded here, to shrink them. */
  private static final long MAX_PIXELS = 400_000_000;

  private static final long MAX_DECODED = 8 * MAX_PIXELS;

  private final BulkWriter writer;
  private final Progress progress;
  private final PictureFields fields;
  private final Shrinking shrinking;
  private final Map<String, String> failures = new ConcurrentSkipListMap<>();
  private final AtomicLong indexed = new AtomicLong();
  private volatile boolean stopped;

  /**
   * An upload.
   *
   * @param shrink longest side of what is sent, in pixels; 0 for pictures as they are
   */
  Upload(BulkWriter writer, Progress progress, int shrink) {
    this.writer = writer;
    this.progress = progress;
    ImageDecoder decoder = new ImageDecoder(MAX_BYTES, MAX_PIXELS, MAX_DECODED);
    this.fields = new PictureFields(decoder);
    this.shrinking = shrink == 0 ? null : new Shrinking(decoder, shrink);
  }

  /**
   * Sends pictures.
   *
   * @throws TransferException when the cluster cannot be reached or has no room for too long
   */
  void run(List<FoundFile> pictures) {
    Iterator<FoundFile> rest = pictures.iterator();
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            AT_ONCE, AT_ONCE, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(AT_ONCE));
    try {
      List<Future<?>> lanes = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        lanes.add(threads.submit(() -> lane(rest)));
      }
      for (Future<?> lane : lanes) {
        lane.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TransferException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause().toString(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TransferException("interrupted", e);
    } finally {
      stopped = true;
      threads.shutdownNow();
    }
  }

  /** How many documents were written. */
  long indexed() {
    return indexed.get();
  }

  /** Pictures that were not indexed, by path, with the reason. */
  Map<String, String> failures() {
    return failures;
  }

  private void lane(Iterator<FoundFile> rest) {
    BulkWriter.Batch<String> batch = writer.new Batch<>(this::written);
    boolean done = false;
    try {
      for (FoundFile file = next(rest); file != null; file = next(rest)) {
        BulkWriter.Item<String> item = read(file);
        if (item == null) {
          progress.advance(1);
        } else {
          batch.add(item);
        }
      }
      batch.flush();
      done = true;
    } finally {
      stopped = stopped || done == false; // the other lane need not find out by itself
    }
  }

  private FoundFile next(Iterator<FoundFile> rest) {
    synchronized (rest) {
      return stopped == false && rest.hasNext() ? rest.next() : null;
    }
  }

  private void written(List<BulkWriter.Item<String>> request, Map<String, String> refused) {
    failures.putAll(refused);
    indexed.addAndGet(request.size() - refused.size());
    progress.advance(request.size());
  }

  /** A file as lines of a bulk request; null where it cannot be sent. */
  private BulkWriter.Item<String> read(FoundFile file) {
    boolean fits = file.bytes() * 4 / 3 < writer.longest();
    if (file.bytes() > MAX_BYTES || shrinking == null && fits == false) {
      failures.put(file.path(), tooLarge(file.bytes()));
      return null;
    }
    try {
      byte[] encoded = Files.readAllBytes(file.file());
      JsonObject source = fields.of(file, encoded);
      byte[] sent = shrinking == null ? encoded : shrinking.of(encoded);
      source.addProperty("photo", Base64.getEncoder().encodeToString(sent));
      JsonObject address = new JsonObject();
      address.addProperty("_id", file.id());
      JsonObject action = new JsonObject();
      action.add("index", address);
      String lines = action + "\n" + source + "\n";
      if (lines.length() > writer.longest()) {
        failures.put(file.path(), tooLarge(sent.length));
        return null;
      }
      return new BulkWriter.Item<>(file.path(), lines);
    } catch (IOException e) {
      failures.put(file.path(), FolderWalk.reason(e));
      return null;
    }
  }

  private String tooLarge(long bytes) {
    return "it has "
        + bytes
        + " bytes, and a request to this cluster ([http.max_content_length]) has room for "
        + Math.min(MAX_BYTES, writer.longest() * 3 / 4)
        + ": --shrink makes it smaller";
  }
}
