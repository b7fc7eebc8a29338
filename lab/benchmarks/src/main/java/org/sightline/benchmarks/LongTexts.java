package org.sightline.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.sightline.benchmarks.Row.Goal;
import org.sightline.benchmarks.rival.TextIds;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.text.TextTokenizer;

/** Texts that are hard on tokenizers, to their ids, with the tokenizer of every bundle. */
final class LongTexts implements Part {
  private static final int SHORT = 4_096;
  private static final int LONG = 65_536;

  private final Row shorter = row("long-text", SHORT, 50);
  private final Row longer = row("long-text-65536", LONG, 500);

  private static Row row(String id, int characters, int millis) {
    String what =
        String.format(
            Locale.ROOT,
            "the slowest hostile text of %,d characters to its ids, every bundle",
            characters);
    return new Row(id, what, "nothing", Goal.millisAtMost(millis));
  }

  @Override
  public List<Row> rows() {
    return List.of(shorter, longer);
  }

  @Override
  public void run(Bench bench, Report report) {
    List<Path> bundles = new ArrayList<>();
    Path checkout = bench.checkout();
    for (String id : List.of("emoji-clip", "emoji-blip")) {
      bundles.add(checkout.resolve("model-runtime/bundles").resolve(id));
    }
    Path fixtures = checkout.resolve("model-runtime/src/test/fixtures");
    for (String id :
        List.of(
            "tiny-clip",
            "tiny-blip",
            "families/tiny-albef",
            "families/tiny-siglip",
            "families/tiny-openclip",
            "families/tiny-blip2")) {
      bundles.add(fixtures.resolve(id));
    }
    for (Row row : rows()) {
      if (bench.wants(row)) {
        measure(row, row == shorter ? SHORT : LONG, bundles, bench.rounds(), report);
      }
    }
  }

  private static void measure(
      Row row, int characters, List<Path> bundles, int rounds, Report report) {
    List<Double> slowest = new ArrayList<>();
    String which = "";
    for (int round = 0; round < rounds; round++) {
      double most = 0;
      for (Path bundle : bundles) {
        try (TextIds ids = new TextIds(Bundle.read(bundle))) {
          for (Map.Entry<String, String> text : TextTokenizer.hostileTexts(characters).entrySet()) {
            long start = System.nanoTime();
            ids.of(text.getValue());
            double millis = (System.nanoTime() - start) / 1e6;
            if (millis > most) {
              most = millis;
              which = text.getKey() + " in " + bundle.getFileName();
            }
          }
        }
      }
      slowest.add(most);
    }
    report.measured(row, slowest, "slowest in the last round: " + which);
  }
}
