package org.sightline.runtime.bundle;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sightline.runtime.inference.Digest;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Role;

/**
 * The manifest {@code model.json} of bundle format 1, valid in itself; whether it fits the graphs
 * is seen when they are opened.
 *
 * @param id the model id; equals the folder's name
 * @param family for people: nothing branches on it
 * @param description for people
 * @param license for people
 * @param sourceCheckpoint where the weights came from, or null
 * @param sourceSha256 digest of that checkpoint, or null
 * @param dimensions length of an embedding, 0 where no role gives one
 * @param vectorsPerImage vectors that an image has, 1 for most models
 * @param similarity {@code cosine}
 * @param logitScale multiplier (already exponentiated) of the cosine that gives the model's logits;
 *     0 where nobody knows it, then images cannot be classified
 * @param logitBias added after scaling
 * @param image null where no role takes pixels
 * @param text null where no role takes text
 * @param caption null where no role decodes captions
 * @param roles graphs by role, at least one
 * @param files every file of the bundle but the manifest
 */
public record BundleManifest(
    String id,
    String family,
    String description,
    String license,
    String sourceCheckpoint,
    String sourceSha256,
    int dimensions,
    int vectorsPerImage,
    String similarity,
    float logitScale,
    float logitBias,
    ImageSpec image,
    TextSpec text,
    CaptionSpec caption,
    Map<Role, RoleSpec> roles,
    Map<String, FileSpec> files) {

  /** Name of the manifest in its folder. */
  public static final String FILE_NAME = "model.json";

  /** Name of the tokenizer in its folder. */
  public static final String TOKENIZER = "tokenizer.json";

  /** The only format version there is. */
  public static final int FORMAT_VERSION = 1;

  /** A manifest is a few kilobytes; whatever is far larger is something else. */
  private static final long MAX_BYTES = 1 << 20;

  public BundleManifest {
    // sorted, so that the first thing that does not fit is the same one every time
    roles = Collections.unmodifiableMap(new TreeMap<>(roles));
    files = Collections.unmodifiableMap(new TreeMap<>(files));
  }

  /**
   * Reads a manifest, whatever the name of its folder is.
   *
   * @throws BundleException when the file cannot be read or is not valid
   */
  public static BundleManifest read(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new BundleException(
            "the manifest has %s bytes, allowed are at most %s", size, MAX_BYTES);
      }
      return parse(Files.readString(file));
    } catch (IOException e) {
      throw new BundleException(e, "the manifest cannot be read: %s", e);
    }
  }

  /**
   * Parses a manifest.
   *
   * @throws BundleException naming the field, what was received and what is allowed
   */
  public static BundleManifest parse(String json) {
    return ManifestReader.read(json);
  }

  /** Whether the string has the form of a model id. */
  public static boolean isId(String id) {
    return ManifestReader.isId(id);
  }

  /** The form of a model id, for messages. */
  public static String idForm() {
    return ManifestReader.ID.pattern();
  }

  /** Whether a bundle may hold a file of that name: no folder, no {@code ..}, no odd characters. */
  public static boolean isFileName(String name) {
    return ManifestReader.isFileName(name);
  }

  /** The manifest as {@link #parse} reads it, for people as well: indented, in this order. */
  public String toJson() {
    return ManifestWriter.write(this);
  }

  /** SHA-256 of the manifest, and so of all its files: another one for each version of a bundle. */
  public String fingerprint() {
    return Digest.sha256(toJson().getBytes(StandardCharsets.UTF_8));
  }

  public Optional<RoleSpec> role(Role role) {
    return Optional.ofNullable(roles.get(role));
  }

  public boolean has(Role role) {
    return roles.containsKey(role);
  }

  /** Length of all files together. */
  public long bytes() {
    return files.values().stream().mapToLong(FileSpec::bytes).sum();
  }

  /** Length of all files in memory: what several graphs share is there for each of them. */
  public long loadedBytes() {
    return files.values().stream().mapToLong(file -> file.graphs() * file.bytes()).sum();
  }

  /** What callers may know without loading the model. */
  public ModelInfo info() {
    return new ModelInfo(
        id,
        fingerprint(),
        family,
        description,
        license,
        dimensions,
        vectorsPerImage,
        similarity,
        logitScale,
        logitBias,
        roles.keySet());
  }
}
