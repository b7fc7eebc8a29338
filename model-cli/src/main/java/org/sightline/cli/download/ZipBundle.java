package org.sightline.cli.download;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.sightline.cli.hub.ModelImport;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.FileSpec;

/**
 * Unpacks the zip of a bundle: the manifest and the files that it names, at the top or in one
 * folder, and nothing else. What is refused is a {@link BundleException} that names the entry.
 */
final class ZipBundle {
  private static final int MAX_ENTRIES = 1000;
  private static final int MAX_MANIFEST_BYTES = 1 << 20;
  private static final int BUFFER_BYTES = 1 << 16;

  private final Path zip;
  private final Path into;

  private ZipBundle(Path zip, Path into) {
    this.zip = zip;
    this.into = into;
  }

  /**
   * Unpacks.
   *
   * @param into an existing folder; files in it are replaced
   * @param allowance bytes that the files may have together
   * @param models looks at the manifest before anything else is unpacked
   */
  static void unpack(Path zip, Path into, long allowance, ModelImport models) {
    new ZipBundle(zip, into).unpack(allowance, models);
  }

  private void unpack(long allowance, ModelImport models) {
    try {
      Map<String, String> entries = entries(ZipDirectory.read(zip));
      try (ZipFile file = new ZipFile(zip.toFile())) {
        BundleManifest manifest = manifest(file, entries);
        requireExactly(manifest, entries);
        if (manifest.bytes() > allowance) {
          throw new BundleException(
              "the bundle has %s bytes by its manifest, allowed are at most %s (--max-bytes)",
              manifest.bytes(), allowance);
        }
        models.check(manifest);
        for (Map.Entry<String, FileSpec> wanted : manifest.files().entrySet()) {
          new PartFile(into.resolve(wanted.getKey())).requireRoom(wanted.getValue().bytes());
          unpack(file, entries.get(wanted.getKey()), wanted.getKey(), wanted.getValue().bytes());
        }
      }
    } catch (IOException e) {
      throw new BundleException(e, "[%s] cannot be unpacked: %s", zip, e.getMessage());
    }
  }

  /** Entries by the name that they have in the bundle. */
  private Map<String, String> entries(List<ZipDirectory.Entry> found) {
    if (found.size() > MAX_ENTRIES) {
      throw new BundleException(
          "[%s] has %s entries, allowed are at most %s", zip, found.size(), MAX_ENTRIES);
    }
    Set<String> names = new HashSet<>();
    for (ZipDirectory.Entry entry : found) {
      requirePlain(entry);
      // some disks do not tell upper from lower case
      if (names.add(entry.name().toLowerCase(Locale.ROOT)) == false) {
        throw refuse(entry.name(), "stands twice");
      }
    }
    List<String> files =
        found.stream().filter(e -> e.isFolder() == false).map(ZipDirectory.Entry::name).toList();
    String top = top(files);
    Map<String, String> entries = new TreeMap<>();
    for (String name : files) {
      if (name.startsWith(top) == false
          || BundleManifest.isFileName(name.substring(top.length())) == false) {
        throw refuse(name, "is not beside the manifest [" + top + BundleManifest.FILE_NAME + "]");
      }
      entries.put(name.substring(top.length()), name);
    }
    return entries;
  }

  private void requirePlain(ZipDirectory.Entry entry) {
    String name = entry.name();
    String path = entry.isFolder() ? name.substring(0, name.length() - 1) : name;
    boolean leaves =
        Arrays.stream(path.split("/", -1))
            .anyMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
    if (leaves || name.indexOf('\\') >= 0 || name.indexOf(':') >= 0) {
      throw refuse(name, "has a path that could leave the folder");
    }
    if (name.chars().anyMatch(c -> c < ' ' || c == 0x7F)) {
      throw refuse(name.replaceAll("\\p{Cntrl}", "?"), "has a control character in its name");
    }
    if (entry.special()) {
      throw refuse(name, "is a link or another special file");
    }
    if (entry.encrypted()) {
      throw refuse(name, "is encrypted");
    }
  }

  /** The folder that holds the manifest, with a slash; empty where it lies at the top. */
  private String top(List<String> files) {
    if (files.contains(BundleManifest.FILE_NAME)) {
      return "";
    }
    List<String> tops =
        files.stream()
            .filter(name -> name.endsWith("/" + BundleManifest.FILE_NAME))
            .map(name -> name.substring(0, name.length() - BundleManifest.FILE_NAME.length()))
            .filter(top -> top.indexOf('/') == top.length() - 1)
            .toList();
    if (tops.size() != 1) {
      throw new BundleException(
          "[%s] must have one %s, at the top or in one folder, got %s",
          zip,
          BundleManifest.FILE_NAME,
          files.stream().filter(name -> name.endsWith(BundleManifest.FILE_NAME)).toList());
    }
    return tops.get(0);
  }

  private BundleManifest manifest(ZipFile file, Map<String, String> entries) throws IOException {
    String name = entries.get(BundleManifest.FILE_NAME);
    byte[] bytes;
    try (InputStream in = file.getInputStream(entry(file, name))) {
      bytes = in.readNBytes(MAX_MANIFEST_BYTES + 1);
    }
    if (bytes.length > MAX_MANIFEST_BYTES) {
      throw refuse(name, "has more than " + MAX_MANIFEST_BYTES + " bytes");
    }
    Path manifest = Files.write(into.resolve(BundleManifest.FILE_NAME), bytes);
    return BundleManifest.parse(Files.readString(manifest));
  }

  private void requireExactly(BundleManifest manifest, Map<String, String> entries) {
    for (Map.Entry<String, String> entry : entries.entrySet()) {
      boolean named =
          entry.getKey().equals(BundleManifest.FILE_NAME)
              || manifest.files().containsKey(entry.getKey());
      if (named == false) {
        throw refuse(
            entry.getValue(), "is not in the manifest, which has " + manifest.files().keySet());
      }
    }
    for (String name : manifest.files().keySet()) {
      if (entries.containsKey(name) == false) {
        throw new BundleException(
            "[%s] lacks the file [%s] of its manifest; it has %s", zip, name, entries.values());
      }
    }
  }

  /** Stops as soon as more comes out than the manifest says, whatever the zip says. */
  private void unpack(ZipFile file, String name, String as, long bytes) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long size = 0;
    try (InputStream in = file.getInputStream(entry(file, name));
        OutputStream out =
            Files.newOutputStream(
                into.resolve(as),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        size += read;
        if (size > bytes) {
          throw refuse(name, "holds more than the " + bytes + " bytes that the manifest says");
        }
        out.write(buffer, 0, read);
      }
    }
  }

  private static ZipEntry entry(ZipFile file, String name) throws IOException {
    ZipEntry entry = file.getEntry(name);
    if (entry == null) {
      throw new IOException("its directory is damaged at [" + name + "]");
    }
    return entry;
  }

  private BundleException refuse(String entry, String why) {
    return new BundleException("the entry [%s] of [%s] %s", entry, zip, why);
  }
}
