package org.sightline.runtime.inference;

import java.util.Objects;
import java.util.Set;

/**
 * What callers may know of a model without loading it.
 *
 * @param id the model id
 * @param version another one for each version of the model's files; part of every cache key
 * @param family for people: nothing branches on it
 * @param description for people
 * @param license for people
 * @param dimensions length of an embedding, 0 where the model makes none
 * @param vectorsPerImage how many vectors an image has, 1 for most models
 * @param similarity suggested similarity of the vector field, {@code cosine}
 * @param logitScale multiplier of the cosine that gives the model's logits; 0 where it is not known
 * @param logitBias added to the scaled cosine; 0 for models that compare with a softmax
 * @param roles what the model can do
 */
public record ModelInfo(
    String id,
    String version,
    String family,
    String description,
    String license,
    int dimensions,
    int vectorsPerImage,
    String similarity,
    float logitScale,
    float logitBias,
    Set<Role> roles) {
  /** Digits of a version that tell it from all others; the meta of a field has room for them. */
  private static final int SHORT_VERSION = 16;

  /** A name of fewer digits may be any version's. */
  private static final int SHORTEST_VERSION = 12;

  public ModelInfo {
    Objects.requireNonNull(version, "version");
    roles = Set.copyOf(roles);
  }

  public boolean has(Role role) {
    return roles.contains(role);
  }

  /** The version as a mapping names it: its first 16 digits. */
  public String shortVersion() {
    return version.substring(0, Math.min(SHORT_VERSION, version.length()));
  }

  /**
   * Whether this is the version that a mapping, a pipeline or a user names.
   *
   * @param named the whole version, or at least its first 12 digits
   */
  public boolean isVersion(String named) {
    return version.equals(named) || named.length() >= SHORTEST_VERSION && version.startsWith(named);
  }
}
