package org.sightline.runtime.bundle;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Finds the bundles in folders of bundles. */
public final class BundleFolder {
  private BundleFolder() {}

  /** What lies under one id. */
  public sealed interface Entry {
    /** The model id, or the folder's name where the manifest gives none. */
    String id();

    /** A bundle whose manifest is valid. */
    record Valid(Bundle bundle) implements Entry {
      @Override
      public String id() {
        return bundle.manifest().id();
      }
    }

    /**
     * A bundle that cannot be used.
     *
     * @param reason fit for users
     */
    record Broken(String id, String reason) implements Entry {}
  }

  /**
   * Looks at every sub-folder that holds a manifest. A folder that does not exist is empty; a
   * bundle that is broken is listed with its reason; an id that exists twice is broken, because
   * nobody could say which of the two answers.
   *
   * @param folders each holds bundle folders
   * @return by id
   */
  public static Map<String, Entry> scan(List<Path> folders) {
    Map<String, Entry> entries = new TreeMap<>();
    for (Path folder : folders) {
      if (Files.isDirectory(folder)) {
        scan(folder, entries);
      }
    }
    return entries;
  }

  private static void scan(Path folder, Map<String, Entry> entries) {
    List<Path> bundles = new ArrayList<>();
    try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
      for (Path child : children) {
        if (Files.isRegularFile(child.resolve(BundleManifest.FILE_NAME))) {
          bundles.add(child);
        }
      }
    } catch (IOException e) {
      String id = folder.getFileName().toString();
      entries.put(id, new Entry.Broken(id, "the folder of bundles cannot be read: " + e));
    }
    for (Path bundle : bundles) {
      String id = bundle.getFileName().toString();
      Entry entry = entry(bundle, id);
      if (entries.putIfAbsent(id, entry) != null) {
        entries.put(id, new Entry.Broken(id, "two folders hold a bundle [" + id + "]"));
      }
    }
  }

  private static Entry entry(Path folder, String id) {
    try {
      return new Entry.Valid(Bundle.read(folder));
    } catch (BundleException e) {
      return new Entry.Broken(id, e.getMessage());
    }
  }
}
