package org.sightline.cli.hub;

/**
 * What the caller says of a model that its folder does not say. Whatever is null is not said.
 *
 * @param id the model id; by default the folder's name in lower case
 * @param license for people, such as an SPDX identifier; {@code unknown} by default
 * @param logitScale multiplier (already exponentiated) of the cosine, above 0
 * @param logitBias added to the scaled cosine
 * @param precision the variant of the graphs: {@code fp32} for the files without a suffix,
 *     otherwise the suffix ({@code fp16}, {@code quantized}); needed where there are several
 * @param subfolder in which the graphs lie, where the folder holds several models
 * @param texts how texts are prepared, never null
 */
public record ImportOptions(
    String id,
    String license,
    Float logitScale,
    Float logitBias,
    String precision,
    String subfolder,
    TextConstants texts) {

  /** A folder with one model that says how its texts are prepared. */
  public ImportOptions(
      String id, String license, Float logitScale, Float logitBias, String precision) {
    this(id, license, logitScale, logitBias, precision, null, TextConstants.NONE);
  }

  /** What these options do not say is taken from others; the texts are theirs. */
  public ImportOptions or(ImportOptions others) {
    boolean scaled = logitScale != null || logitBias != null;
    return new ImportOptions(
        id == null ? others.id : id,
        license == null ? others.license : license,
        scaled ? logitScale : others.logitScale,
        scaled ? logitBias : others.logitBias,
        precision == null ? others.precision : precision,
        subfolder == null ? others.subfolder : subfolder,
        others.texts);
  }

  /** The same with another id, or none. */
  public ImportOptions withId(String other) {
    return new ImportOptions(other, license, logitScale, logitBias, precision, subfolder, texts);
  }

  /** Says nothing. */
  public static ImportOptions none() {
    return new ImportOptions(null, null, null, null, null);
  }
}
