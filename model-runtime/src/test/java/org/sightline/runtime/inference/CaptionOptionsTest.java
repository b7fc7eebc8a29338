package org.sightline.runtime.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class CaptionOptionsTest {
  @Test
  void refusesWhatIsOutOfRange() {
    refuses("[num_captions] must be in [1, 16], got [0]", null, 0, null, null, null, null);
    refuses("[num_beams] must be in [1, 16], got [17]", null, null, 17, null, null, null);
    refuses("[max_length] must be in [2, 4096], got [1]", null, null, null, 1, null, null);
    refuses("[min_length] must be in [0, 4096], got [-1]", null, null, null, null, -1, null);
    refuses("[top_p] must be in (0, 1.0], got [0.0]", null, null, null, null, null, 0.0);
    refuses("[top_p] must be in (0, 1.0], got [NaN]", null, null, null, null, null, Double.NaN);
    refuses(
        "[prompt] must have at most [4096] characters, got [4097]",
        "x".repeat(4097),
        null,
        null,
        null,
        null,
        null);
    refuses(
        "[repetition_penalty] must be in [0.1, 10.0], got [0.0]",
        () -> new CaptionOptions(null, null, null, null, null, 0.0, null, null, null));
    refuses(
        "[length_penalty] must be in [-10.0, 10.0], got [11.0]",
        () -> new CaptionOptions(null, null, null, null, null, null, 11.0, null, null));
  }

  @Test
  void refusesWhatExcludesEachOther() {
    refuses(
        "[top_p] draws at random and [num_beams] searches, expected only one of them",
        null,
        null,
        3,
        null,
        null,
        0.9);
    refuses(
        "[seed] needs [top_p], nothing is drawn without it",
        () -> new CaptionOptions(null, null, null, null, null, null, null, null, 1L));
  }

  private static void refuses(
      String message,
      String prompt,
      Integer captions,
      Integer beams,
      Integer longest,
      Integer shortest,
      Double topP) {
    refuses(
        message,
        () ->
            new CaptionOptions(prompt, captions, beams, longest, shortest, null, null, topP, null));
  }

  private static void refuses(String message, Runnable options) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, options::run).getMessage());
  }
}
