package org.sightline.runtime.encoded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ForeignFormatTest {

  private static Optional<ForeignFormat> of(String latin1) {
    byte[] head = latin1.getBytes(StandardCharsets.ISO_8859_1);
    return ForeignFormat.of(Arrays.copyOf(head, Math.max(3000, head.length)));
  }

  /** Names, and first bytes as encoders write them; {@code ~} stands for a byte of 0. */
  private static final List<String> FILES =
      List.of(
          "AVIF|~~~ ftypavif~~~~avifmif1miafMA1B",
          "AVIF|~~~ ftypavis~~~~avifavismsf1",
          "AVIF|~~~ ftypmif1~~~~mif1avifmiaf",
          "HEIC|~~~\u0018ftypheic~~~~mif1heic",
          "HEIC|~~~\u0018ftypmif1~~~~mif1heic",
          "HEIC|~~~\u0018ftyphevc~~~~msf1hevc",
          "JPEG_XL|~~~\fJXL \r\n\u0087\n~~~\u0014ftypjxl ",
          "JPEG_XL|\u00FF\n\u00FA\u001F",
          "JPEG_2000|~~~\fjP  \r\n\u0087\n~~~\u0014ftypjp2 ",
          "JPEG_2000|\u00FFO\u00FFQ~/",
          "PSD|8BPS~\u0001",
          "ICO|~~\u0001~\u0001~",
          "CR2|II*~\u0010~~~CR\u0002~",
          "CR3|~~~\u0018ftypcrx ~~~\u0001crx isom",
          "RAF|FUJIFILMCCD-RAW 0201",
          "RW2|IIU~\u0018~~~",
          "ORF|IIRO\b~~~",
          "VIDEO|~~~ ftypisom~~\u0002~isomiso2avc1mp41",
          "VIDEO|~~~\u0014ftypqt  ~~\u0002~qt  ",
          "VIDEO|~~~\bwide~\u0010~~mdat",
          "OTHER_VIDEO|\u001AE\u00DF\u00A3\u0001~~~",
          "OTHER_VIDEO|RIFF\u0010~~~AVI LIST",
          "PDF|%PDF-1.7\n",
          "POSTSCRIPT|%!PS-Adobe-3.0 EPSF-3.0",
          "ZIP|PK\u0003\u0004\u0014~",
          "GZIP|\u001F\u008B\b~",
          "BASE64|/9j/4AAQSkZJRgABAQ",
          "BASE64|iVBORw0KGgoAAAANSUhEUg",
          "HTML|<!DOCTYPE html>\n<html lang=\"en\">",
          "HTML|\u00EF\u00BB\u00BF\r\n  <HTML><HEAD>",
          "HTML|<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC>",
          "SVG|<svg xmlns=\"http://www.w3.org/2000/svg\">",
          "SVG|<?xml version=\"1.0\"?>\n<!-- made by hand -->\n<!DOCTYPE svg PUBLIC \"-//W3C//DTD\">",
          "SVG|<?xml version=\"1.0\"?>\n<svg width=\"1\">",
          "XML|<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>",
          "JSON|{\"error\":\"not found\"}");

  @Test
  void knowsFilesByTheirFirstBytes() {
    for (String file : FILES) {
      String[] parts = file.split("\\|", 2);
      assertEquals(
          Optional.of(ForeignFormat.valueOf(parts[0])), of(parts[1].replace('~', '\0')), file);
    }
  }

  @Test
  void doesNotNameWhatItDoesNotKnow() {
    for (String head :
        new String[] {"text", "The free cat", "P", "<", "\0\0\0\0", "II*\0\b\0\0\0"}) {
      assertEquals(Optional.empty(), of(head), head);
    }
    assertEquals(Optional.empty(), ForeignFormat.of(new byte[0]));
  }

  @Test
  void everyRefusalSaysWhatToDoInFewWords() {
    for (ForeignFormat format : ForeignFormat.values()) {
      String message = format.refusal("a picture").getMessage();
      assertTrue(message.matches("is an? .+, expected a picture: .+|is base64 .+"), message);
      assertTrue(message.length() < 200, message);
    }
  }
}
