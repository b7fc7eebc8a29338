package org.sightline.runtime.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncodedImagesTest {
  private static final byte[] BYTES = {1, 2, 3, 4, 5};
  private static final String BASE64 = Base64.getEncoder().encodeToString(BYTES);

  @ParameterizedTest
  @ValueSource(strings = {"", "data:image/png;base64,", "data:image/svg+xml;charset=utf-8;base64,"})
  void decodesBareBase64AndDataUris(String prefix) {
    assertArrayEquals(BYTES, EncodedImages.fromText("photo", prefix + BASE64, 5));
  }

  @Test
  void acceptsMissingPadding() {
    assertArrayEquals(BYTES, EncodedImages.fromText("photo", BASE64.replace("=", ""), 5));
  }

  @Test
  void refusesMoreBytesThanAllowed() {
    assertRefused("[photo] has 5 bytes, allowed are at most 4", BASE64, 4);
  }

  @Test
  void refusesLargeTextBeforeDecodingIt() {
    // not base64 at all: had it been decoded, the message would say so
    assertRefused("[photo] has 2998 bytes, allowed are at most 10", "!".repeat(4000), 10);
  }

  @Test
  void refusesWhatIsNotBase64() {
    assertRefused(
        "[photo] is not base64: Illegal base64 character 21,"
            + " expected base64 or data:image/…;base64,…",
        "abc!",
        100);
  }

  @Test
  void refusesEmptyText() {
    assertRefused("[photo] is empty, expected a base64 image", "", 100);
    assertRefused("[photo] is empty, expected a base64 image", "data:image/png;base64,", 100);
  }

  @Test
  void onlyWhiteSpaceIsNoPicture() {
    for (String blank : new String[] {"", " \n", "data:image/png;base64,", "data:,\t"}) {
      assertTrue(EncodedImages.isBlank(blank), blank);
    }
    for (String some : new String[] {"!", "data:image/png;base64", "data:,AA", BASE64}) {
      assertFalse(EncodedImages.isBlank(some), some);
    }
  }

  @Test
  void refusesOtherDataUris() {
    assertRefused(
        "[photo] is a data URI that starts with [data:text/plain;base64],"
            + " expected data:image/…;base64,…",
        "data:text/plain;base64,QUJD",
        100);
    assertRefused(
        "[photo] is a data URI that starts with [data:image/png],"
            + " expected data:image/…;base64,…",
        "data:image/png,QUJD",
        100);
    assertRefused(
        "[photo] is a data URI that starts with [data:image/png;base64QUJD],"
            + " expected data:image/…;base64,…",
        "data:image/png;base64QUJD",
        100);
  }

  private static void assertRefused(String message, String value, long maxBytes) {
    InferenceException error =
        assertThrows(
            InferenceException.class, () -> EncodedImages.fromText("photo", value, maxBytes));
    assertEquals(message, error.getMessage());
    assertEquals(InferenceException.Kind.INVALID_INPUT, error.kind());
  }
}
