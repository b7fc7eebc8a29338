package org.sightline.integration.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Memory of another process while it works, read from Linux's {@code /proc}. Not thread-safe. */
public final class ProcessMemory {
  private static final String FIELD = "RssAnon:";

  private record Point(double work, double bytes) {}

  private final List<Point> points = new ArrayList<>();

  /** Whether this system has {@code /proc}. */
  public static boolean isKnown() {
    return Files.isReadable(Path.of("/proc/self/status"));
  }

  /** Adds a reading: the work that has been done, and the bytes that were in memory. */
  void add(double work, double bytes) {
    points.add(new Point(work, bytes));
  }

  /** Reads the memory of a process and adds it. */
  void read(long pid, double work) {
    add(work, anonymousBytes(pid));
  }

  /** Bytes by which the last reading is above the first one. */
  long grown() {
    return (long) (points.get(points.size() - 1).bytes() - points.get(0).bytes());
  }

  /**
   * Bytes for each unit of work: the median of the slopes between all pairs of readings (Theil and
   * Sen). A step, such as an allocator's next arena, hardly moves it; a steady rise does.
   */
  double slope() {
    List<Double> slopes = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      for (int j = i + 1; j < points.size(); j++) {
        double width = points.get(j).work() - points.get(i).work();
        if (width != 0) {
          slopes.add((points.get(j).bytes() - points.get(i).bytes()) / width);
        }
      }
    }
    if (slopes.isEmpty()) {
      throw new IllegalStateException(
          "a slope needs two points with different x, there are " + points.size() + " points");
    }
    slopes.sort(null);
    int middle = slopes.size() / 2;
    return slopes.size() % 2 == 1
        ? slopes.get(middle)
        : (slopes.get(middle - 1) + slopes.get(middle)) / 2;
  }

  /**
   * Bytes in memory that belong to no file: heap, native allocations and stacks, without mapped
   * libraries and index files.
   */
  private static long anonymousBytes(long pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith(FIELD)) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException("/proc/" + pid + "/status has no " + FIELD);
  }
}
