package org.sightline.runtime.zeroshot;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.VectorMath;

/** Labels as a model sees them: one L2-normalised vector each. Immutable. */
final class LabelEmbeddings {
  private final ModelInfo model;
  private final List<String> labels;
  private final float[][] vectors;

  private LabelEmbeddings(ModelInfo model, List<String> labels, float[][] vectors) {
    this.model = model;
    this.labels = labels;
    this.vectors = vectors;
  }

  /**
   * Averages the templates of each label.
   *
   * @param texts embeddings of {@link LabelSet#texts}, in their order
   */
  static LabelEmbeddings of(ModelInfo model, LabelSet set, List<Embedding> texts) {
    int templates = set.templates().size();
    float[][] vectors = new float[set.labels().size()][];
    for (int label = 0; label < vectors.length; label++) {
      float[] sum = new float[model.dimensions()];
      for (Embedding text : texts.subList(label * templates, (label + 1) * templates)) {
        add(sum, text.single());
      }
      vectors[label] = normalised(sum, set.labels().get(label));
    }
    return new LabelEmbeddings(model, set.labels(), vectors);
  }

  private static void add(float[] sum, float[] vector) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += vector[i];
    }
  }

  private static float[] normalised(float[] vector, String label) {
    double norm = VectorMath.norm(vector);
    if (norm < 1e-6) {
      throw InferenceException.invalid(
          "[templates] cancel each other out for the label [" + label + "]");
    }
    return VectorMath.divided(vector, norm);
  }

  /**
   * All labels, the likeliest first; of equally likely ones the one given first.
   *
   * <p>A logit is {@code scale * cosine + bias}. A model with a bias judges every label on its own
   * (sigmoid; SigLIP, Zhai et al., arXiv 2303.15343), the others share one probability between the
   * labels (softmax; CLIP, figure 3). The cosine is the best of an image's vectors where it has
   * several, as in BLIP-2's contrastive similarity.
   */
  List<LabelProbability> classify(Embedding image) {
    double[] logits = new double[vectors.length];
    for (int label = 0; label < logits.length; label++) {
      logits[label] =
          model.logitScale() * VectorMath.nearest(image, vectors[label]) + model.logitBias();
    }
    double[] probabilities = model.logitBias() == 0 ? softmax(logits) : sigmoid(logits);
    List<LabelProbability> ranked = new ArrayList<>(logits.length);
    for (int label = 0; label < logits.length; label++) {
      ranked.add(new LabelProbability(labels.get(label), (float) probabilities[label]));
    }
    ranked.sort(Comparator.comparingDouble(LabelProbability::probability).reversed());
    return ranked;
  }

  private static double[] softmax(double[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      max = Math.max(max, logit);
    }
    double[] out = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < out.length; i++) {
      out[i] = Math.exp(logits[i] - max);
      sum += out[i];
    }
    for (int i = 0; i < out.length; i++) {
      out[i] /= sum;
    }
    return out;
  }

  private static double[] sigmoid(double[] logits) {
    double[] out = new double[logits.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = 1 / (1 + Math.exp(-logits[i]));
    }
    return out;
  }
}
