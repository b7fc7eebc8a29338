package org.sightline.runtime.text;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.CleaningStep;
import org.sightline.runtime.bundle.TextSpec;
import org.sightline.runtime.lease.RefCounted;

/**
 * A native tokenizer made from {@code tokenizer.json}, with truncation to the manifest's maximum
 * and without padding, whatever the file says: padding happens when a batch is formed. Texts are
 * taken as they come; {@link TextCleaner} has been there before.
 *
 * <p>Thread-safe. The owner calls {@link #decRef()} when done; an encoding that runs at that moment
 * ends first.
 */
public final class TextTokenizer extends RefCounted {
  /**
   * Longer texts are cut before they reach the tokenizer, so that the work spent on a text has a
   * bound. No model reads that far: 4096 tokens of 16 characters.
   */
  static final int MAX_CHARACTERS = 1 << 16;

  /**
   * Longest word, in characters, that WordPiece looks up; a longer one becomes the unknown token.
   * The work on a word grows with the cube of its length. WordPiece itself has 100 by default.
   */
  static final int MAX_WORD = 128;

  private static final String BASE64 =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  private static final String WORD_LIMIT = "max_input_chars_per_word";

  /** Lengths of {@link #hostileTexts}: the first one, and the last one that is always measured. */
  private static final int SHORTEST = 16;

  private static final int USUALLY_ENOUGH = 1 << 12;

  /** Longest time that a tokenizer may take for a text. */
  private static final Duration SLOWEST = Duration.ofSeconds(1);

  private static final TokenizersLibrary NATIVE = TokenizersLibrary.LIB;

  private final long handle;

  private TextTokenizer(long handle) {
    this.handle = handle;
  }

  /**
   * Opens the tokenizer of a bundle.
   *
   * @param file {@code tokenizer.json} in HuggingFace's format
   * @throws BundleException when the file cannot be read or is no tokenizer
   */
  public static TextTokenizer open(Path file, TextSpec spec) {
    TokenizerLibrary.ensureLoaded();
    long handle;
    try {
      handle = NATIVE.createTokenizerFromString(adapted(Files.readString(file), spec));
    } catch (BundleException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new BundleException(
          "the file [" + file.getFileName() + "] is not a tokenizer: " + e.getMessage(), e);
    }
    TextTokenizer tokenizer = new TextTokenizer(handle);
    try {
      NATIVE.disablePadding(handle);
      NATIVE.setTruncation(handle, spec.maxLength(), "LONGEST_FIRST", 0);
      return tokenizer;
    } catch (RuntimeException e) {
      tokenizer.decRef();
      throw new BundleException(
          "the tokenizer cannot truncate to [text.max_length] "
              + spec.maxLength()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  /**
   * The same tokenizer, with at most {@link #MAX_WORD} characters a word where it is WordPiece, and
   * with letters made small before all else where the manifest says that the tokenizer does it.
   */
  private static String adapted(String json, TextSpec spec) {
    JsonObject tokenizer = JsonParser.parseString(json).getAsJsonObject();
    TokenizerRules.check(tokenizer);
    boolean changed = false;
    if (tokenizer.get("model") instanceof JsonObject model
        && model.has(WORD_LIMIT)
        && model.get(WORD_LIMIT).getAsLong() > MAX_WORD) {
      model.addProperty(WORD_LIMIT, MAX_WORD);
      changed = true;
    }
    if (spec.cleaning().contains(new CleaningStep.Lowercase(true))) {
      JsonArray normalizers = new JsonArray();
      normalizers.add(ofType("Lowercase"));
      if (tokenizer.get("normalizer") instanceof JsonObject own) {
        normalizers.add(own);
      }
      JsonObject sequence = ofType("Sequence");
      sequence.add("normalizers", normalizers);
      tokenizer.add("normalizer", sequence);
      changed = true;
    }
    return changed ? tokenizer.toString() : json;
  }

  private static JsonObject ofType(String type) {
    JsonObject object = new JsonObject();
    object.addProperty("type", type);
    return object;
  }

  /**
   * Tokenizes texts that are known to be slow and measures: ever longer ones, and the longest ones
   * where the time grows so that they may be too slow.
   *
   * @throws BundleException when a text takes longer than a second: native work cannot be
   *     cancelled, so that a few such texts would stop a node
   */
  public void requireBoundedTime() {
    requireTime(SLOWEST);
  }

  void requireTime(Duration slowest) {
    for (String kind : hostileTexts(0).keySet()) {
      long before = 0;
      long nanos = 0;
      for (int length = SHORTEST; length <= MAX_CHARACTERS; length *= 2) {
        double growth = Math.max(2, (double) nanos / Math.max(1, before));
        double steps = Math.log((double) MAX_CHARACTERS / length) / Math.log(2) + 1;
        if (length > USUALLY_ENOUGH && nanos * Math.pow(growth, steps) < slowest.toNanos()) {
          break;
        }
        before = nanos;
        String text = hostileTexts(length).get(kind);
        nanos = nanos(text);
        if (nanos > slowest.toNanos()) {
          nanos = nanos(text); // the machine may have been slow to begin
        }
        if (nanos > slowest.toNanos()) {
          throw new BundleException(
              "the tokenizer takes longer than [%s] ms for [%s] of [%s] characters",
              slowest.toMillis(), kind, length);
        }
      }
    }
  }

  /** Of this thread alone, where the machine tells: others may have the processors. */
  private static long now() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return threads.isCurrentThreadCpuTimeSupported() && Thread.currentThread().isVirtual() == false
        ? threads.getCurrentThreadCpuTime()
        : System.nanoTime();
  }

  private long nanos(String text) {
    long start = now();
    ids(text);
    return now() - start;
  }

  /**
   * Texts that are hard on tokenizers, by what they are.
   *
   * @param length in characters
   */
  public static Map<String, String> hostileTexts(int length) {
    StringBuilder encoded = new StringBuilder();
    StringBuilder ideographs = new StringBuilder();
    Random random = new Random(1);
    while (encoded.length() < length) {
      encoded.append(BASE64.charAt(random.nextInt(BASE64.length())));
      ideographs.append((char) (0x4E00 + random.nextInt(0x5000)));
    }
    return Map.of(
        "one word", "a".repeat(length),
        "long words",
            ("a".repeat(MAX_WORD) + " ").repeat(length / MAX_WORD + 1).substring(0, length),
        "base64", encoded.toString(),
        "Chinese", ideographs.toString(),
        "emoji", "🐈".repeat(length / 2));
  }

  /**
   * Ids of a text, special tokens included, at most the manifest's maximum. Truncation keeps the
   * special tokens at both ends. The empty text is valid.
   *
   * @throws IllegalStateException when the tokenizer is closed
   */
  public long[] ids(String text) {
    if (!tryIncRef()) {
      throw new IllegalStateException("the tokenizer is closed");
    }
    try {
      long encoding = NATIVE.encode(handle, wellFormed(text), true);
      try {
        return NATIVE.getTokenIds(encoding);
      } finally {
        NATIVE.deleteEncoding(encoding);
      }
    } finally {
      decRef();
    }
  }

  /**
   * The text that ids stand for, as the file's decoder puts it together; special tokens are left
   * out.
   *
   * @throws IllegalStateException when the tokenizer is closed
   */
  public String text(long[] ids) {
    if (!tryIncRef()) {
      throw new IllegalStateException("the tokenizer is closed");
    }
    try {
      return NATIVE.decode(handle, ids, true);
    } finally {
      decRef();
    }
  }

  @Override
  protected void release() {
    NATIVE.deleteTokenizer(handle);
  }

  /** Cuts to the bound and replaces lone surrogates, which native code cannot read. */
  private static String wellFormed(String text) {
    String cut = cut(text);
    for (int i = 0; i < cut.length(); i++) {
      if (Character.isSurrogate(cut.charAt(i))) {
        return withoutLoneSurrogates(cut);
      }
    }
    return cut;
  }

  static String cut(String text) {
    return text.length() <= MAX_CHARACTERS ? text : text.substring(0, MAX_CHARACTERS);
  }

  private static String withoutLoneSurrogates(String text) {
    StringBuilder result = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
        .forEach(result::appendCodePoint);
    return result.toString();
  }
}
