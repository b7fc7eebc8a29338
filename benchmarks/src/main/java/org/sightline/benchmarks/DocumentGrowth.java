package org.sightline.benchmarks;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.sightline.vectors.IndexKind;
import org.sightline.vectors.VectorIndex;
import org.sightline.vectors.Vectors;

/**
 * Searches among more and more documents: vectors of the gallery, each repeated with something
 * random added, the same ones in indices that differ in their options.
 */
final class DocumentGrowth implements GrowthPart {
  private static final List<IndexKind> KINDS =
      List.of(IndexKind.HNSW, IndexKind.INT8_HNSW, IndexKind.BBQ_HNSW);
  private static final int SMALLEST = 1_000;
  private static final int K = 10;
  private static final int CANDIDATES = 100;
  private static final double ADDED = 0.5; // names of the same thing are about as far apart
  private static final int NAMES = 200;

  private final Map<IndexKind, Growth> knn = new EnumMap<>(IndexKind.class);
  private final Map<IndexKind, Growth> texts = new EnumMap<>(IndexKind.class);
  private int asks; // so that no text is asked for twice

  DocumentGrowth() {
    for (IndexKind kind : KINDS) {
      String id = kind.id().replace('_', '-');
      String what = kind.id() + ", 128 dimensions, p50";
      knn.put(kind, new Growth("knn-" + id, "knn, " + what, "ms", 2));
      texts.put(kind, new Growth("image-text-" + id, "image_text, " + what, "ms", 2));
    }
  }

  @Override
  public List<Growth> rows() {
    List<Growth> rows = new ArrayList<>(knn.values());
    rows.addAll(texts.values());
    return rows;
  }

  @Override
  public Set<String> models() {
    return Set.of();
  }

  /** Powers of ten up to the largest, and the largest. */
  static List<Integer> sizes(int largest) {
    List<Integer> sizes = new ArrayList<>();
    for (long size = SMALLEST; size < largest; size *= 10) {
      sizes.add((int) size);
    }
    sizes.add(largest);
    return sizes;
  }

  /** Times of both queries in one index, a median a round. */
  private record Times(VectorIndex index, List<Double> knn, List<Double> imageText) {}

  @Override
  public void run(Bench bench, GrowthReport report) throws Exception {
    List<Integer> sizes = sizes(bench.documents(bench.quick() ? 10_000 : 100_000));
    GalleryVectors source = new GalleryVectors(bench);
    Vectors pictures = source.ofPictures(source.pictures());
    List<String> names = source.names(NAMES);
    Vectors queries = source.ofTexts(names);
    List<IndexKind> kinds =
        KINDS.stream()
            .filter(kind -> bench.wants(knn.get(kind).id()) || bench.wants(texts.get(kind).id()))
            .toList();
    Map<IndexKind, List<Times>> times = new EnumMap<>(IndexKind.class);
    kinds.forEach(kind -> times.put(kind, new ArrayList<>()));
    List<String> filling = new ArrayList<>();
    for (int size : sizes) {
      List<VectorIndex> indices = new ArrayList<>();
      for (IndexKind kind : kinds) {
        VectorIndex index =
            new VectorIndex(bench.node().http(), "documents-" + size + "-" + kind.id(), kind);
        indices.add(index);
        times.get(kind).add(new Times(index, new ArrayList<>(), new ArrayList<>()));
      }
      bench.say("indexing " + size + " documents, " + kinds.size() + " times");
      long start = System.nanoTime();
      VectorIndex.fill(indices, pictures.around(size, ADDED, 7));
      filling.add(String.format(Locale.ROOT, "%.0f", (System.nanoTime() - start) / 1e9));
    }
    int asked = bench.quick() ? 40 : 100;
    for (int round = -1; round < bench.rounds(); round++) { // the first one warms up
      for (int s = 0; s < sizes.size(); s++) {
        for (IndexKind kind : kinds) {
          ask(times.get(kind).get(s), names, queries, asked, round >= 0);
        }
      }
    }
    tell(bench, report, sizes, times, String.join(", ", filling));
  }

  private void tell(
      Bench bench,
      GrowthReport report,
      List<Integer> sizes,
      Map<IndexKind, List<Times>> times,
      String filling) {
    times.forEach(
        (kind, all) -> {
          List<Growth.Point> ready = new ArrayList<>();
          List<Growth.Point> encoded = new ArrayList<>();
          for (int s = 0; s < sizes.size(); s++) {
            String at = String.format(Locale.ROOT, "%,d documents", sizes.get(s));
            ready.add(new Growth.Point(at, sizes.get(s), all.get(s).knn()));
            encoded.add(new Growth.Point(at, sizes.get(s), all.get(s).imageText()));
            all.get(s).index().delete();
          }
          if (bench.wants(knn.get(kind).id())) {
            String note = "one shard of one segment, k " + K + ", num_candidates " + CANDIDATES;
            note += "; filling and merging all indices of a size took " + filling + " s";
            report.measured(knn.get(kind), ready, note + "; --documents N goes further");
          }
          if (bench.wants(texts.get(kind).id())) {
            report.measured(texts.get(kind), encoded, "texts that the cluster has not seen");
          }
        });
  }

  private void ask(Times times, List<String> names, Vectors queries, int asked, boolean counts) {
    List<Double> ready = new ArrayList<>();
    List<Double> encoded = new ArrayList<>();
    for (int i = 0; i < asked; i++) {
      int number = asks++;
      int name = number % names.size();
      ready.add(times.index().knn(queries.get(name), K, CANDIDATES, null).millis());
      String text = names.get(name) + " " + number;
      encoded.add(times.index().imageText(GalleryVectors.MODEL, text, K, CANDIDATES).millis());
    }
    if (counts) {
      times.knn().add(Spread.of(ready).median());
      times.imageText().add(Spread.of(encoded).median());
    }
  }
}
