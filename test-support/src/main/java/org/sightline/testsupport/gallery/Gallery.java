package org.sightline.testsupport.gallery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The pictures of one artwork style that no model was trained on, from a zip that holds {@code
 * gallery.jsonl} (one picture a line) and the picture files. About 11 MB in memory.
 */
public final class Gallery {
  private static final String LISTING = "gallery.jsonl";
  private static final int LONGEST_TEXT = 12; // names

  private final List<Picture> pictures;

  Gallery(List<Picture> pictures) {
    this.pictures = List.copyOf(pictures);
  }

  /** Reads the whole zip. */
  public static Gallery read(Path zip) {
    ObjectMapper mapper = new ObjectMapper();
    List<Picture> pictures = new ArrayList<>();
    try (ZipFile archive = new ZipFile(zip.toFile())) {
      String listing = new String(bytes(archive, LISTING), StandardCharsets.UTF_8);
      for (String line : listing.lines().toList()) {
        JsonNode entry = mapper.readTree(line);
        pictures.add(
            new Picture(
                entry.required("id").asText(),
                entry.required("name").asText(),
                entry.required("emoji").asText(),
                entry.required("skin_tone").asBoolean(),
                bytes(archive, entry.required("file").asText())));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Gallery(pictures);
  }

  private static byte[] bytes(ZipFile archive, String name) throws IOException {
    ZipEntry entry = archive.getEntry(name);
    if (entry == null) {
      throw new IOException("[" + archive.getName() + "] has no [" + name + "]");
    }
    try (InputStream stream = archive.getInputStream(entry)) {
      return stream.readAllBytes();
    }
  }

  /** All pictures, in the order of the zip's listing. */
  public List<Picture> pictures() {
    return pictures;
  }

  /** The first pictures of this gallery. */
  public Gallery first(int count) {
    return new Gallery(pictures.subList(0, count));
  }

  /**
   * The picture of that number. Numbers may be negative, and begin again after the last picture.
   */
  public Picture get(int number) {
    return pictures.get(Math.floorMod(number, pictures.size()));
  }

  /** A text of one to twelve picture names that no other number has. */
  public String text(int number) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i <= number % LONGEST_TEXT; i++) {
      text.append(get(number * 31 + i * 97).name()).append(' ');
    }
    return text.append("number ").append(number).toString();
  }

  /** The distinct names of all pictures that are no skin-tone variants. */
  public List<String> namesWithoutSkinTones() {
    LinkedHashSet<String> names = new LinkedHashSet<>();
    pictures.stream().filter(picture -> !picture.skinTone()).map(Picture::name).forEach(names::add);
    return List.copyOf(names);
  }

  /** The picture of that document id. */
  public Optional<Picture> withId(String id) {
    return pictures.stream().filter(picture -> picture.id().equals(id)).findFirst();
  }

  /** The picture of that name without a skin tone. */
  public Picture named(String name) {
    return pictures.stream()
        .filter(picture -> picture.name().equals(name) && !picture.skinTone())
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("the gallery has no picture [" + name + "]"));
  }
}
