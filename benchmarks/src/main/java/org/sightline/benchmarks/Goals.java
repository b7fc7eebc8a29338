package org.sightline.benchmarks;

import java.io.IOException;
import java.util.List;

/** The table of goals: every row with its rival in the same run. */
public final class Goals {
  private static final List<Part> PARTS =
      List.of(
          new PhotoIngest(),
          new LargePhotoIngest(),
          new Int8Ingest(),
          new GalleryIngest(),
          new TextSearches(),
          new PairScores(),
          new Reranks(),
          new Decoding(),
          new TokenReads());

  private Goals() {}

  /** Arguments: the checkout, then those of {@code benchmarks/run}. */
  public static void main(String[] arguments) throws IOException {
    TableCommand<Row, Report> command = new TableCommand<>("benchmarks/run", "last.json", PARTS);
    System.exit(command.run(arguments, Options::parse, new Report()));
  }
}
