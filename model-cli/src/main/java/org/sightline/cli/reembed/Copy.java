package org.sightline.cli.reembed;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sightline.cli.cluster.BulkWriter;
import org.sightline.cli.cluster.Document;
import org.sightline.cli.cluster.Indices;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.Retries;
import org.sightline.cli.web.TransferException;

/** Brings documents from the old index into the new one, through its pipelines. */
final class Copy {
  private static final int FIRST_BULK = 8;

  private static final String VERSIONS = "_source=false&realtime=false";

  private final Indices indices;
  private final Plan plan;
  private final Options options;
  private final Retries retries;
  private final BulkWriter writer;
  private final String content;
  private final long began = System.nanoTime();
  private long sent;
  private int size = FIRST_BULK;

  /** Documents that are not in the new index, with the reason; empty where that is intended. */
  private final Map<Document, String> missing = new LinkedHashMap<>();

  Copy(Indices indices, Plan plan, Options options, Retries retries) {
    this.indices = indices;
    this.plan = plan;
    this.options = options;
    this.retries = retries;
    this.writer = new BulkWriter(indices, plan.target(), plan.pipeline(), retries);
    this.content = "_source_excludes=" + Addresses.segment(String.join(",", plan.derived()));
  }

  /**
   * Copies what is not in the new index yet, or in an earlier version.
   *
   * @param from number of the operation after which documents were changed; -1 for all documents
   * @return how many were copied
   */
  long pass(long from) {
    long before = sent;
    JsonObject query = Indices.json("{'bool':{'filter':[{'range':{'_seq_no':{'gt':%d}}}]}}", from);
    JsonArray named = new JsonArray();
    plan.pipelines().pictures().forEach(picture -> named.add(plan.hasVector(picture)));
    query.getAsJsonObject("bool").add("should", named); // tells which of them a document has
    query.getAsJsonObject("bool").addProperty("minimum_should_match", 0);
    indices.refresh(plan.source());
    indices.refresh(plan.target());
    indices.list(plan.source(), query, this::copy);
    return sent - before;
  }

  private void copy(List<Document> listed) {
    List<Document> there = indices.get(plan.target(), listed, VERSIONS);
    List<Document> stale = new ArrayList<>();
    for (int i = 0; i < listed.size(); i++) {
      JsonElement version = there.get(i).answer().get("_version");
      if (version == null || version.getAsLong() < listed.get(i).version()) {
        stale.add(listed.get(i));
      }
    }
    for (int at = 0; at < stale.size(); ) {
      List<Document> some = stale.subList(at, Math.min(stale.size(), at + size));
      at += some.size();
      write(some, indices.get(plan.source(), some, content));
    }
  }

  private void write(List<Document> listed, List<Document> found) {
    BulkWriter.Batch<Document> batch = writer.new Batch<>(this::written);
    long length = 0;
    int documents = 0;
    for (int i = 0; i < found.size(); i++) {
      Document document = found.get(i);
      String lost = document.exists() ? lostPicture(listed.get(i), document) : null;
      if (lost != null) {
        missing.put(document.bare(), options.withoutPicture() ? "" : lost);
      } else if (document.exists()) {
        BulkWriter.Item<Document> item = new BulkWriter.Item<>(document, document.lines());
        batch.add(item);
        length += item.lines().length();
        documents++;
      }
    }
    batch.flush();
    long mean = Math.max(1, length / Math.max(1, documents));
    size = (int) Math.clamp(writer.length() / mean, 1, Math.min(BulkWriter.DOCUMENTS, 2L * size));
  }

  /** Why a document that has the vector of a picture cannot get another one; or null. */
  private String lostPicture(Document listed, Document document) {
    return plan.pipelines().pictures().stream()
        .filter(picture -> listed.matched(picture.output()))
        .filter(picture -> document.has(picture.input()) == false)
        .map(
            picture ->
                "its picture ["
                    + picture.input()
                    + "] is not in the document any more; --skip-without-picture leaves it out")
        .findFirst()
        .orElse(null);
  }

  private void written(List<BulkWriter.Item<Document>> request, Map<Document, String> refused) {
    for (BulkWriter.Item<Document> item : request) {
      Document document = item.key().bare();
      String reason = refused.get(item.key());
      if (reason == null) {
        missing.remove(document);
      } else {
        missing.put(document, reason);
      }
    }
    sent += request.size();
    retries.progress().advance(request.size());
    if (options.documentsPerSecond() > 0) {
      long due = sent * 1_000_000_000L / options.documentsPerSecond();
      retries.sleep(Duration.ofNanos(Math.max(0, due - (System.nanoTime() - began))));
    }
  }

  /** Removes from the new index what is not in the old one any more. */
  void removeWhatIsGone() {
    indices.refresh(plan.target());
    indices.list(
        plan.target(),
        Indices.json("{'match_all':{}}"),
        listed -> {
          Map<Document, Document> gone = new HashMap<>();
          gone(listed).forEach(document -> gone.put(document, document));
          writer
              .remove(gone)
              .forEach(
                  (document, reason) -> {
                    throw new TransferException(
                        "[%s] cannot be removed from [%s]: %s",
                        document.id(), plan.target(), reason);
                  });
        });
  }

  /** Forgets documents that are not in the new index, and in the old one neither any more. */
  void forgetWhatIsGone() {
    missing.keySet().removeAll(gone(List.copyOf(missing.keySet())));
  }

  private List<Document> gone(List<Document> documents) {
    List<Document> gone = new ArrayList<>();
    if (documents.isEmpty() == false) {
      List<Document> found = indices.get(plan.source(), documents, "_source=false");
      for (int i = 0; i < found.size(); i++) {
        if (found.get(i).exists() == false) {
          gone.add(documents.get(i));
        }
      }
    }
    return gone;
  }

  /** Documents that could not be embedded, with the reason. */
  Map<Document, String> failures() {
    Map<Document, String> failures = new LinkedHashMap<>(missing);
    failures.values().removeIf(String::isEmpty);
    return failures;
  }

  /** How many were left out because their picture is gone. */
  long leftOut() {
    return missing.size() - failures().size();
  }
}
