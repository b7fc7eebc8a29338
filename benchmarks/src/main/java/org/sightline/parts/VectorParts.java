package org.sightline.parts;

import java.util.List;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.VectorMath;

/** Arithmetic on embeddings and on match logits. */
public class VectorParts {
  private static final int DIMENSIONS = 512;
  private static final int VECTORS_OF_AN_IMAGE = 32;

  /** Random vectors of CLIP's length, and an image with as many as BLIP-2 gives. */
  @State(Scope.Thread)
  public static class Vectors {
    private final float[] a = new float[DIMENSIONS];
    private final float[] b = new float[DIMENSIONS];
    private Embedding several;
    private MatchScore score;

    /** Fills them, the same way every time. */
    @Setup
    public void fill() {
      SplittableRandom random = new SplittableRandom(7);
      fill(random, a);
      fill(random, b);
      float[][] vectors = new float[VECTORS_OF_AN_IMAGE][DIMENSIONS];
      for (float[] vector : vectors) {
        fill(random, vector);
      }
      several = new Embedding(List.of(vectors));
      score = new MatchScore(-0.7f, 1.3f, 0.3f);
    }

    private static void fill(SplittableRandom random, float[] vector) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (float) random.nextDouble(-1, 1);
      }
    }
  }

  /** {@link Parts#DOT}. */
  @Benchmark
  public double dot(Vectors vectors) {
    return VectorMath.dot(vectors.a, vectors.b);
  }

  /** {@link Parts#NEAREST}. */
  @Benchmark
  public double nearest(Vectors vectors) {
    return VectorMath.nearest(vectors.several, vectors.b);
  }

  /** {@link Parts#NORMALISE}. */
  @Benchmark
  public float[] normalise(Vectors vectors) {
    return VectorMath.divided(vectors.a, VectorMath.norm(vectors.a));
  }

  /** {@link Parts#PROBABILITY}. */
  @Benchmark
  public float probability(Vectors vectors) {
    return vectors.score.probability();
  }
}
