package org.sightline.runtime.encoded;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** Which texts are pictures, and which only look like it. */
class ImageAsTextTest {
  private static final String[] BEGINNINGS = {
    "\u00FF\u00D8\u00FF\u00E0",
    "\u0089PNG\r\n\u001A\n",
    "GIF89a",
    "BM",
    "RIFF\1\2\3\4WEBP",
    "II*\0",
    "\0\0\0\30ftypheic",
    "8BPS"
  };

  /** A file of that many bytes that begins so. */
  private static byte[] file(String beginning, int size) {
    byte[] file = Arrays.copyOf(beginning.getBytes(StandardCharsets.ISO_8859_1), size);
    Arrays.fill(file, beginning.length(), size, (byte) -5);
    return file;
  }

  private static String base64(String beginning) {
    return Base64.getEncoder().encodeToString(file(beginning, 60));
  }

  @Test
  void base64OfEveryFormat() {
    for (String beginning : BEGINNINGS) {
      for (int size : new int[] {48, 49, 50, 5000}) {
        byte[] file = file(beginning, size);
        for (Base64.Encoder encoder :
            new Base64.Encoder[] {
              Base64.getEncoder(),
              Base64.getEncoder().withoutPadding(),
              Base64.getUrlEncoder(),
              Base64.getMimeEncoder()
            }) {
          String text = encoder.encodeToString(file);
          assertTrue(ImageAsText.is(text), text);
          assertTrue(ImageAsText.is("data:application/octet-stream;base64," + text), text);
        }
      }
    }
  }

  @Test
  void dataUrisOfImages() {
    assertTrue(ImageAsText.is("data:image/png;base64,AAAA"));
    assertTrue(ImageAsText.is(" DATA:IMAGE/svg+xml,<svg/>"));
    assertFalse(ImageAsText.is("data:text/plain;base64," + "aGVsbG8g".repeat(20)));
    assertFalse(ImageAsText.is("data: image/png is what the browser says"));
  }

  @Test
  void wordsAreTexts() {
    String png = base64(BEGINNINGS[1]);
    assertFalse(ImageAsText.is(""));
    assertFalse(ImageAsText.is("a red heart"));
    assertFalse(ImageAsText.is(png.substring(0, 63)), "short");
    assertFalse(ImageAsText.is(png + " is the base64 of my picture"));
    assertFalse(ImageAsText.is("what is " + png));
    assertFalse(ImageAsText.is("0123456789abcdef".repeat(4)), "a digest");
    assertFalse(ImageAsText.is("Donaudampfschifffahrtsgesellschaftskapitaen".repeat(3)));
    assertFalse(ImageAsText.is(base64("%PDF-1.7")), "a document");
    assertFalse(ImageAsText.is("=".repeat(64)));
    assertFalse(ImageAsText.is("/9j/" + "=".repeat(80)));
    assertFalse(ImageAsText.is("写真".repeat(64)));
  }
}
