package org.sightline.cli.hub;

import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the path of a graph says. Publishers name the two graphs of a model in many ways, but always
 * alike up to one word: {@code onnx/vision_model_fp16.onnx} and {@code onnx/text_model_fp16.onnx},
 * {@code visual/model.onnx} and {@code textual/model.onnx}, {@code x-image.onnx} and {@code
 * x-text.onnx}. A graph that does both, or whose folder holds no other, is called {@code model}.
 *
 * @param side the tower that the word names
 * @param frame the path with a star in place of the word, which the other graph has as well
 * @param folder in which both lie, with a slash at its end; empty at the top
 * @param precision {@code fp32} where the name says nothing else, otherwise the rest of it
 */
record GraphName(Side side, String frame, String folder, String precision) {
  static final String SUFFIX = ".onnx";

  /** Precision of a graph whose name says none. */
  static final String UNNAMED = "fp32";

  /** The towers of a model. */
  enum Side {
    VISION,
    TEXT,
    /** The name says neither. */
    ANY
  }

  private static final Pattern WORD =
      Pattern.compile("(?i)(?<![a-z])(?:(vision|visual|image|img)|(textual|text))(?![a-z])");

  private static final Pattern MODEL = Pattern.compile("(?i)(?<![a-z])model(?![a-z])");

  /** Reads a path; empty where it is none of a graph, or says nothing. */
  static Optional<GraphName> of(String path) {
    if (path.endsWith(SUFFIX) == false) {
      return Optional.empty();
    }
    Matcher words = WORD.matcher(path);
    MatchResult word = null;
    while (words.find()) {
      word = words.toMatchResult();
    }
    if (word != null) {
      String frame = path.substring(0, word.start()) + "*" + path.substring(word.end());
      return Optional.of(named(word.group(1) == null ? Side.TEXT : Side.VISION, frame));
    }
    return MODEL.matcher(path.substring(path.lastIndexOf('/') + 1)).lookingAt()
        ? Optional.of(named(Side.ANY, path))
        : Optional.empty();
  }

  private static GraphName named(Side side, String frame) {
    int star = frame.indexOf('*');
    int slash = star < 0 ? frame.lastIndexOf('/') : frame.lastIndexOf('/', star);
    String name = frame.substring(slash + 1, frame.length() - SUFFIX.length());
    String rest =
        MODEL.matcher(name).replaceAll("").replace("*", "").replaceAll("^[-_./]+|[-_./]+$", "");
    return new GraphName(
        side, frame, frame.substring(0, slash + 1), rest.isEmpty() ? UNNAMED : rest);
  }
}
