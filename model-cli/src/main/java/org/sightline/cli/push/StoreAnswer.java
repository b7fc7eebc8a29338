package org.sightline.cli.push;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.sightline.cli.web.TransferException;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.FileSpec;

/**
 * A cluster's answer to a manifest, checked against that manifest.
 *
 * @param result what became of the model: {@code created}, {@code updated}, {@code noop}, or {@code
 *     incomplete} when parts are missing
 * @param version of the bundle, as the cluster names it
 * @param missing by file; empty when nothing is
 */
public record StoreAnswer(String result, String version, List<Missing> missing) {
  /** Elasticsearch takes no larger request unless it is told to. */
  static final long MAX_PART_BYTES = 100L << 20;

  private static final String INCOMPLETE = "incomplete";
  private static final List<String> RESULTS = List.of(INCOMPLETE, "created", "updated", "noop");

  /**
   * Parts of a file that the cluster does not have.
   *
   * @param file a name that the manifest has for it
   * @param parts in ascending order
   * @param partBytes length of every part but the last
   */
  public record Missing(String file, FileSpec spec, List<Long> parts, long partBytes) {

    long offset(long part) {
      return part * partBytes;
    }

    /** At most {@link #MAX_PART_BYTES}. */
    int length(long part) {
      return (int) Math.min(partBytes, spec.bytes() - offset(part));
    }

    /** Of all missing parts together. */
    long bytes() {
      return parts.stream().mapToLong(this::length).sum();
    }
  }

  static StoreAnswer parse(JsonObject answer, BundleManifest manifest) {
    String id = Reply.text(answer, "model_id");
    if (id.equals(manifest.id()) == false) {
      throw unfit("[model_id]", manifest.id(), id);
    }
    String version = Reply.text(answer, "version");
    if (version.isEmpty()) {
      throw unfit("[version]", "a text", answer.get("version"));
    }
    String result = Reply.text(answer, "result");
    if (RESULTS.contains(result) == false) {
      throw unfit("[result]", "one of " + RESULTS, result);
    }
    boolean complete = result.equals(INCOMPLETE) == false;
    return new StoreAnswer(result, version, complete ? List.of() : missing(answer, manifest));
  }

  /** Whether the cluster has the model, all of it. */
  boolean isComplete() {
    return missing.isEmpty();
  }

  private static List<Missing> missing(JsonObject answer, BundleManifest manifest) {
    long partBytes = Reply.integer(answer.get("part_bytes"));
    if (partBytes < 1 || partBytes > MAX_PART_BYTES) {
      throw unfit("[part_bytes]", "in [1, " + MAX_PART_BYTES + "]", answer.get("part_bytes"));
    }
    // one name each for files that are the same
    Map<String, String> names =
        manifest.files().entrySet().stream()
            .collect(
                Collectors.toMap(
                    file -> file.getValue().sha256(), Map.Entry::getKey, (first, same) -> first));
    List<Missing> all = new ArrayList<>();
    if (answer.get("missing") instanceof JsonArray files) {
      for (JsonElement file : files) {
        String sha256 = file instanceof JsonObject fields ? Reply.text(fields, "sha256") : "";
        String name = names.get(sha256);
        if (name == null) {
          throw unfit("[missing.sha256]", "one of the manifest", sha256);
        }
        FileSpec spec = manifest.files().get(name);
        all.add(
            new Missing(
                name, spec, parts(file.getAsJsonObject(), spec.bytes(), partBytes), partBytes));
      }
    }
    if (all.isEmpty()) {
      throw unfit("[missing]", "a list of files", answer.get("missing"));
    }
    return List.copyOf(all);
  }

  private static List<Long> parts(JsonObject file, long bytes, long partBytes) {
    long count = Math.max(1, Math.ceilDiv(bytes, partBytes));
    TreeSet<Long> parts = new TreeSet<>();
    if (file.get("parts") instanceof JsonArray listed) {
      for (JsonElement element : listed) {
        long part = Reply.integer(element);
        if (part < 0 || part >= count) {
          throw unfit("[missing.parts]", "in [0, " + (count - 1) + "]", element);
        }
        parts.add(part);
      }
    }
    if (parts.isEmpty()) {
      throw unfit("[missing.parts]", "a list of integers", file.get("parts"));
    }
    return List.copyOf(parts);
  }

  private static TransferException unfit(String field, String expected, Object found) {
    return new TransferException(
        "the cluster's answer does not fit the bundle: %s must be %s, got [%s]",
        field, expected, found);
  }
}
