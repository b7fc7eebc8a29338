package org.sightline.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.sightline.demo.GalleryIndex;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.vectors.PictureVariants;
import org.sightline.vectors.VectorFile;
import org.sightline.vectors.Vectors;

/** Vectors that the bundled model gives pictures and names, by a node. */
final class GalleryVectors {
  static final String MODEL = GalleryIndex.EMBEDDING_MODEL;
  private static final int AT_ONCE = 128;

  private final Bench bench;
  private final Gallery gallery;

  GalleryVectors(Bench bench) {
    this.bench = bench;
    this.gallery = bench.gallery();
  }

  /** Pictures of the gallery. */
  int pictures() {
    return gallery.pictures().size();
  }

  /** Names, evenly spread over all, each one once. */
  List<String> names(int count) {
    List<String> names = gallery.namesWithoutSkinTones();
    List<String> some = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      some.add(names.get((int) ((long) i * names.size() / count)));
    }
    return some;
  }

  Vectors ofTexts(List<String> texts) throws Exception {
    List<float[]> vectors = new ArrayList<>();
    for (int at = 0; at < texts.size(); at += AT_ONCE) {
      List<String> some = texts.subList(at, Math.min(at + AT_ONCE, texts.size()));
      vectors.addAll(bench.node().embedTexts(MODEL, some));
    }
    return Vectors.of(vectors);
  }

  /**
   * The gallery, then as many {@link PictureVariants} of it as are needed, all encoded by the
   * model. Kept between runs.
   */
  Vectors ofPictures(int count) throws Exception {
    Bundle bundle = Bundle.read(bench.bundle(MODEL));
    String name = MODEL + "-" + bundle.manifest().fingerprint() + ".f32";
    Path folder = bench.cache().resolve("varied");
    VectorFile file = new VectorFile(folder.resolve(name), bundle.manifest().dimensions());
    int there = file.count();
    if (there < count) {
      bench.say("encoding " + (count - there) + " pictures, once");
    }
    PictureVariants variants = new PictureVariants(gallery.pictures());
    for (int at = there; at < count; at = file.count()) {
      append(file, variants, at, Math.min(at + AT_ONCE, count));
    }
    return Vectors.of(file.read(count));
  }

  private void append(VectorFile file, PictureVariants variants, int from, int to)
      throws Exception {
    List<Picture> pictures = gallery.pictures();
    List<byte[]> images =
        IntStream.range(from, to)
            .parallel()
            .mapToObj(
                number ->
                    number < pictures.size() ? pictures.get(number).png() : variants.png(number))
            .toList();
    try {
      file.append(bench.node().embed(MODEL, images));
    } catch (IOException e) {
      throw new IOException("pictures " + from + " to " + to, e);
    }
  }
}
