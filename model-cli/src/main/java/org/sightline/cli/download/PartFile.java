package org.sightline.cli.download;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.sightline.cli.hub.HubFiles;
import org.sightline.cli.web.TransferException;

/**
 * What has arrived of a file, and beside it the entity tag of the version that it is part of.
 * Failures are those of the disk, so they are {@link TransferException}s: no other try helps.
 */
final class PartFile {
  private static final String PART = ".part";
  private static final String TAG = ".etag";

  private final Path target;
  private final Path part;
  private final Path tag;

  PartFile(Path target) {
    this.target = target;
    part = target.resolveSibling(target.getFileName() + PART);
    tag = target.resolveSibling(target.getFileName() + PART + TAG);
  }

  /** The tag with which the rest can be asked for, when there is a part to go on from. */
  Optional<String> tag() {
    return disk(
        () ->
            size() > 0 && Files.isRegularFile(tag)
                ? Optional.of(Files.readString(tag)).filter(text -> text.startsWith("\""))
                : Optional.empty());
  }

  long size() {
    return disk(() -> Files.isRegularFile(part) ? Files.size(part) : 0);
  }

  /** Begins anew with a version. */
  void restart(Optional<String> version) {
    disk(
        () -> {
          Files.createDirectories(target.getParent());
          Files.deleteIfExists(tag);
          Files.write(part, new byte[0]);
          return version.isPresent() ? Files.writeString(tag, version.get()) : tag;
        });
  }

  void delete() {
    disk(() -> Files.deleteIfExists(tag) | Files.deleteIfExists(part));
  }

  FileChannel append() {
    return disk(() -> FileChannel.open(part, StandardOpenOption.WRITE, StandardOpenOption.APPEND));
  }

  void write(FileChannel channel, byte[] bytes, int count) {
    ByteBuffer rest = ByteBuffer.wrap(bytes, 0, count);
    while (rest.hasRemaining()) {
      disk(() -> channel.write(rest));
    }
  }

  /** Refuses what the disk has no room for. */
  void requireRoom(long bytes) {
    long free = disk(() -> Files.getFileStore(part.getParent()).getUsableSpace());
    if (bytes > free) {
      throw new TransferException(
          "[%s] needs %s bytes more, the disk of [%s] has %s free",
          target.getFileName(), bytes, part.getParent(), free);
    }
  }

  Path file() {
    return part;
  }

  /** The part is the whole, also after a power loss: another try takes it as it is. */
  void complete() {
    disk(
        () -> {
          HubFiles.syncFile(part);
          Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
          HubFiles.syncNames(target.getParent());
          return Files.deleteIfExists(tag);
        });
  }

  private interface DiskAccess<T> {
    T run() throws IOException;
  }

  private <T> T disk(DiskAccess<T> access) {
    try {
      return access.run();
    } catch (IOException e) {
      throw new TransferException(e, "[%s] cannot be written: %s", part, e.getMessage());
    }
  }
}
