package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.gallery.Picture;

/**
 * What the parts share: photographs, bundles, one node and one Python process, each made when it is
 * first asked for. For use by one thread; closing ends node and process.
 */
final class Bench implements AutoCloseable {
  private static final int WARM_UPS = 10;

  private final Options options;
  private final Set<String> models = new TreeSet<>();
  private final PrintStream progress;
  private BenchNode node;
  private Rival rival;

  /**
   * @param models bundles that the node will have beside the shipped ones
   * @param progress one line whenever something slow begins
   */
  Bench(Options options, Set<String> models, PrintStream progress) {
    this.options = options;
    this.models.addAll(models);
    this.progress = progress;
  }

  boolean quick() {
    return options.quick();
  }

  boolean wants(Row row) {
    return wants(row.id());
  }

  boolean wants(String row) {
    return options.wants(row);
  }

  /** The largest index: as many documents as were asked for, or as there are by default. */
  int documents(int byDefault) {
    return options.documents() == 0 ? byDefault : options.documents();
  }

  /** How often both sides take turns. */
  int rounds() {
    return quick() ? 3 : 7;
  }

  /** Threads of both sides. */
  int threads() {
    return Runtime.getRuntime().availableProcessors();
  }

  void say(String what) {
    progress.println("# " + what);
  }

  Path checkout() {
    return options.checkout();
  }

  /** What is kept between runs. */
  Path cache() {
    return options.checkout().resolve(".cache/benchmarks");
  }

  Photos photos() {
    return new Photos(cache().resolve("photos"));
  }

  /** A bundle of real size, or a shipped one. */
  Path bundle(String id) {
    Path shipped = shippedBundles().resolve(id);
    Path made = madeBundles().resolve(id);
    if (Files.isDirectory(shipped)) {
      return shipped;
    }
    if (Files.isDirectory(made)) {
      return made;
    }
    throw new UnavailableException(
        "the bundle [" + id + "] is not there" + (options.python() == null ? ": no Python" : ""));
  }

  /** Whether a bundle of real size has been made. */
  static boolean isThere(Path checkout, String id) {
    return Files.isDirectory(checkout.resolve(".cache/benchmarks/bundles").resolve(id));
  }

  Gallery gallery() {
    return Gallery.read(checkout().resolve("gallery-demo/gallery/noto.zip"));
  }

  Path shippedBundles() {
    return checkout().resolve("model-runtime/bundles");
  }

  Path madeBundles() {
    return cache().resolve("bundles");
  }

  /** The node, started when it is first asked for; a start that fails is tried once a part. */
  BenchNode node() throws Exception {
    if (node == null) {
      say("starting a node with " + models);
      node = BenchNode.start(this, models);
      warmUp(node);
    }
    return node;
  }

  /**
   * Indexes the gallery several times: what runs once a picture reaches the last tier of the JVM's
   * compiler after thousands of them, and until then that compiler takes a third of the processor.
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
      Path script = checkout().resolve("benchmarks/rivals/rival.py");
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
