package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.sightline.benchmarks.rival.Rival;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.gallery.Photos;
import org.sightline.testsupport.gallery.Picture;

/**
 * Resources that the parts share: photographs, bundles, one node and one Python process. Each is
 * made when a part first asks for it. Closing ends the node and the process. Not thread-safe.
 */
final class Bench implements AutoCloseable {
  /** Something is missing that a row needs, and that is no failure: Python, for example. */
  static final class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnavailableException(String message) {
      super(message);
    }
  }

  private static final int WARM_UPS = 10;

  private final Options options;
  private final Set<String> models;
  private final PrintStream progress;
  private BenchNode node;
  private Rival rival;

  /**
   * @param models bundles that the node will have beside the shipped ones
   * @param progress receives one line whenever something slow begins
   */
  Bench(Options options, Set<String> models, PrintStream progress) {
    this.options = options;
    this.models = models;
    this.progress = progress;
  }

  boolean quick() {
    return options.quick();
  }

  boolean wants(Row row) {
    return options.wants(row);
  }

  /** Documents of the largest index. */
  int documents(int byDefault) {
    return options.documents() == 0 ? byDefault : options.documents();
  }

  /** Number of rounds, in which both sides take turns. */
  int rounds() {
    return quick() ? 3 : 7;
  }

  /** Threads of each side. */
  int threads() {
    return Runtime.getRuntime().availableProcessors();
  }

  void say(String what) {
    progress.println("# " + what);
  }

  Path checkout() {
    return options.checkout();
  }

  /** Folder that is kept between runs. */
  Path cache() {
    return options.cache();
  }

  Photos photos() {
    return new Photos(cache().resolve("photos"));
  }

  Gallery gallery() {
    return Gallery.read(checkout().resolve("gallery-demo/gallery/noto.zip"));
  }

  /** Folder of a shipped bundle or of a bundle of real size. */
  Path bundle(String id) {
    Path shipped = checkout().resolve("model-runtime/bundles").resolve(id);
    if (Files.isDirectory(shipped)) {
      return shipped;
    }
    if (options.hasMade(id)) {
      return madeBundles().resolve(id);
    }
    throw new UnavailableException(
        "the bundle [" + id + "] is not there" + (options.python() == null ? ": no Python" : ""));
  }

  Path madeBundles() {
    return cache().resolve("bundles");
  }

  /** The node. A start that fails is tried once for each part. */
  BenchNode node() throws Exception {
    if (node == null) {
      say("starting a node with " + models);
      node = BenchNode.start(this, models);
      warmUp(node);
    }
    return node;
  }

  /**
   * Indexes the gallery several times: what runs once for each picture reaches the last tier of the
   * JVM's compiler after thousands of pictures, and the compiler takes a third of the processor
   * until then.
   */
  private void warmUp(BenchNode fresh) throws IOException {
    say("warming it up");
    List<Picture> pictures = gallery().pictures();
    for (int i = 0; i < WARM_UPS; i++) {
      GalleryIngest.index(fresh.http(), pictures);
    }
  }

  /**
   * The Python process.
   *
   * @throws UnavailableException where there is no Python
   */
  Rival rival() throws IOException {
    if (options.python() == null) {
      throw new UnavailableException("no Python");
    }
    if (rival == null) {
      Path script = checkout().resolve("lab/benchmarks/rivals/rival.py");
      Rival started = new Rival(options.python(), script, threads(), cache().resolve("rival.log"));
      try {
        JsonNode versions = started.ask(started.command("hello"));
        say("rivals: " + versions);
      } catch (IOException e) {
        started.close();
        throw e;
      }
      rival = started;
    }
    return rival;
  }

  /** Ends the node, for a part that needs the machine for nodes of its own. */
  void endNode() {
    if (node != null) {
      node.close();
      node = null;
    }
  }

  @Override
  public void close() {
    if (rival != null) {
      rival.close();
    }
    endNode();
  }
}
