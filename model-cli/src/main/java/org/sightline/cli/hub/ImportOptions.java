package org.sightline.cli.hub;

/**
 * What the caller says of a model that its folder does not say.
 *
 * @param id the model id, or null for the folder's name in lower case
 * @param license for people, such as an SPDX identifier, or null for {@code unknown}
 * @param logitScale multiplier (already exponentiated) of the cosine, above 0; null where the
 *     family has a value that all its models share
 * @param logitBias added to the scaled cosine; null likewise
 * @param precision the variant of the graphs: {@code fp32} for the files without a suffix,
 *     otherwise the suffix ({@code fp16}, {@code quantized}); null where there is only one
 * @param checkpoint where the weights came from, to note in the manifest, or null for the folder's
 *     name
 */
public record ImportOptions(
    String id,
    String license,
    Float logitScale,
    Float logitBias,
    String precision,
    String checkpoint) {

  /** The weights came from a folder that has their name. */
  public ImportOptions(
      String id, String license, Float logitScale, Float logitBias, String precision) {
    this(id, license, logitScale, logitBias, precision, null);
  }

  /** The same with a name of where the weights came from. */
  public ImportOptions from(String source) {
    return new ImportOptions(id, license, logitScale, logitBias, precision, source);
  }

  /** Says nothing. */
  public static ImportOptions none() {
    return new ImportOptions(null, null, null, null, null);
  }
}
