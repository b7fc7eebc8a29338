package org.sightline.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/**
 * What a process allocated, and who. How much is counted by the process for each of its threads;
 * where is estimated from samples. A thread that ended before the recording did is not counted.
 *
 * <p>An allocation is charged to the innermost frame that is neither of the JDK nor of a library
 * that only works for us: what Elasticsearch does in a callback of ours is Elasticsearch's.
 *
 * @param bytes allocated by all threads
 * @param ours frames of our own code, the largest first
 * @param others all other frames, likewise
 */
record AllocationProfile(long bytes, List<Share> ours, List<Share> others) {
  private static final String OUR_PACKAGES = "org.sightline.";

  private static final List<String> TRANSPARENT =
      List.of(
          "java.",
          "javax.",
          "jdk.",
          "sun.",
          "com.sun.",
          "ai.onnxruntime.",
          "ai.djl.",
          "com.google.gson.");

  AllocationProfile {
    ours = List.copyOf(ours);
    others = List.copyOf(others);
  }

  /**
   * A place in the code.
   *
   * @param frame class, method and line
   * @param part of all bytes, in [0, 1]
   */
  record Share(String frame, double part) {}

  /** Part of all bytes that our own code allocated, in [0, 1]. */
  double oursPart() {
    return ours.stream().mapToDouble(Share::part).sum();
  }

  /** Reads a recording of {@link AllocationRecording}. */
  static AllocationProfile read(Path recording) throws IOException {
    Counting counting = new Counting();
    try (RecordingFile file = new RecordingFile(recording)) {
      while (file.hasMoreEvents()) {
        counting.add(file.readEvent());
      }
    }
    return counting.profile();
  }

  private record Sample(Instant time, boolean own, String frame, long weight) {}

  private static final class Counting {
    private final Map<Long, Long> first = new HashMap<>();
    private final Map<Long, Long> last = new HashMap<>();
    private final Set<Long> started = new HashSet<>();
    private final Map<Long, Sample> earliest = new HashMap<>();
    private final Map<String, Long> ours = new HashMap<>();
    private final Map<String, Long> others = new HashMap<>();

    void add(RecordedEvent event) {
      switch (event.getEventType().getName()) {
        case "jdk.ThreadStart" -> started.add(event.getThread("thread").getId());
        case "jdk.ThreadAllocationStatistics" -> {
          long thread = event.getThread("thread").getId();
          long allocated = event.getLong("allocated");
          // the counter only rises, and events of several chunks come in any order
          first.merge(thread, allocated, Math::min);
          last.merge(thread, allocated, Math::max);
        }
        case "jdk.ObjectAllocationSample" -> {
          RecordedFrame frame = charged(event.getStackTrace());
          boolean own = frame != null && className(frame).startsWith(OUR_PACKAGES);
          add(
              event.getThread().getId(),
              new Sample(event.getStartTime(), own, name(frame, own), event.getLong("weight")));
        }
        default -> {}
      }
    }

    /**
     * A sample weighs what its thread allocated since the one before: the earliest one of a thread,
     * what it allocated before the recording. Files do not have them in order.
     */
    private void add(long thread, Sample sample) {
      Sample counted = earliest.putIfAbsent(thread, sample);
      if (counted == null) {
        return;
      }
      if (sample.time().isBefore(counted.time())) {
        earliest.put(thread, sample);
      } else {
        counted = sample;
      }
      (counted.own() ? ours : others).merge(counted.frame(), counted.weight(), Long::sum);
    }

    AllocationProfile profile() {
      long bytes = 0;
      for (Map.Entry<Long, Long> thread : last.entrySet()) {
        boolean fresh = started.contains(thread.getKey());
        bytes += thread.getValue() - (fresh ? 0 : first.get(thread.getKey()));
      }
      long weight = 0;
      for (Map<String, Long> weights : List.of(ours, others)) {
        weight += weights.values().stream().mapToLong(Long::longValue).sum();
      }
      return new AllocationProfile(bytes, shares(ours, weight), shares(others, weight));
    }

    private static List<Share> shares(Map<String, Long> weights, long all) {
      List<Share> shares = new ArrayList<>();
      weights.forEach((frame, weight) -> shares.add(new Share(frame, (double) weight / all)));
      shares.sort(Comparator.comparingDouble(Share::part).reversed());
      return shares;
    }
  }

  /** The innermost frame that answers for an allocation; null where there is none at all. */
  private static RecordedFrame charged(RecordedStackTrace trace) {
    if (trace == null || trace.getFrames().isEmpty()) {
      return null;
    }
    for (RecordedFrame frame : trace.getFrames()) {
      if (TRANSPARENT.stream().noneMatch(className(frame)::startsWith)) {
        return frame;
      }
    }
    return trace.getFrames().getFirst();
  }

  private static String className(RecordedFrame frame) {
    return frame.getMethod().getType().getName();
  }

  private static String name(RecordedFrame frame, boolean own) {
    if (frame == null) {
      return "no Java frame";
    }
    String type = className(frame);
    String shown = own ? type.substring(type.lastIndexOf('.') + 1) : type;
    return shown + "." + frame.getMethod().getName() + ":" + frame.getLineNumber();
  }
}
