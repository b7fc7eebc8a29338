package org.sightline.parts;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.TextSpec;
import org.sightline.runtime.text.TextTokenizer;

/** From captions to token ids. */
public class TextParts {
  /** As many as CLIP reads. The bundled model reads 24, which would cut the long caption. */
  private static final int MAX_TOKENS = 77;

  /** The tokenizer of the bundled CLIP, and captions of exactly so many tokens. */
  @State(Scope.Thread)
  public static class Tokenizer {
    private TextTokenizer tokenizer;
    private String shortCaption;
    private String longCaption;

    /** Opens it. */
    @Setup
    public void open() {
      Bundle bundle = Material.bundle(Models.CLIP);
      TextSpec spec = new TextSpec(MAX_TOKENS, TextSpec.Padding.LONGEST, 0, null, null);
      tokenizer = TextTokenizer.open(bundle.file(BundleManifest.TOKENIZER), spec);
      shortCaption = Captions.ofTokens(12, tokenizer);
      longCaption = Captions.ofTokens(MAX_TOKENS, tokenizer);
    }

    /** Closes it. */
    @TearDown
    public void close() {
      tokenizer.decRef();
    }
  }

  /** {@link Parts#TOKENS_12}. */
  @Benchmark
  public long[] shortCaption(Tokenizer state) {
    return state.tokenizer.ids(state.shortCaption);
  }

  /** {@link Parts#TOKENS_77}. */
  @Benchmark
  public long[] longCaption(Tokenizer state) {
    return state.tokenizer.ids(state.longCaption);
  }
}
