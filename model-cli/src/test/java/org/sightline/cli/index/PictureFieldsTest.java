package org.sightline.cli.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.bundle.ImageSpec.Orientation;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.encoded.ImageFormat;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.formats.ImageHeader;
import org.sightline.runtime.image.pixels.DecodedImage;
import org.sightline.testsupport.gallery.Exif;

/** What documents say of pictures, and pictures that are made smaller. */
class PictureFieldsTest {
  private static final FoundFile FILE =
      new FoundFile(
          Path.of("x"), "holidays/red_boat.jpg", 77, Instant.parse("2026-03-04T05:06:07.080Z"));
  private static final Exif CAMERA =
      new Exif("Canon", "Canon EOS 5D", "2019:05:01 12:30:15", -33.8568, 151.2153, 6);

  private final ImageDecoder decoder = new ImageDecoder(1 << 24, 1 << 24, 1 << 28);

  private JsonObject fields(byte[] encoded) {
    return new PictureFields(decoder).of(FILE, encoded);
  }

  @Test
  void exifTellsWhenWithWhatAndWhere() {
    JsonObject fields = fields(CAMERA.in(TestPictures.of("jpg", 60, 40)));
    assertEquals("holidays/red_boat.jpg", fields.get("path").getAsString());
    assertEquals("holidays", fields.get("folder").getAsString());
    assertEquals("red boat", fields.get("name").getAsString());
    assertEquals(77, fields.get("bytes").getAsLong());
    assertEquals("2026-03-04T05:06:07.080Z", fields.get("modified").getAsString());
    assertEquals("2019-05-01T12:30:15Z", fields.get("taken").getAsString());
    assertEquals("Canon EOS 5D", fields.get("camera").getAsString());
    JsonObject place = fields.getAsJsonObject("place");
    assertEquals(-33.8568, place.get("lat").getAsDouble(), 1e-5);
    assertEquals(151.2153, place.get("lon").getAsDouble(), 1e-5);
    // upright, as EXIF turns it
    assertEquals(40, fields.get("width").getAsInt());
    assertEquals(60, fields.get("height").getAsInt());
    assertEquals(names(PictureFields.mapping()), names(fields), "every field is mapped");
  }

  private static Set<String> names(JsonObject object) {
    return new TreeSet<>(object.keySet());
  }

  @Test
  void whatIsNotPlausibleIsLeftOut() {
    Exif unset = new Exif("Nikon", "D70", "0000:00:00 00:00:00", 0, 0, 1);
    JsonObject fields = fields(unset.in(TestPictures.of("jpg", 60, 40)));
    assertEquals("Nikon D70", fields.get("camera").getAsString());
    assertFalse(fields.has("taken"), fields::toString);
    assertFalse(fields.has("place"), fields::toString);
    assertFalse(fields(TestPictures.of("png", 4, 4)).has("camera"));
  }

  @Test
  void aBrokenNoteIsNoReasonToRefuse() {
    byte[] whole = CAMERA.in(TestPictures.of("jpg", 60, 40));
    byte[] broken = whole.clone();
    Arrays.fill(broken, 20, 150, (byte) 0x7F);
    assertEquals(60, fields(broken).get("width").getAsInt());
    JsonObject cut = fields(Arrays.copyOf(whole, 40));
    assertEquals("holidays/red_boat.jpg", cut.get("path").getAsString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png"})
  void largePicturesBecomeSmallAndUpright(String format) {
    byte[] large = TestPictures.of(format, 900, 300);
    byte[] small = new Shrinking(decoder, 150).of(large);
    assertEquals(ImageFormat.JPEG, ImageFormat.of(small).orElseThrow());
    ImageHeader header = decoder.header(small);
    assertEquals("150 x 50", header.width() + " x " + header.height());
    byte[] rgb = decoder.decode(small, Transparency.DROP).rgb();
    assertTrue((rgb[0] & 0xFF) > 240, "white at the top");
    assertTrue((rgb[rgb.length - 1] & 0xFF) < 15, "black at the bottom");
  }

  @Test
  void orientationIsKept() {
    // stored lying on its side: EXIF turns the white half to the right
    byte[] turned = CAMERA.in(TestPictures.of("jpg", 400, 200));
    byte[] small = new Shrinking(decoder, 100).of(turned);
    DecodedImage image = decoder.decode(small, Transparency.DROP, Orientation.IGNORE);
    assertEquals("50 x 100", image.width() + " x " + image.height());
    byte[] rgb = image.rgb();
    assertTrue((rgb[0] & 0xFF) < 15, "black at the left");
    assertTrue((rgb[3 * 49] & 0xFF) > 240, "white at the right");
  }

  @Test
  void smallAndBrokenPicturesAreSentAsTheyAre() {
    byte[] small = TestPictures.of("png", 100, 80);
    assertSame(small, new Shrinking(decoder, 100).of(small));
    byte[] broken = Arrays.copyOf(TestPictures.of("png", 300, 300), 120);
    assertSame(broken, new Shrinking(decoder, 100).of(broken));
    byte[] words = "words".getBytes(StandardCharsets.US_ASCII);
    assertArrayEquals(words, new Shrinking(decoder, 100).of(words));
  }
}
