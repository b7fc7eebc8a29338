package org.sightline.cli.push;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.time.Duration;
import org.sightline.cli.push.StoreAnswer.Missing;
import org.sightline.cli.web.Progress;
import org.sightline.cli.web.Retries;
import org.sightline.cli.web.TransferException;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleManifest;

/** Brings a bundle into a cluster. */
public final class Pusher {
  /** One is enough unless somebody else deletes parts, or a file is written at the same time. */
  private static final int ROUNDS = 3;

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final ClusterClient cluster;
  private final Bundle bundle;
  private final String id;
  private final Retries retries;
  private final Progress progress;

  /**
   * A pusher.
   *
   * @param bundle whose files are those of its manifest
   * @param retries waits between two looks at the nodes
   */
  public Pusher(ClusterClient cluster, Bundle bundle, Retries retries) {
    this.cluster = cluster;
    this.bundle = bundle;
    this.retries = retries;
    id = bundle.manifest().id();
    progress = retries.progress();
  }

  /**
   * Sends what the cluster misses of the bundle, and puts it into service.
   *
   * @param replace whether another version may be replaced although it is in use
   * @return the cluster's last answer
   * @throws TransferException when that fails, or the cluster refuses it
   */
  public StoreAnswer push(boolean replace) {
    byte[] manifest;
    try {
      manifest = Files.readAllBytes(bundle.file(BundleManifest.FILE_NAME));
    } catch (IOException e) {
      throw new TransferException(e, "the manifest cannot be read: %s", e);
    }
    for (int round = 0; ; round++) {
      StoreAnswer answer =
          StoreAnswer.parse(
              cluster.offer(id, manifest, bundle.manifest().bytes(), replace), bundle.manifest());
      if (answer.isComplete()) {
        return answer;
      }
      if (round == ROUNDS) {
        throw new TransferException(
            "[%s] misses parts of %s although they were sent %s times: does somebody else push"
                + " or delete the model, or write to its files?",
            cluster, answer.missing().stream().map(Missing::file).toList(), ROUNDS);
      }
      answer.missing().forEach(this::send);
      progress.note(id + ": all parts are sent, the cluster compares them");
    }
  }

  private void send(Missing missing) {
    long bytes = missing.spec().bytes();
    progress.start(missing.file(), bytes, bytes - missing.bytes());
    try (FileChannel file = FileChannel.open(bundle.file(missing.file()))) {
      for (long part : missing.parts()) {
        byte[] content = read(file, missing, part);
        cluster.sendPart(id, missing.spec().sha256(), part, content, missing.file());
        progress.advance(content.length);
      }
    } catch (IOException e) {
      throw new TransferException(e, "the file [%s] cannot be read: %s", missing.file(), e);
    }
    progress.end();
  }

  private static byte[] read(FileChannel file, Missing missing, long part) throws IOException {
    byte[] bytes = new byte[missing.length(part)];
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      if (file.read(rest, missing.offset(part) + rest.position()) < 0) {
        throw new IOException("it has become shorter than " + missing.spec().bytes() + " bytes");
      }
    }
    return bytes;
  }

  /**
   * Waits until every inference node uses the version or has failed to.
   *
   * @param most how long to wait, without the time that answers take
   * @return what the nodes said last
   */
  public Rollout await(String version, Duration most) {
    Duration waited = Duration.ZERO;
    Duration pause = FIRST_PAUSE;
    String said = "";
    while (true) {
      Rollout rollout = Rollout.parse(cluster.get(id), version);
      if (rollout.settled() || waited.compareTo(most) >= 0) {
        return rollout;
      }
      if (rollout.waiting().equals(said) == false) {
        said = rollout.waiting();
        progress.note(id + ": waiting for " + said);
      }
      Duration next = shorter(pause, most.minus(waited));
      retries.sleep(next);
      waited = waited.plus(next);
      pause = shorter(pause.multipliedBy(2), LONGEST_PAUSE);
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
