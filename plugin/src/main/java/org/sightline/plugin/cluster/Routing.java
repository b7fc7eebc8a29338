package org.sightline.plugin.cluster;

import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.stats.RuntimeStats.StageStats;
import org.sightline.runtime.stats.TimeHistogram;

/** Counts what this node sent for inference, to itself or to others. Thread-safe. */
public final class Routing {
  private final LongAdder requests = new LongAdder();
  private final LongAdder failovers = new LongAdder();
  private final LongAdder unserved = new LongAdder();
  private final LongAdder fallbacks = new LongAdder();
  private final LongAdder fetched = new LongAdder();
  private final TimeHistogram fetch = new TimeHistogram();
  private final TimeHistogram transport = new TimeHistogram();
  private final Map<Purpose, Sending> sending = new EnumMap<>(Purpose.class);

  public Routing() {
    for (Purpose purpose : Purpose.values()) {
      sending.put(purpose, new Sending());
    }
  }

  /**
   * Counters since the node started.
   *
   * @param requests requests to a node; one of a caller is split by the owners of its images
   * @param failovers of these, the ones that another node had not served before
   * @param unserved inputs that no node served
   * @param fallbacks reranks that kept the order of the first stage because inference failed
   * @param fetchedDocuments documents whose content was fetched for a rerank
   * @param fetch how long each fetch of a rerank took
   * @param transport how long a call of another node took beyond what that node itself took
   * @param images what was sent to other nodes, by purpose
   */
  public record Stats(
      long requests,
      long failovers,
      long unserved,
      long fallbacks,
      long fetchedDocuments,
      StageStats fetch,
      StageStats transport,
      Map<Purpose, Images> images) {
    /** Nothing yet. */
    public static final Stats NONE =
        new Stats(0, 0, 0, 0, 0, StageStats.NONE, StageStats.NONE, Map.of());

    public Stats {
      images = Map.copyOf(images);
    }

    /** The sum of both. */
    public Stats plus(Stats other) {
      Map<Purpose, Images> sent = new TreeMap<>(images);
      other.images.forEach((purpose, more) -> sent.merge(purpose, more, Images::plus));
      return new Stats(
          requests + other.requests,
          failovers + other.failovers,
          unserved + other.unserved,
          fallbacks + other.fallbacks,
          fetchedDocuments + other.fetchedDocuments,
          fetch.plus(other.fetch),
          transport.plus(other.transport),
          sent);
    }
  }

  /**
   * Images in requests to other nodes.
   *
   * @param images sent with their bytes
   * @param bytes encoded length of these
   * @param references named by their digest alone
   */
  public record Images(long images, long bytes, long references) {
    Images plus(Images other) {
      return new Images(images + other.images, bytes + other.bytes, references + other.references);
    }
  }

  private static final class Sending {
    private final LongAdder images = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder references = new LongAdder();

    void add(Image image) {
      if (image.bytes() == null) {
        references.increment();
      } else {
        images.increment();
        bytes.add(image.bytes().length);
      }
    }

    Images sum() {
      return new Images(images.sum(), bytes.sum(), references.sum());
    }
  }

  void sent(boolean again) {
    requests.increment();
    if (again) {
      failovers.increment();
    }
  }

  /** Inputs go to another node. */
  void sentAway(Purpose purpose, Collection<? extends InferenceInput> inputs) {
    for (InferenceInput input : inputs) {
      if (input instanceof Image image) {
        sending.get(purpose).add(image);
      }
    }
  }

  /** Another node answered, this much later than it could have without a network between. */
  void transported(long nanos) {
    transport.record(nanos);
  }

  void unserved(int inputs) {
    unserved.add(inputs);
  }

  /** A rerank kept the order of the first stage. */
  public void fellBack() {
    fallbacks.increment();
  }

  /** A rerank fetched what its model did not know. */
  public void fetched(int documents, long nanos) {
    fetched.add(documents);
    fetch.record(nanos);
  }

  public Stats stats() {
    Map<Purpose, Images> images = new EnumMap<>(Purpose.class);
    sending.forEach((purpose, sent) -> images.put(purpose, sent.sum()));
    return new Stats(
        requests.sum(),
        failovers.sum(),
        unserved.sum(),
        fallbacks.sum(),
        fetched.sum(),
        fetch.snapshot(),
        transport.snapshot(),
        images);
  }
}
