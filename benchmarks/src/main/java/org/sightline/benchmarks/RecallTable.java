package org.sightline.benchmarks;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.sightline.vectors.VectorIndex;
import org.sightline.vectors.Vectors;

/**
 * What each index option of {@code dense_vector} finds of the exact neighbours, how long it takes
 * and what it occupies: names as queries, pictures of the gallery and variants of them as the
 * collection, all encoded by the bundled model.
 */
public final class RecallTable {
  private static final int SMALLEST = 1_000;
  private static final int MEDIUM = 10_000;
  private static final int LARGE = 100_000;
  private static final List<Integer> DIMENSIONS = List.of(128, 383, 384, 512, 768);

  private RecallTable() {}

  /** Arguments: the checkout, then those of {@code benchmarks/run recall}. */
  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    Options options;
    try {
      options = Options.parseWithDocuments(List.of(arguments), Set.of());
    } catch (IllegalArgumentException e) {
      err.println("benchmarks/run recall: " + e.getMessage());
      System.exit(2);
      return;
    }
    RecallReport report = new RecallReport();
    List<String> defaults = new ArrayList<>();
    try (Bench bench = new Bench(options, Set.of(), err)) {
      measure(bench, report);
      for (int dimensions : DIMENSIONS) {
        defaults.add(
            dimensions + ": `" + VectorIndex.defaultKind(bench.node().http(), dimensions) + "`");
      }
    }
    for (String table : List.of(report.recalls(), report.times(), report.sizes())) {
      out.println(table);
      out.println();
    }
    out.println("Index options of a field that names none, by dimensions: " + defaults);
    new Rounds(options, "recall.json").write("collections", report::json);
  }

  /** A thousand, the whole gallery, and powers of ten beyond it up to the largest. */
  static List<Integer> sizes(int gallery, int largest) {
    List<Integer> sizes = new ArrayList<>();
    for (int size : List.of(SMALLEST, gallery)) {
      if (size < largest) {
        sizes.add(size);
      }
    }
    for (long size = MEDIUM; size < largest; size *= 10) {
      sizes.add((int) size);
    }
    sizes.add(largest);
    return sizes;
  }

  private static void measure(Bench bench, RecallReport report) throws Exception {
    GalleryVectors source = new GalleryVectors(bench);
    Vectors queries = source.ofTexts(source.names(bench.quick() ? 100 : 300));
    int largest = bench.documents(bench.quick() ? MEDIUM : LARGE);
    Vectors all = source.ofPictures(Math.max(largest, source.pictures()));
    Vectors gallery = all.first(source.pictures());
    for (int size : sizes(source.pictures(), largest)) {
      bench.say("indexing " + size + " pictures in every way");
      long start = System.nanoTime();
      Vectors some = size < gallery.size() ? gallery.sample(size) : all.first(size);
      try (RecallSize measured = new RecallSize(bench.node().http(), some, queries)) {
        bench.say(String.format(Locale.ROOT, "took %.0f s", (System.nanoTime() - start) / 1e9));
        measured.measure(bench.quick() ? 2 : 5);
        report.add(
            measured.vectors(), measured.dimensions(), measured.outcomes(), measured.bytes());
      }
      bench.say(String.format(Locale.ROOT, "took %.0f s", (System.nanoTime() - start) / 1e9));
    }
  }
}
