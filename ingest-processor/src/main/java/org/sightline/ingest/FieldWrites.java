package org.sightline.ingest;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What a processor writes into a document: all of it or, where one field cannot be written,
 * nothing. So {@code on_failure} sees the document as it came.
 */
final class FieldWrites {
  private record Write(FieldScope scope, String path, Object value) {}

  private final List<Write> written = new ArrayList<>();
  private final List<Write> removed = new ArrayList<>();

  void set(FieldScope scope, String path, Object value) {
    written.add(new Write(scope, path, value));
  }

  /** Removes a field after all others are written; one that is not there stays so. */
  void remove(FieldScope scope, String path) {
    removed.add(new Write(scope, path, null));
  }

  /**
   * Writes and removes.
   *
   * @throws IllegalArgumentException naming the field that cannot be written; the document is then
   *     as it was
   */
  void apply() {
    Deque<Runnable> undo = new ArrayDeque<>();
    for (Write write : written) {
      undo.push(undoing(write));
      try {
        write.scope().set(write.path(), write.value());
      } catch (RuntimeException e) {
        undo.forEach(Runnable::run);
        throw new IllegalArgumentException(
            "[" + write.path() + "] cannot be written: " + e.getMessage());
      }
    }
    removed.forEach(write -> write.scope().remove(write.path()));
  }

  /** What makes a field what it is now; objects that are made on its path go again. */
  private static Runnable undoing(Write write) {
    FieldScope scope = write.scope();
    String path = write.path();
    if (scope.has(path)) {
      Object before = scope.get(path);
      return () -> scope.set(path, before);
    }
    List<String> absent = new ArrayList<>();
    for (int end = -1; end < path.length(); ) {
      end = FieldScope.nextDot(path, end + 1);
      if (scope.has(path.substring(0, end)) == false) {
        absent.add(path.substring(0, end));
      }
    }
    return () -> absent.stream().filter(scope::has).findFirst().ifPresent(scope::remove);
  }
}
