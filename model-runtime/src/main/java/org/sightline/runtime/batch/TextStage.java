package org.sightline.runtime.batch;

import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;
import org.sightline.runtime.bundle.TextSpec;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.onnx.InputTensor;
import org.sightline.runtime.stats.RuntimeMetrics;
import org.sightline.runtime.stats.RuntimeStats.Stage;
import org.sightline.runtime.text.TextCleaner;
import org.sightline.runtime.text.TextTokenizer;

/**
 * Turns texts into the ids that one model's graphs take: cleans them by the rules of the model,
 * tokenizes them, and pads them in batches. Thread-safe.
 */
public final class TextStage {
  private final TextTokenizer tokenizer;
  private final TextCleaner cleaner;
  private final TextSpec spec;
  private final RuntimeMetrics metrics;

  public TextStage(TextTokenizer tokenizer, TextSpec spec, RuntimeMetrics metrics) {
    this.tokenizer = tokenizer;
    this.cleaner = new TextCleaner(spec.cleaning());
    this.spec = spec;
    this.metrics = metrics;
  }

  /** Ids of a text as the text encoder takes them. */
  public long[] ids(String text) {
    long start = System.nanoTime();
    long[] ids = tokenizer.ids(cleaner.clean(text));
    metrics.stage(Stage.TOKENIZE).recordSince(start);
    return ids;
  }

  /** The same ids as the matching head takes them: the first one replaced where the model says. */
  public long[] matchingIds(String text) {
    long[] ids = ids(text);
    if (spec.matchingFirstTokenId() != null && ids.length > 0) {
      ids[0] = spec.matchingFirstTokenId();
    }
    return ids;
  }

  /**
   * A prompt as captions go on from it: with the decoder's first token in place of the tokenizer's
   * first special one, and without its last special one, which would end it.
   *
   * @param prompt null or blank for none
   */
  public long[] promptIds(String prompt, int firstTokenId) {
    long[] ids =
        prompt == null || InferenceInput.Text.isBlank(prompt) ? new long[0] : tokenizer.ids(prompt);
    long[] specials = tokenizer.ids("");
    int leading = specials.length > 0 && ids.length > 0 && ids[0] == specials[0] ? 1 : 0;
    int own = Math.max(0, ids.length - specials.length);
    long[] begun = new long[1 + own];
    begun[0] = firstTokenId;
    System.arraycopy(ids, leading, begun, 1, own);
    return begun;
  }

  /**
   * The text that generated ids stand for. Both are decoded together, because the first generated
   * token may go on with the prompt's last word.
   *
   * @param prompt as {@link #promptIds} gave them; its text is left out
   */
  public String text(long[] prompt, long[] generated) {
    long[] told = Arrays.copyOfRange(prompt, 1, prompt.length);
    long[] all = Arrays.copyOf(told, told.length + generated.length);
    System.arraycopy(generated, 0, all, told.length, generated.length);
    String beginning = told.length == 0 ? "" : tokenizer.text(told);
    String text = all.length == 0 ? "" : tokenizer.text(all);
    return text.startsWith(beginning)
        ? text.substring(beginning.length()).strip()
        : tokenizer.text(generated).strip();
  }

  /**
   * Largest number of tokens that a text can have, before it is tokenized: three for each
   * character, because a vocabulary may consist of the bytes of UTF-8, and two special tokens.
   */
  public int mostTokens(String text) {
    return width(List.of((int) Math.min(3L * text.length() + 2, spec.maxLength())));
  }

  /** Length to which the texts of a batch are padded. */
  public int width(List<Integer> lengths) {
    return switch (spec.padding()) {
      case MAX_LENGTH -> spec.maxLength();
      case LONGEST -> lengths.stream().mapToInt(Integer::intValue).max().orElse(1);
    };
  }

  /** Ids {@code [texts, width]}, padded. */
  public InputTensor ids(List<long[]> texts, int width, DirectBuffers buffers) {
    LongBuffer padded = buffers.ids(texts.size() * width);
    for (long[] ids : texts) {
      padded.put(ids);
      for (int i = ids.length; i < width; i++) {
        padded.put(spec.padTokenId());
      }
    }
    return new InputTensor.Longs(padded.clear(), texts.size(), width);
  }

  /** Mask {@code [texts, width]}: one where a text has a token, zero where it is padded. */
  public InputTensor mask(List<Integer> lengths, int width, DirectBuffers buffers) {
    LongBuffer mask = buffers.mask(lengths.size() * width);
    for (int length : lengths) {
      for (int i = 0; i < width; i++) {
        mask.put(i < length ? 1 : 0);
      }
    }
    return new InputTensor.Longs(mask.clear(), lengths.size(), width);
  }
}
