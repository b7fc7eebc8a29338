package org.sightline.benchmarks;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;

/** Texts of a wanted number of tokens, each number another text. */
final class TextOfLength {
  private static final List<String> WORDS =
      List.of(
          "red", "dog", "face", "black", "house", "green", "cat", "white", "tree", "blue", "bus",
          "hand", "car", "sun", "moon", "star", "fish", "bird", "book", "ball", "heart", "man",
          "woman", "boat", "train", "flag", "clock", "box", "key", "horse");
  private static final int TRIES = 1_000;

  private final ToIntFunction<String> tokens;

  /**
   * @param tokens of a text, those around it included, however long it is
   */
  TextOfLength(ToIntFunction<String> tokens) {
    this.tokens = tokens;
  }

  /** A text of so many tokens. */
  String text(int length, int number) {
    SplittableRandom random = new SplittableRandom(length * 1_000_003L + number);
    String text = WORDS.get(random.nextInt(WORDS.size()));
    for (int tries = 0; tries < TRIES; tries++) {
      int now = tokens.applyAsInt(text);
      if (now == length) {
        return text;
      }
      String longer = text + ' ' + WORDS.get(random.nextInt(WORDS.size()));
      if (tokens.applyAsInt(longer) <= length) { // a word may be several tokens
        text = longer;
      }
    }
    throw new IllegalStateException("no text of [" + length + "] tokens was found");
  }
}
