package org.sightline.benchmarks;

import java.io.IOException;
import java.util.List;

/**
 * How cost grows: with the rank window, the length of a text, the documents of an index, the
 * inference nodes and the pictures in flight. Each value also as a ratio to the smallest size in
 * the same round.
 */
public final class Scaling {
  private static final List<GrowthPart> PARTS =
      List.of(
          RerankGrowth.ofBundled(),
          RerankGrowth.ofRealSize(),
          MatchGrowth.ofBundled(),
          MatchGrowth.ofRealSize(),
          new TextSearchGrowth(),
          new DocumentGrowth(),
          // these end the shared node and start their own
          new MemoryGrowth(),
          new NodeGrowth());

  private Scaling() {}

  /** Arguments: the checkout, then those of {@code benchmarks/run scaling}. */
  public static void main(String[] arguments) throws IOException {
    TableCommand<Growth, GrowthReport> command =
        new TableCommand<>("benchmarks/run scaling", "scaling.json", PARTS);
    System.exit(command.run(arguments, Options::parseWithDocuments, new GrowthReport()));
  }
}
