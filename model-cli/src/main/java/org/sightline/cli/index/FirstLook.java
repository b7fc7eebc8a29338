package org.sightline.cli.index;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.sightline.runtime.encoded.ForeignFormat;
import org.sightline.runtime.encoded.ImageFormat;

/** Tells pictures from other files by their first bytes, and counts the others. */
final class FirstLook {
  /** As many as the longest beginning of a format that the runtime knows. */
  private static final int BYTES = 256;

  private final Map<ForeignFormat, Integer> foreign = new TreeMap<>();
  private long others;

  /** Whether a file is a picture that nodes read. */
  boolean isPicture(FoundFile file) throws IOException {
    byte[] head;
    try (InputStream stream = Files.newInputStream(file.file())) {
      head = stream.readNBytes(BYTES);
    }
    Optional<ForeignFormat> other = ForeignFormat.of(head);
    Optional<ImageFormat> format = ImageFormat.of(head);
    // some camera raw files begin as a TIFF does
    if (format.isPresent() && (format.get() != ImageFormat.TIFF || other.isEmpty())) {
      return true;
    }
    others++;
    other.ifPresent(known -> foreign.merge(known, 1, Integer::sum));
    return false;
  }

  /** What was no picture: a number, and of which known formats. */
  String others() {
    String known =
        foreign.entrySet().stream()
            .map(each -> each.getKey() + " " + each.getValue())
            .collect(Collectors.joining(", "));
    return others + " other files" + (known.isEmpty() ? "" : " (" + known + ")");
  }
}
