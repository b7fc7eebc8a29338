package org.sightline.runtime.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.sightline.runtime.bundle.CaptionSpec;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.InferenceException;

class DecodingTest {
  private static final CaptionSpec MODEL = new CaptionSpec(1, 2, 3, 20, 5, 1.5f, 2);

  private static CaptionOptions options(
      Integer captions, Integer beams, Integer longest, Integer shortest, Double topP) {
    return new CaptionOptions(null, captions, beams, longest, shortest, null, null, topP, null);
  }

  private static Decoding of(CaptionOptions options) {
    return Decoding.of(options, MODEL, 24);
  }

  private static String refusal(CaptionOptions options) {
    InferenceException refused = assertThrows(InferenceException.class, () -> of(options));
    assertEquals(InferenceException.Kind.INVALID_INPUT, refused.kind());
    return refused.getMessage();
  }

  @Test
  void theModelSaysWhatTheRequestDoesNot() {
    assertEquals(new Decoding(1, 3, 20, 5, 1.5, 2, null, null, 2), of(CaptionOptions.DEFAULTS));
    assertEquals(
        new Decoding(5, 1, 24, 0, 1.1, 0, 0.9, 8L, 2),
        of(new CaptionOptions("a", 5, null, 24, 0, 1.1, 0.0, 0.9, 8L)));
  }

  @Test
  void moreCaptionsThanTheModelHasBeamsAreSearchedWithMore() {
    assertEquals(7, of(options(7, null, null, null, null)).beams());
    assertEquals(3, of(options(2, null, null, null, null)).beams());
  }

  @Test
  void aShortLongestLengthShortensTheShortest() {
    assertEquals(3, of(options(null, null, 3, null, null)).minLength());
  }

  @Test
  void refusesWhatDoesNotFitTogether() {
    assertEquals(
        "[max_length] must be at most [24], which is the model's longest text, got [25]",
        refusal(options(null, null, 25, null, null)));
    assertEquals(
        "[min_length] must be at most [max_length] [20], got [21]",
        refusal(options(null, null, null, 21, null)));
    assertEquals(
        "[num_captions] must be at most [num_beams] [2] unless [top_p] is set, got [4]",
        refusal(options(4, 2, null, null, null)));
  }
}
