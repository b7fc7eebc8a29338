package org.sightline.parts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.benchmarks.Photos;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.bundle.TextSpec;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.pixels.DecodedImage;
import org.sightline.runtime.text.TextTokenizer;

class MaterialTest {
  @TempDir private Path folder;

  @Test
  void theWebpIsTheFirstPhotograph() throws IOException {
    byte[] photo = Photos.read(new Photos(folder).small(1)).get(0);
    DecodedImage jpeg = decoded(photo);
    DecodedImage webp = decoded(Material.webp());
    assertEquals(500, webp.width());
    assertEquals(375, webp.height());
    byte[] a = jpeg.rgb();
    byte[] b = webp.rgb();
    long difference = 0;
    for (int i = 0; i < a.length; i++) {
      difference += Math.abs((a[i] & 0xFF) - (b[i] & 0xFF));
    }
    double mean = (double) difference / a.length;
    assertTrue(mean < 8, "they differ by " + mean + " levels on average");
  }

  private static DecodedImage decoded(byte[] encoded) {
    return new ImageDecoder(1 << 20, 1 << 20, 1 << 24).decode(encoded, Transparency.DROP);
  }

  @Test
  void captionsHaveExactlySoManyTokens() {
    Bundle bundle = Bundle.read(Path.of("../model-runtime/bundles").resolve(Models.CLIP));
    TextSpec spec = new TextSpec(200, TextSpec.Padding.LONGEST, 0, null, null);
    TextTokenizer tokenizer = TextTokenizer.open(bundle.file(BundleManifest.TOKENIZER), spec);
    try {
      for (int tokens : new int[] {3, 12, 77}) {
        String caption = Captions.ofTokens(tokens, tokenizer);
        assertEquals(tokens, tokenizer.ids(caption).length, caption);
      }
    } finally {
      tokenizer.decRef();
    }
  }

  @Test
  void differentTextsDiffer() {
    List<String> texts = Captions.different(Material.INPUTS);
    assertEquals(Material.INPUTS, texts.stream().distinct().count(), texts.toString());
  }

  @Test
  void turnsGoRound() {
    Turns<String> turns = new Turns<>(List.of("a", "b"));
    assertEquals("a", turns.next());
    assertEquals("b", turns.next());
    assertEquals("a", turns.next());
    assertNotEquals("a", turns.next());
  }
}
