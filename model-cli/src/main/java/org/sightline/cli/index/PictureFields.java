package org.sightline.cli.index;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.lang.GeoLocation;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifSubIFDDirectory;
import com.drew.metadata.exif.GpsDirectory;
import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.Objects;
import java.util.TimeZone;
import java.util.stream.Stream;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.formats.ImageHeader;
import org.sightline.runtime.inference.InferenceException;

/**
 * What a document says of its picture: of the file, and from EXIF when, with what and where it was
 * taken. What EXIF lacks, or says wrongly, is left out.
 */
final class PictureFields {
  static final String PATH = "path";
  static final String BYTES = "bytes";
  static final String MODIFIED = "modified";

  /** Photography began in 1826; a camera whose clock was not set says 0000 or 1904. */
  private static final int FIRST_YEAR = 1826;

  private static final int LAST_YEAR = 2200;
  private static final TimeZone UTC = TimeZone.getTimeZone(ZoneOffset.UTC);

  private final ImageDecoder decoder;

  PictureFields(ImageDecoder decoder) {
    this.decoder = decoder;
  }

  /** The mapping of all fields, as Elasticsearch takes it under {@code properties}. */
  static JsonObject mapping() {
    JsonObject mapping = new JsonObject();
    mapping.add(PATH, type("keyword"));
    mapping.add("folder", type("keyword"));
    JsonObject name = type("text");
    JsonObject exact = type("keyword");
    exact.addProperty("ignore_above", 256);
    JsonObject fields = new JsonObject();
    fields.add("keyword", exact);
    name.add("fields", fields);
    mapping.add("name", name);
    mapping.add(BYTES, type("long"));
    mapping.add(MODIFIED, type("date"));
    mapping.add("width", type("integer"));
    mapping.add("height", type("integer"));
    mapping.add("taken", type("date"));
    mapping.add("camera", type("keyword"));
    mapping.add("place", type("geo_point"));
    return mapping;
  }

  private static JsonObject type(String name) {
    JsonObject type = new JsonObject();
    type.addProperty("type", name);
    return type;
  }

  /**
   * The fields of a picture.
   *
   * @param encoded the file's bytes
   */
  JsonObject of(FoundFile file, byte[] encoded) {
    JsonObject fields = new JsonObject();
    fields.addProperty(PATH, file.path());
    fields.addProperty("folder", file.folder());
    fields.addProperty("name", file.name());
    fields.addProperty(BYTES, file.bytes());
    fields.addProperty(MODIFIED, file.modified().toString());
    try {
      ImageHeader header = decoder.header(encoded);
      fields.addProperty("width", header.width());
      fields.addProperty("height", header.height());
    } catch (InferenceException e) {
      return fields; // the nodes judge pictures; one that they refuse is listed with their reason
    }
    try {
      exif(
          ImageMetadataReader.readMetadata(new ByteArrayInputStream(encoded), encoded.length),
          fields);
    } catch (ImageProcessingException | IOException | RuntimeException e) {
      return fields; // a broken note beside a picture is no reason to refuse it
    }
    return fields;
  }

  private static void exif(Metadata metadata, JsonObject fields) {
    metadata.getDirectoriesOfType(ExifSubIFDDirectory.class).stream()
        .flatMap(exif -> Stream.of(exif.getDateOriginal(UTC), exif.getDateDigitized(UTC)))
        .filter(Objects::nonNull)
        .map(Date::toInstant)
        .filter(PictureFields::isPlausible)
        .findFirst()
        .ifPresent(taken -> fields.addProperty("taken", taken.toString()));
    metadata.getDirectoriesOfType(ExifIFD0Directory.class).stream()
        .map(PictureFields::camera)
        .filter(camera -> camera.isEmpty() == false)
        .findFirst()
        .ifPresent(camera -> fields.addProperty("camera", camera));
    metadata.getDirectoriesOfType(GpsDirectory.class).stream()
        .map(GpsDirectory::getGeoLocation)
        .filter(PictureFields::isPlausible)
        .findFirst()
        .ifPresent(place -> fields.add("place", point(place)));
  }

  private static boolean isPlausible(Instant taken) {
    int year = taken.atZone(ZoneOffset.UTC).getYear();
    return year >= FIRST_YEAR && year <= LAST_YEAR;
  }

  /** Cameras without a fix write zeros. */
  private static boolean isPlausible(GeoLocation place) {
    return place != null
        && place.isZero() == false
        && Math.abs(place.getLatitude()) <= 90
        && Math.abs(place.getLongitude()) <= 180;
  }

  /** Make and model; many models begin with the make. */
  private static String camera(ExifIFD0Directory exif) {
    String make = Objects.requireNonNullElse(exif.getString(ExifIFD0Directory.TAG_MAKE), "");
    String model = Objects.requireNonNullElse(exif.getString(ExifIFD0Directory.TAG_MODEL), "");
    return model.strip().startsWith(make.strip())
        ? model.strip()
        : (make.strip() + " " + model.strip()).strip();
  }

  private static JsonObject point(GeoLocation place) {
    JsonObject point = new JsonObject();
    point.addProperty("lat", place.getLatitude());
    point.addProperty("lon", place.getLongitude());
    return point;
  }
}
