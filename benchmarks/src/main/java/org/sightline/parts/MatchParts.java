package org.sightline.parts;

import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.inference.InferenceInput.Text;
import org.sightline.runtime.inference.MatchScore;

/** A request for the scores of a text with pictures whose image tokens are in memory. */
public class MatchParts {
  private static final long CACHE_BYTES = 64L << 20;

  /** The bundled matcher, and candidates that it knows. */
  @State(Scope.Thread)
  public static class Candidates {
    private final Text text = new Text("smiling face with red heart");
    private final List<InferenceInput> candidates = new ArrayList<>();
    private Models models;

    /** Matches all of them once; they are named by their digest alone from then on. */
    @Setup
    public void know() {
      models = new Models(CACHE_BYTES, 1000);
      List<InferenceInput> images = new ArrayList<>();
      Material.gallery(100).forEach(picture -> images.add(Image.of(picture.png())));
      models.match(text, images);
      images.forEach(image -> candidates.add(Image.reference(((Image) image).digest())));
    }

    /** Closes the model. */
    @TearDown
    public void close() {
      models.close();
    }
  }

  /** {@link Parts#MATCH_10}. */
  @Benchmark
  public List<MatchScore> ten(Candidates state) {
    return state.models.match(state.text, state.candidates.subList(0, 10));
  }

  /** {@link Parts#MATCH_100}. */
  @Benchmark
  public List<MatchScore> hundred(Candidates state) {
    return state.models.match(state.text, state.candidates);
  }
}
