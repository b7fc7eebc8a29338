package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Outcome;

/** A bundle in 8 bits, made by the exporter from the same weights as {@code tiny-blip}. */
class Int8Test extends RuntimeTestCase {
  private static final String INT8 = "tiny-blip-int8";
  private static final float TOLERANCE = 1e-5f;

  private LocalRuntime open() {
    return open(limits(), Golden.FIXTURES.resolve("families"));
  }

  private static List<InferenceInput> inputs(Golden golden) throws Exception {
    List<InferenceInput> inputs = new ArrayList<>();
    for (Golden.Image image : golden.images()) {
      inputs.add(InferenceInput.Image.of(image.bytes()));
    }
    golden.contentfulTexts().forEach(expected -> inputs.add(text(expected.text())));
    return inputs;
  }

  @Test
  void anInputAloneEqualsTheSameInputAmongOthers() throws Exception {
    List<InferenceInput> inputs = inputs(Golden.of(BLIP));
    var together = embed(open(), INT8, inputs.toArray(InferenceInput[]::new)).results();
    LocalRuntime runtime = open();
    for (int i = 0; i < inputs.size(); i++) {
      float[] alone = single(embed(runtime, INT8, inputs.get(i)).results().get(0));
      assertArrayEquals(alone, single(together.get(i)), TOLERANCE, "input " + i);
    }
  }

  @Test
  void aPairAloneEqualsTheSamePairAmongOthers() throws Exception {
    Golden golden = Golden.of(BLIP);
    List<InferenceInput> images = inputs(golden).subList(0, golden.images().size());
    InferenceInput[] texts = {
      text("red heart"), text("piñata"), text(golden.contentfulTexts().get(6).text())
    };
    for (InferenceInput image : images) {
      List<Outcome<MatchScore>> together = match(open(), INT8, image, texts).results();
      LocalRuntime runtime = open();
      for (int i = 0; i < texts.length; i++) {
        MatchScore alone = match(runtime, INT8, image, texts[i]).results().get(0).orThrow();
        MatchScore among = together.get(i).orThrow();
        assertArrayEquals(logits(alone), logits(among), 10 * TOLERANCE, "text " + i);
      }
    }
  }

  private static float[] logits(MatchScore score) {
    return new float[] {score.noMatchLogit(), score.matchLogit()};
  }

  @Test
  void vectorsAreNearThoseOfFloat32() throws Exception {
    Golden golden = Golden.of(BLIP);
    List<InferenceInput> inputs = inputs(golden);
    List<float[]> expected = new ArrayList<>();
    golden.images().forEach(image -> expected.add(image.embedding().get(0)));
    golden.contentfulTexts().forEach(text -> expected.add(text.embedding()));
    var results = embed(open(), INT8, inputs.toArray(InferenceInput[]::new)).results();
    for (int i = 0; i < inputs.size(); i++) {
      double cosine = cosine(expected.get(i), single(results.get(i)));
      // 32 channels with random weights: models of real size come nearer
      assertTrue(cosine >= 0.98, "input " + i + ": cosine " + cosine);
    }
  }
}
