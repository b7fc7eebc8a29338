package org.sightline.cli.download;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sightline.cli.web.Backoff;
import org.sightline.cli.web.TransferException;
import org.sightline.runtime.inference.Digest;

/** Fetches one file, in as many pieces as the connection needs. */
final class FileDownload {
  private static final int BUFFER_BYTES = 1 << 16;

  /** So much in one piece, and a connection counts as working. */
  private static final long WORKING_BYTES = 1 << 20;

  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (?:(\\d{1,18})-\\d{1,18}|\\*)/(\\d{1,18}|\\*)");

  private final Transfer transfer;
  private final Wanted wanted;
  private final PartFile part;
  private final long allowance;
  private String sha256;
  private String by;
  private long total;
  private boolean resumed;

  private FileDownload(Transfer transfer, Wanted wanted, long allowance) {
    this.transfer = transfer;
    this.wanted = wanted;
    this.allowance = allowance;
    part = new PartFile(wanted.target());
    sha256 = wanted.sha256();
    by = wanted.by();
    total = wanted.bytes();
  }

  /**
   * Fetches a file, unless it is there already: of the same commit, or with the wanted SHA-256.
   *
   * @param allowance bytes that it may have
   * @return its length
   * @throws TransferException when it cannot be had, or is another one than was wanted
   */
  static long run(Transfer transfer, Wanted wanted, long allowance) {
    try {
      if (isThere(wanted) == false) {
        new FileDownload(transfer, wanted, allowance).run();
      }
      return Files.size(wanted.target());
    } catch (IOException e) {
      throw new TransferException("[" + wanted.target() + "] cannot be read: " + e, e);
    }
  }

  private static boolean isThere(Wanted wanted) throws IOException {
    if (Files.isRegularFile(wanted.target()) == false) {
      return false;
    }
    boolean same =
        wanted.sha256() == null
            ? wanted.commit() != null
            : Digest.sha256(wanted.target()).equals(wanted.sha256());
    if (same == false) {
      Files.delete(wanted.target());
    }
    return same;
  }

  private void run() throws IOException {
    Backoff backoff = transfer.backoff(wanted.name());
    while (true) {
      long before = part.size();
      try (Answer answer = ask()) {
        if (Backoff.isPassing(answer.status())) {
          backoff.afterAnswer(answer.says(), answer.header("Retry-After"), kept());
          continue;
        }
        take(answer);
        if (matches()) {
          part.complete();
          transfer.progress().end();
          return;
        }
      } catch (IOException e) {
        if (part.size() - before >= WORKING_BYTES) {
          backoff.reset();
        }
        backoff.afterFailure(e, kept());
      }
    }
  }

  private Answer ask() throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    part.tag()
        .ifPresent(
            tag -> {
              headers.put("Range", "bytes=" + part.size() + "-");
              headers.put("If-Range", tag);
            });
    return transfer.client().get(wanted.uri(), headers);
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
      default -> throw Refusals.of(answer, wanted.name());
    }
    long from = part.size();
    if (total >= 0) {
      part.requireRoom(total - from);
    }
    transfer.progress().start(wanted.name(), total, from);
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
    String commit = answer.commit().orElse(wanted.commit());
    if (wanted.commit() != null && commit.equals(wanted.commit()) == false) {
      throw new TransferException(
          "["
              + wanted.name()
              + "] came from the commit ["
              + commit
              + "], asked for was ["
              + wanted.commit()
              + "]");
    }
    for (OptionalLong said : new OptionalLong[] {answer.linkedBytes(), ofBody}) {
      if (said.isPresent() && wanted.bytes() >= 0 && said.getAsLong() != wanted.bytes()) {
        throw new TransferException(
            "["
                + wanted.name()
                + "] has "
                + said.getAsLong()
                + " bytes on the server, "
                + wanted.by()
                + " says "
                + wanted.bytes());
      }
    }
    if (wanted.bytes() < 0) {
      total = answer.linkedBytes().orElse(ofBody.orElse(-1));
    }
    if (wanted.sha256() == null && answer.linkedSha256().isPresent()) {
      sha256 = answer.linkedSha256().get();
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
        transfer.progress().advance(read);
      }
    }
  }

  private TransferException tooLong() {
    return new TransferException(
        "[" + wanted.name() + "] is longer than the " + total + " bytes that " + by + " says");
  }

  private TransferException tooLarge() {
    return new TransferException(
        "["
            + wanted.name()
            + "] has "
            + (total >= 0 ? total : "more")
            + " bytes, allowed are at most "
            + allowance
            + " (--max-bytes, for all files together)");
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
      transfer.progress().note(wanted.name() + ": its parts do not fit, fetched anew");
      return false;
    }
    throw new TransferException(
        "["
            + wanted.name()
            + "] has the SHA-256 ["
            + found
            + "], "
            + by
            + " says ["
            + sha256
            + "]");
  }

  private String kept() {
    return part.tag().isPresent()
        ? "; what has arrived is kept, and the same command goes on from there"
        : "";
  }
}
