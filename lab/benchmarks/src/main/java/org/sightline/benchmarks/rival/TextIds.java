package org.sightline.benchmarks.rival;

import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.text.TextCleaner;
import org.sightline.runtime.text.TextTokenizer;

/** Ids of texts as a bundle wants them, for rivals that get them ready-made. */
public final class TextIds implements AutoCloseable {
  private final Bundle bundle;
  private final TextTokenizer tokenizer;
  private final TextCleaner cleaner;

  public TextIds(Bundle bundle) {
    this.bundle = bundle;
    this.tokenizer =
        TextTokenizer.open(bundle.file(BundleManifest.TOKENIZER), bundle.manifest().text());
    this.cleaner = new TextCleaner(bundle.manifest().text().cleaning());
  }

  /** For an embedding. */
  public long[] of(String text) {
    return tokenizer.ids(cleaner.clean(text));
  }

  /** For a match. */
  public long[] forMatching(String text) {
    long[] ids = of(text);
    Integer first = bundle.manifest().text().matchingFirstTokenId();
    if (first != null) {
      ids[0] = first;
    }
    return ids;
  }

  @Override
  public void close() {
    tokenizer.decRef();
  }
}
