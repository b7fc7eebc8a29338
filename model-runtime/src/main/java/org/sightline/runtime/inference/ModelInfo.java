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
  public ModelInfo {
    Objects.requireNonNull(version, "version");
    roles = Set.copyOf(roles);
  }

  public boolean has(Role role) {
    return roles.contains(role);
  }
}
