package org.sightline.cli.catalog;

import java.util.List;
import org.sightline.cli.hub.ImportOptions;

/**
 * A model of the catalogue. Figures that nobody published are null.
 *
 * @param id the model id that it gets
 * @param task what it is for: {@code search}, {@code rerank} or {@code caption}
 * @param purpose one sentence, for people
 * @param license of the weights, as the publisher names it
 * @param nonCommercial whether the licence forbids commercial use, so that the user must accept it
 * @param parametersMillions of both towers
 * @param dimensions of an embedding
 * @param imageSize side of the pictures that it reads, in pixels
 * @param downloadMegabytes of the files that are fetched
 * @param languages for people
 * @param retrieval published retrieval, none where nobody published any
 * @param sources as {@code install} takes them; empty where the model must be exported
 * @param options of the import: the id, and what the sources do not say
 * @param export the command that makes the bundle, where {@code sources} is empty
 * @param note more for people, or null
 */
public record CatalogEntry(
    String id,
    String task,
    String purpose,
    String license,
    boolean nonCommercial,
    Double parametersMillions,
    Integer dimensions,
    Integer imageSize,
    Integer downloadMegabytes,
    String languages,
    List<Retrieval> retrieval,
    List<String> sources,
    ImportOptions options,
    String export,
    String note) {

  /**
   * Recall of the first hit, in percent.
   *
   * @param textToImage of pictures by their captions
   * @param imageToText of captions by their pictures
   * @param source who published it
   */
  public record Retrieval(String dataset, double textToImage, double imageToText, String source) {}

  public CatalogEntry {
    retrieval = List.copyOf(retrieval);
    sources = List.copyOf(sources);
  }
}
