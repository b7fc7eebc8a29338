package org.sightline.cli.push;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.time.Duration;
import org.sightline.cli.push.StoreAnswer.Missing;
import org.sightline.cli.web.Progress;
import org.sightline.cli.web.TransferException;
import org.sightline.cli.web.Tries;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleManifest;

/** Brings bundles into a cluster. */
public final class Pusher implements AutoCloseable {
  /** One is enough unless somebody else deletes parts, or a file is written at the same time. */
  private static final int ROUNDS = 3;

  /** In bytes a second; what sends less than this is taken for a lost connection. */
  private static final long SLOWEST_CONNECTION = 16 << 10;

  /** In bytes a second, of a cluster that reads all parts again and hashes them. */
  private static final long SLOWEST_CLUSTER = 10_000_000;

  private static final Duration FIRST_LOOK = Duration.ofSeconds(1);
  private static final Duration SELDOM = Duration.ofSeconds(5);

  private static final String KEPT =
      "; what has arrived is kept, and the same command goes on from there";

  private final Cluster cluster;
  private final ClusterClient client;
  private final Tries tries;
  private final Progress progress;

  /**
   * A pusher.
   *
   * @param patience how long a connection or the answer to a small request may take
   * @param tries how the cluster is asked again
   */
  public Pusher(Cluster cluster, Duration patience, Tries tries) {
    this.cluster = cluster;
    this.tries = tries;
    client = new ClusterClient(cluster, patience);
    progress = tries.progress();
  }

  /**
   * Sends what the cluster misses of a bundle, and puts it into service.
   *
   * @param bundle whose files are those of its manifest
   * @throws TransferException when that fails, or the cluster refuses it
   */
  public Stored push(Bundle bundle) {
    Call offer = offer(bundle);
    for (int round = 0; ; round++) {
      JsonObject body = client.send(offer, tries);
      StoreAnswer answer = StoreAnswer.parse(body, bundle.manifest());
      if (answer.result() != null) {
        return new Stored(bundle.manifest().id(), answer.version(), answer.result());
      }
      if (round == ROUNDS) {
        throw new TransferException(
            "["
                + cluster
                + "] misses parts of "
                + answer.missing().stream().map(Missing::file).toList()
                + " although they were sent "
                + ROUNDS
                + " times: does somebody else push or delete the model, or write to its files?");
      }
      for (Missing missing : answer.missing()) {
        send(bundle, missing);
      }
      progress.note(bundle.manifest().id() + ": all parts are sent, the cluster compares them");
    }
  }

  /** Offers the manifest; the answer may take as long as reading all files. */
  private Call offer(Bundle bundle) {
    String id = bundle.manifest().id();
    byte[] manifest;
    try {
      manifest = Files.readAllBytes(bundle.file(BundleManifest.FILE_NAME));
    } catch (IOException e) {
      throw new TransferException("the manifest cannot be read: " + e, e);
    }
    return new Call(
        "POST",
        cluster.model(id, ""),
        "application/json",
        BodyPublishers.ofByteArray(manifest),
        Duration.ofSeconds(bundle.manifest().bytes() / SLOWEST_CLUSTER),
        id,
        KEPT);
  }

  private void send(Bundle bundle, Missing missing) {
    progress.start(
        missing.file(), missing.spec().bytes(), missing.spec().bytes() - missing.bytes());
    try (FileChannel file = FileChannel.open(bundle.file(missing.file()))) {
      for (long part : missing.parts()) {
        byte[] bytes = read(file, missing, part);
        String path = "/files/" + missing.spec().sha256() + "/" + part;
        JsonObject body =
            client.send(
                new Call(
                    "PUT",
                    cluster.model(bundle.manifest().id(), path),
                    "application/octet-stream",
                    BodyPublishers.ofByteArray(bytes),
                    Duration.ofSeconds(bytes.length / SLOWEST_CONNECTION),
                    missing.file(),
                    KEPT),
                tries);
        if (body.get("acknowledged") == null) {
          throw new TransferException("[" + cluster + "] does not answer as Sightline does");
        }
        progress.advance(bytes.length);
      }
    } catch (IOException e) {
      throw new TransferException("the file [" + missing.file() + "] cannot be read: " + e, e);
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
  public Rollout await(Stored stored, Duration most) {
    Call call = Call.get(cluster.model(stored.modelId(), ""), "nodes of " + stored.modelId());
    Tries asking = new Tries(tries.pause(), tries.clock(), progress, "asked for");
    Duration waited = Duration.ZERO;
    Duration pause = FIRST_LOOK;
    String said = "";
    while (true) {
      Rollout rollout = Rollout.of(NodeState.parse(client.send(call, asking)), stored.version());
      if (rollout.settled() || waited.compareTo(most) >= 0) {
        return rollout;
      }
      if (rollout.waiting().equals(said) == false) {
        said = rollout.waiting();
        progress.note(stored.modelId() + ": waiting for " + said);
      }
      Duration left = most.minus(waited);
      Duration next = pause.compareTo(left) < 0 ? pause : left;
      tries.await(next);
      waited = waited.plus(next);
      pause = pause.multipliedBy(2).compareTo(SELDOM) < 0 ? pause.multipliedBy(2) : SELDOM;
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
