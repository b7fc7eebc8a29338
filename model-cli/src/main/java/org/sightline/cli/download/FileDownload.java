package org.sightline.cli.download;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sightline.cli.web.Progress;
import org.sightline.cli.web.Retries;
import org.sightline.cli.web.TransferException;
import org.sightline.runtime.inference.Digest;

/** Fetches one file, in as many pieces as the connection needs. */
final class FileDownload implements Retries.Attempt<Void> {
  private static final int BUFFER_BYTES = 1 << 16;

  /** So much in one piece, and a connection counts as working. */
  private static final long WORKING_BYTES = 1 << 20;

  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (?:(\\d{1,18})-\\d{1,18}|\\*)/(\\d{1,18}|\\*)");

  private final WebClient client;
  private final Progress progress;
  private final RemoteFile file;
  private final PartFile part;
  private final long allowance;
  private String sha256;
  private String by;
  private long total;
  private long before;
  private boolean resumed;

  private FileDownload(WebClient client, RemoteFile file, long allowance) {
    this.client = client;
    this.file = file;
    this.allowance = allowance;
    progress = client.retries().progress();
    part = new PartFile(file.target());
    sha256 = file.sha256();
    by = file.by();
    total = file.bytes();
  }

  /**
   * Fetches a file, unless it is there already: of the same commit, or with the right SHA-256.
   *
   * @param allowance bytes that it may have
   * @return its length
   * @throws TransferException when it cannot be had, or is not the file that was asked for
   */
  static long run(WebClient client, RemoteFile file, long allowance) {
    try {
      if (isThere(file) == false) {
        FileDownload download = new FileDownload(client, file, allowance);
        client.retries().run(file.name(), "fetched", download::kept, download);
      }
      return Files.size(file.target());
    } catch (IOException e) {
      throw new TransferException(e, "[%s] cannot be read: %s", file.target(), e);
    }
  }

  private static boolean isThere(RemoteFile file) throws IOException {
    if (Files.isRegularFile(file.target()) == false) {
      return false;
    }
    boolean same =
        file.sha256() == null
            ? file.commit() != null
            : Digest.sha256(file.target()).equals(file.sha256());
    if (same == false) {
      Files.delete(file.target());
    }
    return same;
  }

  @Override
  public Void run() throws IOException {
    do {
      before = part.size();
      try (Answer answer = ask()) {
        take(answer);
      }
    } while (matches() == false);
    part.complete();
    progress.end();
    return null;
  }

  @Override
  public boolean hasProgressed() {
    return part.size() - before >= WORKING_BYTES;
  }

  private Answer ask() throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    part.tag()
        .ifPresent(
            tag -> {
              headers.put("Range", "bytes=" + part.size() + "-");
              headers.put("If-Range", tag);
            });
    return client.get(file.uri(), headers);
  }

  /** Writes what the server sends; an end that comes too early is a failed connection. */
  private void take(Answer answer) throws IOException {
    switch (answer.status()) {
      case 200 -> {
        learn(answer, Answer.number(answer.header("Content-Length")));
        part.restart(answer.strongTag());
      }
      case 206 -> {
        learn(answer, continuation(answer));
        resumed = true;
      }
      case 416 -> {
        // the server's file ends where the part does, or before it
        part.delete();
        throw new IOException("the server has no bytes after those that are there");
      }
      default -> throw answer.refusal(file.name());
    }
    long from = part.size();
    if (total >= 0) {
      part.requireRoom(total - from);
    }
    progress.start(file.name(), total, from);
    copy(answer, from);
    if (total >= 0 && part.size() != total) {
      throw new IOException(
          "the connection ended after " + part.size() + " of " + total + " bytes");
    }
  }

  /** The whole length, when the answer goes on where the part ends. */
  private OptionalLong continuation(Answer answer) throws IOException {
    Matcher range = CONTENT_RANGE.matcher(answer.header("Content-Range").orElse(""));
    if (range.matches() == false
        || range.group(1) == null
        || Long.parseLong(range.group(1)) != part.size()) {
      part.delete();
      throw new IOException("the server sent another range than was asked for");
    }
    return range.group(2).equals("*")
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(range.group(2)));
  }

  /** Compares what the answer says of the file with what is known, and learns what is not. */
  private void learn(Answer answer, OptionalLong ofBody) {
    String commit = answer.linked().commit().orElse(file.commit());
    if (file.commit() != null && commit.equals(file.commit()) == false) {
      throw new TransferException(
          "[%s] came from the commit [%s], asked for was [%s]", file.name(), commit, file.commit());
    }
    for (OptionalLong said : new OptionalLong[] {answer.linked().bytes(), ofBody}) {
      if (said.isPresent() && file.bytes() >= 0 && said.getAsLong() != file.bytes()) {
        throw new TransferException(
            "[%s] has %s bytes on the server, %s says %s",
            file.name(), said.getAsLong(), file.by(), file.bytes());
      }
    }
    if (file.bytes() < 0) {
      total = answer.linked().bytes().orElse(ofBody.orElse(-1));
    }
    if (file.sha256() == null && answer.linked().sha256().isPresent()) {
      sha256 = answer.linked().sha256().get();
      by = "the hub";
    }
    if (total > allowance) {
      throw tooLarge();
    }
  }

  private void copy(Answer answer, long from) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long most = total >= 0 ? Math.min(total, allowance) : allowance;
    long size = from;
    try (FileChannel channel = part.append()) {
      for (int read = answer.body().read(buffer); read >= 0; read = answer.body().read(buffer)) {
        size += read;
        if (size > most) {
          part.delete();
          throw total >= 0 && size <= allowance ? tooLong() : tooLarge();
        }
        part.write(channel, buffer, read);
        progress.advance(read);
      }
    }
  }

  private TransferException tooLong() {
    return new TransferException(
        "[%s] is longer than the %s bytes that %s says", file.name(), total, by);
  }

  private TransferException tooLarge() {
    return new TransferException(
        "[%s] has %s bytes, allowed are at most %s (--max-bytes, for all files together)",
        file.name(), total >= 0 ? total : "more", allowance);
  }

  /** False when a part of another version spoilt the file, which is then fetched anew. */
  private boolean matches() throws IOException {
    if (sha256 == null) {
      return true;
    }
    String found = Digest.sha256(part.file());
    if (found.equals(sha256)) {
      return true;
    }
    part.delete();
    if (resumed) {
      resumed = false;
      progress.note(file.name() + ": its parts do not fit, fetched anew");
      return false;
    }
    throw new TransferException(
        "[%s] has the SHA-256 [%s], %s says [%s]", file.name(), found, by, sha256);
  }

  private String kept() {
    return part.tag().isPresent()
        ? "; what has arrived is kept, and the same command goes on from there"
        : "";
  }
}
