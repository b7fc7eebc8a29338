package org.sightline.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.features.Storage;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.testsupport.gallery.Photos;

/**
 * Image tokens of photographs by BLIP base, kept between runs: making them takes the better part of
 * a second each. Of both bundles, whose image graph is the same.
 */
final class TokenStore {
  static final int PHOTOS = 100;
  private static final long MAX_BYTES = 4L << 30;
  private static final int AT_ONCE = 10;

  private final Path folder;
  private final FeatureFiles files;
  private final List<InferenceInput.Image> images;
  private final String fingerprint;

  private TokenStore(
      Path folder, FeatureFiles files, List<InferenceInput.Image> images, String fingerprint) {
    this.folder = folder;
    this.files = files;
    this.images = List.copyOf(images);
    this.fingerprint = fingerprint;
  }

  /** Opens the store, and makes what is not there. */
  static TokenStore filled(Bench bench) throws Exception {
    Path folder = bench.cache().resolve("features");
    List<InferenceInput.Image> images = new ArrayList<>();
    for (byte[] photo : Photos.read(bench.photos().small(PHOTOS))) {
      images.add(InferenceInput.Image.of(photo));
    }
    String fingerprint = fingerprint(bench, PairScores.MODEL);
    FeatureFiles files = FeatureFiles.open(folder, MAX_BYTES, Storage.FLOAT32);
    TokenStore store = new TokenStore(folder, files, images, fingerprint);
    store.make(bench);
    return store;
  }

  private static String fingerprint(Bench bench, String model) {
    return Bundle.read(bench.bundle(model)).manifest().fingerprint();
  }

  private void make(Bench bench) throws Exception {
    List<InferenceInput> missing = missing();
    if (missing.isEmpty()) {
      return;
    }
    bench.say("making image tokens of " + missing.size() + " photographs, once");
    try (Matcher matcher = new Matcher(bench, PairScores.MODEL, files, 0)) {
      for (int at = 0; at < missing.size(); at += AT_ONCE) {
        matcher.match(PairScores.TEXT, missing.subList(at, Math.min(at + AT_ONCE, missing.size())));
      }
      // tokens are written beside the request that made them
      while (missing().isEmpty() == false) {
        Thread.onSpinWait();
      }
    }
  }

  private List<InferenceInput> missing() {
    List<InferenceInput> missing = new ArrayList<>();
    for (InferenceInput.Image image : images) {
      if (files.contains(fingerprint, image.digest()) == false) {
        missing.add(image);
      }
    }
    return missing;
  }

  /** Writes the same tokens as those of another bundle with the same image graph. */
  void shareWith(Bench bench, String model) {
    String other = fingerprint(bench, model);
    for (InferenceInput.Image image : images) {
      if (files.contains(other, image.digest()) == false) {
        files.write(other, image.digest(), read(image.digest()));
      }
    }
  }

  Path folder() {
    return folder;
  }

  FeatureFiles files() {
    return files;
  }

  /** The photographs, encoded. */
  List<InferenceInput.Image> images() {
    return images;
  }

  /** The first photographs by digest alone: their tokens must be known. */
  List<InferenceInput> references(int count) {
    List<InferenceInput> references = new ArrayList<>();
    for (InferenceInput.Image image : images.subList(0, count)) {
      references.add(InferenceInput.Image.reference(image.digest()));
    }
    return references;
  }

  /** Tokens from the disk. */
  ImageFeatures read(String digest) {
    ImageFeatures features = files.read(fingerprint, digest);
    if (features == null) {
      throw new IllegalStateException("the tokens of [" + digest + "] are not in " + folder);
    }
    return features;
  }
}
