package org.sightline.cli.cluster;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.Retries;

/**
 * Writes documents into an index with bulk requests that every node takes; sends those again that
 * the cluster has no room for at the moment. Thread-safe.
 */
public final class BulkWriter {
  /** Most documents of a request. */
  public static final int DOCUMENTS = 50;

  /** Most characters of a request. */
  private static final long LENGTH = 8_000_000;

  /** Elasticsearch's answer to a document that is there already in this version or a later one. */
  private static final int CONFLICT = 409;

  private static final int TOO_MANY = 429;
  private static final int UNAVAILABLE = 503;

  private final Indices indices;
  private final Retries retries;
  private final String index;
  private final String path;
  private final long longest;

  /**
   * A document as the lines of a bulk request.
   *
   * @param key that the caller knows it by
   * @param lines action and source, each with its line break
   */
  public record Item<K>(K key, String lines) {}

  /**
   * A writer.
   *
   * @param pipeline that requests name; null for the one that the index names
   */
  public BulkWriter(Indices indices, String index, String pipeline, Retries retries) {
    this.indices = indices;
    this.retries = retries;
    this.index = index;
    String named = pipeline == null ? "" : "&pipeline=" + Addresses.segment(pipeline);
    this.path = Indices.path(index) + "/_bulk?filter_path=items" + named;
    this.longest = indices.longestRequest() * 9 / 10;
  }

  /** Characters up to which documents go into one request; some have three bytes. */
  public long length() {
    return Math.min(LENGTH, longest / 3);
  }

  /** Bytes that a request of one document may have. */
  public long longest() {
    return longest;
  }

  /** Collects documents and writes them as soon as a request is full. For one thread. */
  public final class Batch<K> {
    private final BiConsumer<List<Item<K>>, Map<K, String>> written;
    private final List<Item<K>> items = new ArrayList<>();
    private long length;

    /**
     * An empty batch.
     *
     * @param written is told of each request: its documents, and those of them that were refused,
     *     with the reason
     */
    public Batch(BiConsumer<List<Item<K>>, Map<K, String>> written) {
      this.written = written;
    }

    /**
     * Adds a document.
     *
     * @throws org.sightline.cli.web.TransferException when the cluster has no room for too long
     */
    public void add(Item<K> item) {
      boolean full = items.size() == DOCUMENTS || length + item.lines().length() > length();
      if (full) {
        flush();
      }
      items.add(item);
      length += item.lines().length();
    }

    /** Writes what was not written yet. */
    public void flush() {
      if (items.isEmpty() == false) {
        written.accept(items, write(items));
        items.clear();
        length = 0;
      }
    }
  }

  /**
   * Removes documents.
   *
   * @param documents by the keys that the caller knows them by
   * @return those that were refused, with the reason
   */
  public <K> Map<K, String> remove(Map<K, Document> documents) {
    Map<K, String> refused = new HashMap<>();
    Batch<K> batch = new Batch<>((items, some) -> refused.putAll(some));
    documents.forEach(
        (key, document) -> {
          JsonObject action = new JsonObject();
          action.add("delete", document.address());
          batch.add(new Item<>(key, action + "\n"));
        });
    batch.flush();
    return refused;
  }

  private <K> Map<K, String> write(List<Item<K>> batch) {
    List<Item<K>> open = new ArrayList<>(batch);
    Map<K, String> refused = new HashMap<>();
    retries.run(
        index,
        "written",
        () -> "; the same command goes on from there",
        new Retries.Attempt<Void>() {
          private int left = open.size();

          @Override
          public Void run() throws IOException {
            left = open.size();
            String busy = send(open, refused);
            if (open.isEmpty() == false) {
              throw new Retries.BusyException(busy, null);
            }
            return null;
          }

          @Override
          public boolean hasProgressed() {
            return open.size() < left;
          }
        });
    return refused;
  }

  /** Takes out of the batch what is settled; returns why the rest is not. */
  private <K> String send(List<Item<K>> batch, Map<K, String> refused) {
    String lines = batch.stream().map(Item::lines).collect(Collectors.joining());
    Iterator<JsonElement> answers =
        indices.send("POST", path, lines).getAsJsonArray("items").iterator();
    String busy = null;
    for (Iterator<Item<K>> items = batch.iterator(); items.hasNext(); ) {
      Item<K> item = items.next();
      JsonObject answer =
          answers.next().getAsJsonObject().asMap().values().iterator().next().getAsJsonObject();
      int status = answer.get("status").getAsInt();
      JsonObject error = answer.getAsJsonObject("error");
      if (status == TOO_MANY || status == UNAVAILABLE) {
        busy = Indices.text(error, "reason");
        continue;
      }
      items.remove();
      if (error != null && status != CONFLICT) {
        refused.put(item.key(), Indices.text(error, "reason"));
      }
    }
    return busy;
  }
}
