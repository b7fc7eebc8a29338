package org.sightline.parts;

import java.util.ArrayList;
import java.util.List;
import org.sightline.runtime.text.TextTokenizer;

/** Captions made of the gallery's own words. */
final class Captions {
  private static final List<String> WORDS =
      List.of("red", "heart", "with", "smiling", "face", "and", "blue", "flag", "cat", "sun");

  private Captions() {}

  /**
   * A caption that has exactly so many tokens, those at both ends included.
   *
   * @param tokenizer one that reads at least as many
   */
  static String ofTokens(int tokens, TextTokenizer tokenizer) {
    StringBuilder caption = new StringBuilder();
    for (int word = 0; word <= tokens; word++) {
      int found = tokenizer.ids(caption.toString()).length;
      if (found == tokens) {
        return caption.toString();
      }
      // words of several tokens may overshoot, letters do not
      int length = caption.length();
      caption.append(length == 0 ? "" : " ").append(WORDS.get(word % WORDS.size()));
      if (tokenizer.ids(caption.toString()).length > tokens) {
        caption.setLength(length);
        caption.append(" a");
      }
    }
    throw new IllegalStateException(
        "no caption of [" + tokens + "] tokens was found, the last one is [" + caption + "]");
  }

  /** Texts that differ, of a few words each. */
  static List<String> different(int count) {
    List<String> captions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String first = WORDS.get(i % WORDS.size());
      String second = WORDS.get((i * 3 + 1 + i / WORDS.size()) % WORDS.size());
      captions.add("a picture of a " + first + " " + second);
    }
    return captions;
  }
}
