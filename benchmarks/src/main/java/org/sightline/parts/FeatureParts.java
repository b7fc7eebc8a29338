package org.sightline.parts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.features.Storage;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.inference.InferenceInput.Text;

/** Image tokens from files, which the operating system has in memory. */
public class FeatureParts {
  private static final long MAX_BYTES = 1L << 30;

  /** Tokens of pictures of the gallery by the bundled matcher, in int8. */
  @State(Scope.Thread)
  public static class Stored {
    private Path folder;
    private FeatureFiles files;
    private String fingerprint;
    private Turns<String> digests;

    /** Makes the tokens and waits until they are written, which happens beside the request. */
    @Setup
    public void write() throws IOException {
      folder = Files.createTempDirectory("sightline-parts");
      files = FeatureFiles.open(folder, MAX_BYTES, Storage.INT8);
      fingerprint = Material.bundle(Models.BLIP).manifest().fingerprint();
      List<InferenceInput> images = new ArrayList<>();
      List<String> names = new ArrayList<>();
      Material.gallery(Material.INPUTS)
          .forEach(
              picture -> {
                Image image = Image.of(picture.png());
                images.add(image);
                names.add(image.digest());
              });
      try (Models models = new Models(0, 0, files)) {
        models.match(new Text("red heart"), images);
        while (files.stats().entries() < images.size()) {
          Thread.onSpinWait();
        }
      }
      digests = new Turns<>(names);
    }

    /** Removes the files. */
    @TearDown
    public void delete() throws IOException {
      List<Path> paths;
      try (Stream<Path> all = Files.walk(folder)) {
        paths = new ArrayList<>(all.toList());
      }
      for (Path path : paths.reversed()) {
        Files.delete(path);
      }
    }
  }

  /** {@link Parts#FEATURES_DISK}. */
  @Benchmark
  public ImageFeatures read(Stored state) {
    ImageFeatures features = state.files.read(state.fingerprint, state.digests.next());
    if (features == null) {
      throw new IllegalStateException("the tokens are not in " + state.folder);
    }
    return features;
  }
}
