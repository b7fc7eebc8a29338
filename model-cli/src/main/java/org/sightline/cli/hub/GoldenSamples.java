package org.sightline.cli.hub;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.VectorMath;

/**
 * The samples of a bundle: pictures and texts, and what its checkpoint made of them ({@code
 * golden.json}, written by {@code model-export}).
 *
 * @param minCosine least cosine of an embedding with the checkpoint's
 * @param maxLogitDifference of a matching logit, relative to the larger one where that is above 1
 */
record GoldenSamples(
    double minCosine,
    double maxLogitDifference,
    List<Sample> images,
    List<Sample> texts,
    List<Match> matches) {
  /** Name of the file. */
  static final String FILE = "golden.json";

  /**
   * An input.
   *
   * @param name for messages, such as {@code image 0}
   * @param vectors what the checkpoint made of it; empty where the model does not embed such inputs
   */
  record Sample(String name, InferenceInput input, List<float[]> vectors) {}

  /**
   * A pair.
   *
   * @param image place in {@code images}; {@code text} likewise
   */
  record Match(int image, int text, float[] logits) {}

  /** Runs one of the model's roles. */
  interface Runner {
    Embedding embed(InferenceInput input);

    MatchScore match(InferenceInput text, InferenceInput image);
  }

  /**
   * Reads the samples of a bundle whose files are verified.
   *
   * @return empty where it has none
   * @throws BundleException when the file cannot be read as that
   */
  static Optional<GoldenSamples> read(Bundle bundle) {
    if (!bundle.manifest().files().containsKey(FILE)) {
      return Optional.empty();
    }
    try {
      JsonObject json =
          JsonParser.parseString(Files.readString(bundle.file(FILE))).getAsJsonObject();
      return Optional.of(
          new GoldenSamples(
              json.get("min_cosine").getAsDouble(),
              json.get("max_logit_difference").getAsDouble(),
              samples(json.getAsJsonArray("images"), "image"),
              samples(json.getAsJsonArray("texts"), "text"),
              matches(json.has("matches") ? json.getAsJsonArray("matches") : new JsonArray())));
    } catch (IOException
        | JsonParseException
        | IllegalStateException
        | IllegalArgumentException
        | NullPointerException
        | ClassCastException e) {
      throw new BundleException(e, "the file [%s] holds no samples: %s", FILE, e);
    }
  }

  private static List<Sample> samples(JsonArray array, String kind) {
    List<Sample> samples = new ArrayList<>();
    for (JsonElement element : array) {
      JsonObject sample = element.getAsJsonObject();
      InferenceInput input =
          kind.equals("text")
              ? new InferenceInput.Text(sample.get("text").getAsString())
              : InferenceInput.Image.of(
                  Base64.getDecoder().decode(sample.get("png").getAsString()));
      List<float[]> vectors = new ArrayList<>();
      if (sample.has("vectors")) {
        sample
            .getAsJsonArray("vectors")
            .forEach(vector -> vectors.add(floats(vector.getAsJsonArray())));
      }
      samples.add(new Sample(kind + " " + samples.size(), input, vectors));
    }
    return samples;
  }

  private static List<Match> matches(JsonArray array) {
    List<Match> matches = new ArrayList<>();
    for (JsonElement element : array) {
      JsonObject match = element.getAsJsonObject();
      matches.add(
          new Match(
              match.get("image").getAsInt(),
              match.get("text").getAsInt(),
              floats(match.getAsJsonArray("logits"))));
    }
    return matches;
  }

  private static float[] floats(JsonArray array) {
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).getAsFloat();
    }
    return values;
  }

  /**
   * Runs all samples.
   *
   * @return what was compared, for people
   * @throws BundleException naming the first sample that differs, what came out and the bound
   */
  String check(Runner runner) {
    double least = 1;
    int embedded = 0;
    for (List<Sample> kind : List.of(images, texts)) {
      for (Sample sample : kind) {
        if (!sample.vectors().isEmpty()) {
          least = Math.min(least, checkEmbedding(sample, runner.embed(sample.input())));
          embedded++;
        }
      }
    }
    double largest = 0;
    for (Match match : matches) {
      largest = Math.max(largest, checkMatch(match, runner));
    }
    String compared =
        String.format(Locale.ROOT, "%d embeddings, cosine at least %.6f", embedded, least);
    return matches.isEmpty()
        ? compared
        : compared
            + String.format(
                Locale.ROOT,
                "; %d matches, logits differ by at most %.1e",
                matches.size(),
                largest);
  }

  private double checkEmbedding(Sample sample, Embedding made) {
    if (made.vectors().size() != sample.vectors().size()) {
      throw differs(
          sample.name(),
          made.vectors().size() + " vectors",
          sample.vectors().size() + " of the checkpoint");
    }
    double least = 1;
    for (int i = 0; i < made.vectors().size(); i++) {
      float[] wanted = sample.vectors().get(i);
      float[] got = made.vectors().get(i);
      if (wanted.length != got.length) {
        throw differs(sample.name(), got.length + " dimensions", wanted.length + " of it");
      }
      double cosine =
          VectorMath.dot(wanted, got) / (VectorMath.norm(wanted) * VectorMath.norm(got));
      if (!(cosine >= minCosine)) {
        throw differs(sample.name(), "the cosine " + cosine, "at least " + minCosine);
      }
      least = Math.min(least, cosine);
    }
    return least;
  }

  private double checkMatch(Match match, Runner runner) {
    Sample image = images.get(match.image());
    Sample text = texts.get(match.text());
    MatchScore score = runner.match(text.input(), image.input());
    float[] got = {score.noMatchLogit(), score.matchLogit()};
    double largest = 0;
    for (int i = 0; i < 2; i++) {
      double difference = Math.abs(got[i] - match.logits()[i]);
      double allowed = maxLogitDifference * Math.max(1, Math.abs(match.logits()[i]));
      if (!(difference <= allowed)) {
        throw differs(
            image.name() + " with " + text.name(),
            "the logit " + got[i] + " instead of " + match.logits()[i],
            "a difference of at most " + allowed);
      }
      largest = Math.max(largest, difference);
    }
    return largest;
  }

  private static BundleException differs(String sample, String got, String expected) {
    return new BundleException(
        "the sample [%s] of [%s] gives %s, expected %s: this model does not give here what"
            + " its checkpoint gives",
        sample, FILE, got, expected);
  }
}
