package org.sightline.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TextOfLengthTest {

  /** Two around it, and a token for each four letters begun of a word. */
  private static int tokens(String text) {
    int tokens = 2;
    for (String word : text.split(" ")) {
      tokens += (word.length() + 3) / 4;
    }
    return tokens;
  }

  @Test
  void textsHaveTheWantedLengthAndDiffer() {
    TextOfLength texts = new TextOfLength(TextOfLengthTest::tokens);
    for (int length : new int[] {6, 12, 77}) {
      Set<String> seen = new HashSet<>();
      for (int number = 0; number < 50; number++) {
        String text = texts.text(length, number);
        assertEquals(length, tokens(text));
        seen.add(text);
      }
      assertEquals(50, seen.size(), "of length " + length);
    }
  }

  @Test
  void saysWhenThereIsNone() {
    TextOfLength texts = new TextOfLength(text -> 3);
    assertEquals(
        "no text of [6] tokens was found",
        assertThrows(IllegalStateException.class, () -> texts.text(6, 0)).getMessage());
  }
}
