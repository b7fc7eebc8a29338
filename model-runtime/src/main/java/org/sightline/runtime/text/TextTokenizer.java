package org.sightline.runtime.text;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sightline.runtime.bundle.BundleException;
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
      handle = NATIVE.createTokenizerFromString(Files.readString(file));
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
