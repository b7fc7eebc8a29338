package org.sightline.integration.faults;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.sightline.integration.faults.FaultRow.Column;
import org.sightline.testsupport.load.Load;
import org.sightline.testsupport.load.PhotoIndex;
import org.sightline.testsupport.load.Waiting;

/**
 * More documents than a slow model has room for, sent by clients that send again what is refused
 * with 429. Each bulk request alone is larger than the model's queue.
 */
public final class SlowBulk {
  private static final int BULK = 500;
  private static final int COMPARED = 50;

  private final PhotoIndex index;
  private final int documents;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();

  private SlowBulk(PhotoIndex index, int documents) {
    this.index = index;
    this.documents = documents;
  }

  /** Runs it. */
  public static FaultRow run(OneNode node, Scale scale) {
    SlowBulk bulk = new SlowBulk(node.index("bulk", "emoji-blip"), scale.bulkDocuments());
    return bulk.run(node);
  }

  private FaultRow run(OneNode node) {
    FaultRow row = new FaultRow("bulk into a slow model");
    long start = System.nanoTime();
    try (HeapWatch heap = new HeapWatch(node.client());
        Load load = new Load(number -> send(), number -> send())) {
      Waiting.whileGoingOn(
          "all documents are there", sent::get, () -> load.least() >= 0 && sent.get() == documents);
      load.stop();
      heap.stop(row);
    }
    double seconds = Waiting.seconds(start);
    int step = documents / COMPARED;
    List<Integer> compared = IntStream.range(0, COMPARED).mapToObj(i -> i * step).toList();
    int wrong = index.wrong(compared);
    row.documents(index, documents);
    return row.figure(
            Column.DONE,
            PhotoIndex.json("%d documents in %.0f s, bulks of %d", documents, seconds, BULK))
        .figure(Column.REFUSED, refused)
        .rule("the model is too slow for some of them", refused.get() > 0, refused)
        .rule(COMPARED + " vectors are those of their pictures", wrong == 0, wrong + " are not");
  }

  /** Sends the next ones until they are there; nothing where all are sent. */
  private void send() {
    int from = next.getAndUpdate(at -> Math.min(documents, at + BULK));
    int count = Math.min(BULK, documents - from);
    if (count > 0) {
      refused.addAndGet(index.index(from, count));
      sent.addAndGet(count);
    } else {
      Waiting.pause(Waiting.ASK_AGAIN);
    }
  }
}
