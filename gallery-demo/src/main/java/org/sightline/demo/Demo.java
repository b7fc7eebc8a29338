package org.sightline.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.sightline.testsupport.cluster.ClusterException;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Gallery;

/** From zips and pictures to search results: what {@code ./demo} runs after the build. */
public final class Demo {
  private static final String NODE = "demo";

  private final DemoOptions options;
  private final PrintStream out;
  private volatile boolean keep; // read by the shutdown hook

  private Demo(DemoOptions options, PrintStream out) {
    this.options = options;
    this.out = out;
  }

  /** Runs the demo as the system properties say; the exit code is 0 when all went well. */
  public static void main(String[] arguments) throws InterruptedException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try {
      System.exit(new Demo(DemoOptions.from(System.getProperties()), out).run());
    } catch (ClusterException | IllegalStateException e) {
      out.println();
      System.err.println("demo: " + e.getMessage());
      System.exit(1);
    }
  }

  private int run() throws InterruptedException {
    Path folder = Distribution.folderFor(options.workFolder());
    if (options.mode() == DemoOptions.Mode.STOP) {
      boolean ran = ElasticsearchNode.stopAllBelow(folder) > 0;
      out.println(ran ? "The demo's node has been stopped." : "No node of the demo runs.");
      return 0;
    }
    if (ElasticsearchNode.runningBelow(folder) > 0) {
      System.err.println("demo: a node of the demo still runs; ./demo --stop ends it");
      return 1;
    }
    requireFreePort();
    ElasticsearchCluster cluster = startNode();
    try (HttpJson node = new HttpJson(cluster.http())) {
      int result = show(node);
      if (result != 0 || options.mode() == DemoOptions.Mode.ONCE) {
        cluster.close();
        return result;
      }
      goOn(cluster);
      keep = options.mode() == DemoOptions.Mode.KEEP;
      if (!keep) {
        out.println("Ctrl-C stops the node.");
        new CountDownLatch(1).await(); // the shutdown hook stops the node
      }
      return 0;
    }
  }

  private void stopUnlessKept(ElasticsearchCluster cluster) {
    if (!keep) {
      cluster.close();
    }
  }

  private void requireFreePort() {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true); // connections of an ended node may still linger
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), options.port()));
    } catch (IOException e) {
      throw new IllegalStateException(
          "port " + options.port() + " is in use: choose another one with --port N", e);
    }
  }

  private ElasticsearchCluster startNode() {
    Distribution distribution =
        step(
            "Unpacking Elasticsearch",
            () ->
                Distribution.unpack(
                    options.distribution("elasticsearch.zip"), options.workFolder()));
    step(
        "Installing the plugin",
        () -> {
          distribution.installPlugin(options.distribution("sightline.zip"));
          return null;
        });
    NodeSpec spec = new NodeSpec(NODE, options.port(), Map.of(), List.of("-Xms1g", "-Xmx1g"));
    ElasticsearchCluster cluster = ElasticsearchCluster.of(distribution, "sightline-demo", spec);
    // however this process ends, also while the node starts: nothing is left behind unasked
    Thread stop = new Thread(() -> stopUnlessKept(cluster), "stop-node");
    Runtime.getRuntime().addShutdownHook(stop);
    return step("Starting a node", cluster::start);
  }

  /** Indexes and searches; 0 when every picture was indexed. */
  private int show(HttpJson node) {
    Gallery gallery = step("Reading the gallery", () -> Gallery.read(options.gallery()));
    GalleryIndex index = new GalleryIndex(node);
    index.create();
    int pictures = gallery.pictures().size();
    out.printf(Locale.ROOT, "Indexing %,d pictures through the pipeline%n", pictures);
    ConsoleProgress progress = new ConsoleProgress(out, options.terminal(), "pictures", pictures);
    double rate = index.fill(gallery.pictures(), progress);
    int documents = index.count();
    out.println();
    Showcase showcase = new Showcase(node, gallery, out);
    List<ResultsPage.Block> blocks = showcase.run();
    showcase.caption();
    writePage(blocks);
    if (options.mode() == DemoOptions.Mode.ONCE) {
      measure(node, gallery, documents, rate);
    }
    if (documents != pictures) {
      System.err.println("demo: " + pictures + " pictures were sent, " + documents + " are there");
      return 1;
    }
    return 0;
  }

  private void measure(HttpJson node, Gallery gallery, int documents, double rate) {
    List<String> names = gallery.namesWithoutSkinTones();
    out.printf(Locale.ROOT, "Measuring recall with %,d official names%n", names.size());
    Evaluation.Result result = new Evaluation(node).run(names, out, options.terminal());
    print("first stage", result.firstStage());
    print("reranked", result.reranked());
    out.println(result.json(documents, rate));
  }

  private void print(String stage, Evaluation.Tally tally) {
    out.printf(
        Locale.ROOT,
        "  %-12s recall@1 %.3f   recall@10 %.3f   %.1f ms (median of a search)%n",
        stage,
        tally.recallAt1(),
        tally.recallAt10(),
        tally.medianMillis());
  }

  private void writePage(List<ResultsPage.Block> blocks) {
    Path page = options.checkout().resolve("gallery-demo/target/results.html");
    try {
      Files.writeString(page, ResultsPage.render(blocks));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    out.println("The same with the pictures: " + page);
    out.println();
  }

  private void goOn(ElasticsearchCluster cluster) {
    out.println(
        String.format(
            Locale.ROOT,
            """
        Elasticsearch with the plugin answers at %1$s; the index is [%2$s].

          curl '%1$s/_sightline/models?pretty'
          curl '%1$s/%2$s/_search?pretty' -H 'Content-Type: application/json' -d '
            { "query": { "image_text": { "field": "photo_vector", "input": "a red heart", "k": 10 } },
              "_source": "title" }'

        Your own pictures: index documents with a base64 "photo" into an index of your own through a
        pipeline with the processor [image_text_embedding]; README.md shows it in five minutes.
        Your own models: the two bundled ones know emoji and nothing else. Export a CLIP or BLIP
        checkpoint with model-export and copy the bundle into
          %3$s
        then restart the node; docs/models.md tells more.
        """,
            cluster.http(),
            GalleryIndex.NAME,
            cluster.node(0).configuration().resolve("sightline").resolve("models")));
    if (options.mode() == DemoOptions.Mode.KEEP) {
      out.println("The node keeps running at " + cluster.http() + "; ./demo --stop ends it.");
    }
  }

  private <T> T step(String name, Supplier<T> work) {
    out.print(name + " … ");
    out.flush();
    long start = System.nanoTime();
    T result = work.get();
    out.printf(Locale.ROOT, "%.1f s%n", (System.nanoTime() - start) / 1e9);
    return result;
  }
}
