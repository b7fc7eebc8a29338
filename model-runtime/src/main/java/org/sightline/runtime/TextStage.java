package org.sightline.runtime;

import java.nio.LongBuffer;
import java.util.List;
import org.sightline.bundle.TextSpec;
import org.sightline.onnx.InputTensor;
import org.sightline.runtime.RuntimeStats.Stage;
import org.sightline.text.TextCleaner;
import org.sightline.text.TextTokenizer;

/**
 * From texts to the ids of one model's graphs, cleaned as the model wants it, alone and padded in
 * batches. Thread-safe.
 */
final class TextStage {
  private final TextTokenizer tokenizer;
  private final TextCleaner cleaner;
  private final TextSpec spec;
  private final RuntimeMetrics metrics;

  TextStage(TextTokenizer tokenizer, TextSpec spec, RuntimeMetrics metrics) {
    this.tokenizer = tokenizer;
    this.cleaner = new TextCleaner(spec.cleaning());
    this.spec = spec;
    this.metrics = metrics;
  }

  /** Ids of a text as the text encoder takes them. */
  long[] ids(String text) {
    long start = System.nanoTime();
    long[] ids = tokenizer.ids(cleaner.clean(text));
    metrics.stage(Stage.TOKENIZE).recordSince(start);
    return ids;
  }

  /** The same ids as the matching head takes them: the first one replaced where the model says. */
  long[] matchingIds(String text) {
    long[] ids = ids(text);
    if (spec.matchingFirstTokenId() != null && ids.length > 0) {
      ids[0] = spec.matchingFirstTokenId();
    }
    return ids;
  }

  /** Length to which the texts of a batch are padded. */
  int width(List<Integer> lengths) {
    return switch (spec.padding()) {
      case MAX_LENGTH -> spec.maxLength();
      case LONGEST -> lengths.stream().mapToInt(Integer::intValue).max().orElse(1);
    };
  }

  /** Ids {@code [texts, width]}, padded. */
  InputTensor ids(List<long[]> texts, int width, DirectBuffers buffers) {
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
  InputTensor mask(List<Integer> lengths, int width, DirectBuffers buffers) {
    LongBuffer mask = buffers.mask(lengths.size() * width);
    for (int length : lengths) {
      for (int i = 0; i < width; i++) {
        mask.put(i < length ? 1 : 0);
      }
    }
    return new InputTensor.Longs(mask.clear(), lengths.size(), width);
  }
}
