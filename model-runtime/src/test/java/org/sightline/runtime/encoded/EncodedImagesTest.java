package org.sightline.runtime.encoded;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.inference.InferenceException;

class EncodedImagesTest {
  private static final byte[] BYTES = {1, 2, 3, 4, 5};
  private static final String BASE64 = Base64.getEncoder().encodeToString(BYTES);
  private static final String EXPECTED = " expected base64 or data:image/…;base64,…";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "data:image/png;base64,",
        "data:image/svg+xml;charset=utf-8;base64,",
        "data:image/png;name=cat.png;base64,",
        "DATA:image/PNG;BASE64,",
        // what browsers write of files whose type they do not know
        "data:application/octet-stream;base64,",
        "data:;base64,"
      })
  void decodesBareBase64AndDataUris(String prefix) {
    assertArrayEquals(BYTES, EncodedImages.fromText("photo", prefix + BASE64, 5));
  }

  @Test
  void acceptsMissingPadding() {
    assertArrayEquals(BYTES, EncodedImages.fromText("photo", BASE64.replace("=", ""), 5));
  }

  /** Both alphabets, with and without padding, lines and a data URI's header. */
  @Test
  void readsWhatEveryEncoderWrites() {
    for (int length = 1; length <= 400; length++) {
      byte[] bytes = new byte[length];
      new Random(length).nextBytes(bytes);
      String mime = Base64.getMimeEncoder().encodeToString(bytes);
      for (String text :
          List.of(
              Base64.getEncoder().encodeToString(bytes),
              Base64.getEncoder().withoutPadding().encodeToString(bytes),
              Base64.getUrlEncoder().encodeToString(bytes),
              Base64.getUrlEncoder().withoutPadding().encodeToString(bytes),
              mime,
              mime + "\r\n",
              mime.replace("\r\n", "\n"),
              mime.replace("\r\n", "\n    "),
              "\n  " + mime.replace("\r\n", " \t\r\n") + "  ",
              Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes),
              mime.replace('+', '-').replace('/', '_').replace("=", ""))) {
        assertArrayEquals(bytes, EncodedImages.fromText("photo", text, length), text);
        String uri = "data:image/jpeg;base64," + text;
        assertArrayEquals(bytes, EncodedImages.fromText("photo", uri, length), uri);
      }
    }
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
    assertRefused("[photo] is not base64: [!] at character 4 of [abc!]," + EXPECTED, "abc!", 100);
    assertRefused(
        "[photo] is not base64: [ ] at character 2 of [a red heart]," + EXPECTED,
        "a red heart",
        100);
    assertRefused("[photo] is not base64: [❤] at character 1 of [❤]," + EXPECTED, "❤", 100);
    assertRefused("[photo] is not base64: [😀] at character 3 of [AA😀]," + EXPECTED, "AA😀", 100);
    assertRefused(
        "[photo] is not base64: [=] at character 3 of [AA==BBBB]," + EXPECTED, "AA==BBBB", 100);
    // far behind the beginning
    assertRefused(
        "[photo] is not base64: [.] at character 6001 of [/9j/"
            + "/9j/".repeat(15)
            + "…],"
            + EXPECTED,
        "data:image/jpeg;base64," + "/9j/".repeat(1500) + ".jpg",
        10_000);
  }

  @Test
  void refusesWhatIsCutShort() {
    assertRefused(
        "[photo] is not base64: its 5 characters end within a byte, so it is cut short," + EXPECTED,
        "AAAAA",
        100);
  }

  @Test
  void refusesAddresses() {
    for (String url :
        List.of(
            "https://example.com/cat.jpg",
            "http://127.0.0.1/a?b=c",
            "s3://pictures/cat.jpg",
            "//cdn.example.com/cat.jpg",
            "www.example.com/cat.jpg")) {
      assertRefused(
          "[photo] is a URL ["
              + url
              + "],"
              + EXPECTED
              + ": nodes fetch nothing, send the bytes of the picture",
          url,
          100);
    }
    for (String path :
        List.of(
            "/home/me/cat.jpg",
            "./cat.png",
            "~/pictures/of cats/1",
            "C:\\Users\\me\\cat.jpg",
            "\\\\server\\share\\cat.jpg",
            "my cat.JPEG",
            "file:cat.jpg")) {
      assertRefused(
          "[photo] is the path of a file ["
              + path
              + "],"
              + EXPECTED
              + ": nodes read no files of yours, send the bytes of the picture",
          path,
          100);
    }
  }

  @Test
  void refusesContentThatWasNotEncoded() {
    assertRefused(
        "[photo] is an SVG drawing," + EXPECTED + ": render it as PNG",
        "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        100);
    assertRefused(
        "[photo] is an HTML page,"
            + EXPECTED
            + ": the server answered with it in place of the picture; fetch the picture itself",
        "<!DOCTYPE html><html><body>403</body></html>",
        100);
    assertRefused(
        "[photo] is how Python prints bytes [b'iVBORw0KGgo='],"
            + EXPECTED
            + ": send base64.b64encode(data).decode() instead of str(…)",
        "b'iVBORw0KGgo='",
        100);
  }

  @Test
  void messagesShowTheBeginningOfWhatUsersGave() {
    assertRefused(
        "[photo] is a URL [https://"
            + "a".repeat(56)
            + "…],"
            + EXPECTED
            + ": nodes fetch nothing, send the bytes of the picture",
        "https://" + "a".repeat(1000),
        10_000);
  }

  @Test
  void refusesEmptyText() {
    for (String empty : List.of("", " \r\n\t", "====", "data:image/png;base64,")) {
      assertRefused("[photo] is empty, expected a base64 image", empty, 100);
    }
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
    // a parameter a character: no recursion over them
    assertRefused(
        "[photo] is a data URI that starts with [data:image/png"
            + ";".repeat(50)
            + "…], expected data:image/…;base64,…",
        "data:image/png" + ";".repeat(1_000_000) + ",QUJD",
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
