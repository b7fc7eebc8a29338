package org.sightline.runtime.features;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.sightline.runtime.inference.Digest;

/**
 * Features of images in files of a local folder, one a file, named by a key of the model and the
 * image's digest. What was used longest ago goes first when the limit is reached. Survives the
 * process; the order of use within it does not, files then count as used when they were written.
 *
 * <p>Thread-safe. Methods that touch the disk block; {@link #contains} does not. A disk that fails
 * costs what was on it and nothing else: reads miss, writes are left out, both are counted.
 */
public final class FeatureFiles {
  private static final String SUFFIX = ".features";
  private static final String UNFINISHED = ".unfinished";

  /**
   * Counters since the folder was opened.
   *
   * @param hits files that were read
   * @param misses lookups that found none
   * @param evictions files that had to go for others
   * @param entries files now
   * @param bytes of these files
   * @param failures files that were not whole, could not be read or not be written
   */
  public record Stats(
      long hits, long misses, long evictions, long entries, long bytes, long failures) {}

  private record Found(String key, long bytes, long modified) {}

  private final Path folder;
  private final long maxBytes;
  private final Storage storage;
  private final AtomicLong unfinished = new AtomicLong();
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder evictions = new LongAdder();
  private final LongAdder failures = new LongAdder();

  /** Length of each file, the longest unused first; guarded by this. */
  private final Map<String, Long> files = new LinkedHashMap<>(16, 0.75f, true);

  /** The keys of these files, for lookups that must not wait while files are moved or deleted. */
  private final Set<String> present = ConcurrentHashMap.newKeySet();

  /** Of all files, those included that are being written; guarded by this. */
  private long bytes;

  private FeatureFiles(Path folder, long maxBytes, Storage storage) {
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.storage = storage;
  }

  /**
   * Opens a folder, which is made when it does not exist. Reads names and lengths of all files;
   * removes what a process that died has left unfinished, and what is over the limit.
   *
   * @param maxBytes most bytes of all files together, above 0
   * @param storage of what is written; files of other storages are read as well
   * @throws IOException when the folder cannot be made or listed
   */
  public static FeatureFiles open(Path folder, long maxBytes, Storage storage) throws IOException {
    FeatureFiles opened = new FeatureFiles(folder, maxBytes, storage);
    Files.createDirectories(folder);
    List<Found> found = new ArrayList<>();
    Files.walkFileTree(folder, opened.collector(found));
    found.sort(Comparator.comparingLong(Found::modified));
    synchronized (opened) {
      for (Found file : found) {
        opened.files.put(file.key(), file.bytes());
        opened.present.add(file.key());
        opened.bytes += file.bytes();
      }
      opened.makeRoom(0);
    }
    return opened;
  }

  private SimpleFileVisitor<Path> collector(List<Found> found) {
    return new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
          throws IOException {
        String name = file.getFileName().toString();
        if (name.endsWith(SUFFIX)) {
          String digest = name.substring(0, name.length() - SUFFIX.length());
          String model = folder.relativize(file).getName(0).toString();
          if (Digest.isDigest(model) && Digest.isDigest(digest)) {
            found.add(
                new Found(
                    key(model, digest),
                    attributes.size(),
                    attributes.lastModifiedTime().toMillis()));
          }
        } else if (name.endsWith(UNFINISHED)) {
          Files.deleteIfExists(file);
        }
        return FileVisitResult.CONTINUE;
      }
    };
  }

  /** Whether there is a file; it may turn out not to be whole. */
  public boolean contains(String model, String digest) {
    return present.contains(key(model, digest));
  }

  /**
   * Reads features. A file that is not whole is removed.
   *
   * @return null when there are none
   */
  public ImageFeatures read(String model, String digest) {
    String key = key(model, digest);
    synchronized (this) {
      if (files.get(key) == null) {
        misses.increment();
        return null;
      }
    }
    ImageFeatures features = null;
    try {
      features = FeatureCodec.decode(Files.readAllBytes(path(key)));
    } catch (NoSuchFileException e) {
      // removed for others since the lookup: a miss like any other
      misses.increment();
      forgetMissing(key);
      return null;
    } catch (IOException e) {
      // a failure, as a file that is not whole is one
    }
    if (features == null) {
      failures.increment();
      misses.increment();
      remove(key);
      return null;
    }
    hits.increment();
    return features;
  }

  /**
   * Writes features unless they are there already or larger than everything that is allowed.
   *
   * @param model key of the model: another one for each version of its weights
   * @param features without tokens nothing is written
   */
  public void write(String model, String digest, ImageFeatures features) {
    if (features.tokens() == null || !Digest.isDigest(digest) || !Digest.isDigest(model)) {
      return;
    }
    String key = key(model, digest);
    if (contains(model, digest)) {
      return;
    }
    byte[] encoded = FeatureCodec.encode(features, storage);
    synchronized (this) {
      if (encoded.length > maxBytes || !makeRoom(encoded.length)) {
        return;
      }
      bytes += encoded.length;
    }
    Path target = path(key);
    Path fresh = target.resolveSibling(unfinished.incrementAndGet() + UNFINISHED);
    try {
      Files.createDirectories(target.getParent());
      Files.write(fresh, encoded);
      publish(key, fresh, encoded.length);
    } catch (IOException e) {
      failures.increment();
      discard(fresh);
      synchronized (this) {
        bytes -= encoded.length;
      }
    }
  }

  /**
   * File and entry come together: in between, another thread could remove one without the other.
   */
  private synchronized void publish(String key, Path fresh, long length) throws IOException {
    Files.move(
        fresh, path(key), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Long before = files.put(key, length);
    present.add(key);
    // another thread may have written the same meanwhile
    bytes -= before == null ? 0 : before;
  }

  /** Removes files, the longest unused first, until so many bytes fit; false when they cannot. */
  private boolean makeRoom(long needed) {
    Iterator<Map.Entry<String, Long>> oldest = files.entrySet().iterator();
    while (bytes + needed > maxBytes && oldest.hasNext()) {
      Map.Entry<String, Long> file = oldest.next();
      if (discard(path(file.getKey()))) {
        bytes -= file.getValue();
        evictions.increment();
        present.remove(file.getKey());
        oldest.remove();
      }
    }
    return bytes + needed <= maxBytes;
  }

  /** Unless another thread has written it again. */
  private synchronized void forgetMissing(String key) {
    if (Files.notExists(path(key))) {
      forget(key);
    }
  }

  private synchronized void forget(String key) {
    present.remove(key);
    Long length = files.remove(key);
    bytes -= length == null ? 0 : length;
  }

  private synchronized void remove(String key) {
    if (files.containsKey(key) && discard(path(key))) {
      forget(key);
    }
  }

  private boolean discard(Path file) {
    try {
      Files.deleteIfExists(file);
      return true;
    } catch (IOException e) {
      failures.increment();
      return false;
    }
  }

  /** Counters since the folder was opened. */
  public synchronized Stats stats() {
    return new Stats(
        hits.sum(), misses.sum(), evictions.sum(), files.size(), bytes, failures.sum());
  }

  private static String key(String model, String digest) {
    return model + "/" + digest;
  }

  /** {@code model/ab/abcd….features}: no folder gets too many files. */
  private Path path(String key) {
    int digest = key.indexOf('/') + 1;
    String prefix = key.substring(0, digest) + key.substring(digest, digest + 2);
    return folder.resolve(prefix + '/' + key.substring(digest) + SUFFIX);
  }
}
