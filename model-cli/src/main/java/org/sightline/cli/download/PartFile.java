package org.sightline.cli.download;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
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
    try {
      return size() > 0 && Files.isRegularFile(tag)
          ? Optional.of(Files.readString(tag)).filter(text -> text.startsWith("\""))
          : Optional.empty();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  long size() {
    try {
      return Files.isRegularFile(part) ? Files.size(part) : 0;
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Begins anew with a version. */
  void restart(Optional<String> version) {
    try {
      Files.createDirectories(target.getParent());
      Files.deleteIfExists(tag);
      Files.write(
          part,
          new byte[0],
          StandardOpenOption.CREATE,
          StandardOpenOption.WRITE,
          StandardOpenOption.TRUNCATE_EXISTING);
      if (version.isPresent()) {
        Files.writeString(tag, version.get());
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  void delete() {
    try {
      Files.deleteIfExists(tag);
      Files.deleteIfExists(part);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  FileChannel append() {
    try {
      return FileChannel.open(part, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  void write(FileChannel channel, byte[] bytes, int count) {
    try {
      ByteBuffer rest = ByteBuffer.wrap(bytes, 0, count);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Refuses what the disk has no room for. */
  void requireRoom(long bytes) {
    try {
      long free = Files.getFileStore(part.getParent()).getUsableSpace();
      if (bytes > free) {
        throw new TransferException(
            "["
                + target.getFileName()
                + "] needs "
                + bytes
                + " bytes more, the disk of ["
                + part.getParent()
                + "] has "
                + free
                + " free");
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  Path file() {
    return part;
  }

  /** The part is the whole. */
  void complete() {
    try {
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      Files.deleteIfExists(tag);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  TransferException failure(IOException e) {
    return new TransferException("[" + part + "] cannot be written: " + e.getMessage(), e);
  }
}
