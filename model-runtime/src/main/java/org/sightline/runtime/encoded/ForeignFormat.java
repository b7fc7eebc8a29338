package org.sightline.runtime.encoded;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.sightline.runtime.inference.InferenceException;

/**
 * What arrives in place of a picture that is read: known by its first bytes, so that the error can
 * name it and say what to do. Earlier ones win.
 */
public enum ForeignFormat {
  AVIF(
      "an AVIF picture",
      Advice.CONVERT,
      "\0???ftypavi",
      // written as HEIF, with AVIF among the compatible brands
      "\0???ftypmif1????avif",
      "\0???ftypmif1????????avif",
      "\0???ftypmif1????????????avif"),
  HEIC(
      "a HEIC picture",
      Advice.CONVERT,
      "\0???ftyphei",
      "\0???ftyphev",
      "\0???ftypmif1",
      "\0???ftypmsf1"),
  JPEG_XL("a JPEG XL picture", Advice.CONVERT, "\0\0\0\fJXL \r\n\u0087\n", "\u00FF\n"),
  JPEG_2000("a JPEG 2000 picture", Advice.CONVERT, "\0\0\0\fjP  \r\n\u0087\n", "\u00FFO\u00FFQ"),
  JPEG_XR("a JPEG XR picture", Advice.CONVERT, "II\u00BC\u0001"),
  OPENEXR("an OpenEXR picture", Advice.CONVERT, "v/1\u0001"),
  ICO("an icon (ICO)", Advice.CONVERT, "\0\0\u0001\0"),
  PSD("a Photoshop file (PSD)", "export it as JPEG or PNG", "8BPS"),
  DICOM("a DICOM file", "export its picture as PNG or TIFF", "?".repeat(128) + "DICM"),

  CR2("a camera raw file (CR2)", Advice.DEVELOP, "II*\0????CR"),
  CR3("a camera raw file (CR3)", Advice.DEVELOP, "\0???ftypcrx "),
  ORF("a camera raw file (ORF)", Advice.DEVELOP, "IIRO", "IIRS", "MMOR"),
  RAF("a camera raw file (RAF)", Advice.DEVELOP, "FUJIFILMCCD-RAW"),
  RW2("a camera raw file (RW2)", Advice.DEVELOP, "IIU\0"),
  /** As the next ones, a TIFF: known by its tags and not by its first bytes. */
  DNG("a camera raw file (DNG)", Advice.DEVELOP),
  NEF("a camera raw file (NEF)", Advice.DEVELOP),
  ARW("a camera raw file (ARW)", Advice.DEVELOP),
  CAMERA_RAW("a camera raw file", Advice.DEVELOP),

  VIDEO(
      "a video (MP4 or MOV)",
      Advice.FRAME,
      "\0???ftyp",
      "\0???moov",
      "\0???mdat",
      "\0???wide",
      "\0???free"),
  OTHER_VIDEO(
      "a video (WebM, Matroska or AVI)", Advice.FRAME, "\u001AE\u00DF\u00A3", "RIFF????AVI "),
  PDF("a PDF document", Advice.PAGE, "%PDF-"),
  POSTSCRIPT("a PostScript document", Advice.PAGE, "%!PS", "\u00C5\u00D0\u00D3\u00C6"),
  ZIP("a ZIP archive", Advice.UNPACK, "PK\u0003\u0004", "PK\u0005\u0006"),
  GZIP("a gzip archive", Advice.UNPACK, "\u001F\u008B"),
  BASE64(
      "base64 that was encoded twice",
      "encode the picture's bytes once",
      "/9j/",
      "iVBORw0KGgo",
      "R0lGOD",
      "UklGR",
      "data:image/"),

  HTML("an HTML page", Advice.FETCH, "<!doctype html", "<html", "<head", "<body", "<script"),
  SVG("an SVG drawing", "render it as PNG", "<svg", "<!doctype svg"),
  XML("an XML document", Advice.FETCH, "<?xml"),
  JSON("a JSON text", Advice.FETCH, "{\"", "[{\"");

  /** What to do, where several formats share it. */
  private static final class Advice {
    static final String CONVERT = "convert it to JPEG or PNG";
    static final String DEVELOP = "develop it to JPEG or TIFF, or send the preview that it holds";
    static final String FRAME = "send one of its frames as JPEG or PNG";
    static final String PAGE = "render the page as JPEG or PNG";
    static final String UNPACK = "unpack it and send the picture";
    static final String FETCH =
        "the server answered with it in place of the picture; fetch the picture itself";
  }

  /** So much of a text is looked at: its prologue and comments stand before what tells. */
  private static final int BEGINNING = 1024;

  private static final Pattern PROLOGUE =
      Pattern.compile("\\A(?:\\s++|\u00EF\u00BB\u00BF|<\\?xml.*?\\?>|<!--.*?-->)+", Pattern.DOTALL);

  private final String words;
  private final String advice;
  private final String[] beginnings;

  ForeignFormat(String words, String advice, String... beginnings) {
    this.words = words;
    this.advice = advice;
    this.beginnings = beginnings;
  }

  /** The format of a file that no reader of pictures knows; empty where nobody knows it. */
  public static Optional<ForeignFormat> of(byte[] file) {
    byte[] text = text(file);
    return Arrays.stream(values())
        .filter(
            format ->
                FirstBytes.match(file, format.beginnings)
                    || FirstBytes.match(text, format.beginnings))
        .findFirst();
  }

  /** If the file is a text: how it begins behind its prologue, in lower case. */
  private static byte[] text(byte[] file) {
    String text =
        new String(file, 0, Math.min(file.length, BEGINNING), StandardCharsets.ISO_8859_1);
    return PROLOGUE
        .matcher(text)
        .replaceFirst("")
        .toLowerCase(Locale.ROOT)
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * The error for a file of this format, without the field's name.
   *
   * @param expected what is read, for the message
   */
  public InferenceException refusal(String expected) {
    return InferenceException.invalid("is " + words + ", expected " + expected + ": " + advice);
  }
}
