package org.sightline.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
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
  private final ConsoleSteps steps;
  private volatile boolean keep; // read by the shutdown hook

  private Demo(DemoOptions options, PrintStream out) {
    this.options = options;
    this.out = out;
    this.steps = new ConsoleSteps(out, options.terminal());
  }

  /** Runs the demo as the system properties say; the exit code is 0 when all went well. */
  public static void main(String[] arguments) throws InterruptedException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try {
      System.exit(new Demo(DemoOptions.from(System.getProperties()), out).run());
    } catch (ClusterException | IllegalStateException | IOException | UncheckedIOException e) {
      out.println();
      boolean told = e instanceof ClusterException || e instanceof IllegalStateException;
      System.err.println("demo: " + (told ? e.getMessage() : e));
      System.exit(1);
    }
  }

  private int run() throws InterruptedException, IOException {
    if (options.mode() == DemoOptions.Mode.STOP) {
      Path folder = Distribution.folderFor(options.workFolder());
      int stopped =
          steps.take("Stopping the demo's node", () -> ElasticsearchNode.stopAllBelow(folder));
      out.println(
          stopped > 0
              ? "Stopped. Its data stay: ./demo takes them up again, ./demo --fresh removes them."
              : "No node of the demo runs.");
      return 0;
    }
    new Preflight(options.checkout(), options.port()).check();
    ElasticsearchCluster cluster = startNode();
    try (HttpJson node = new HttpJson(cluster.http())) {
      OwnPictures own =
          options.pictures() == null ? null : new OwnPictures(options, cluster, node, out);
      int result = own == null ? show(node) : own.run();
      if (result != 0 || options.mode() == DemoOptions.Mode.ONCE) {
        cluster.close();
        return result;
      }
      goOn(cluster, node, own == null ? GalleryIndex.NAME : own.index());
      keep = options.mode() == DemoOptions.Mode.KEEP;
      if (!keep) {
        out.println("Ctrl-C stops the node; its data stay for the next ./demo.");
      }
      SearchPage page = new SearchPage(cluster.http());
      boolean offered = !keep && options.terminal() && page.canBeOpened();
      out.println("\nSearch on the page" + (offered ? " (Enter opens it)" : "") + ":");
      out.println(page.address());
      if (!keep) {
        if (offered && System.in.read() >= 0) {
          page.open();
        }
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

  private Distribution distribution() {
    Path elasticsearch = options.distribution("elasticsearch.zip");
    Path plugin = options.distribution("sightline.zip");
    Optional<Distribution> there =
        options.fresh()
            ? Optional.empty()
            : Distribution.existing(options.workFolder(), elasticsearch, plugin);
    if (there.isPresent()) {
      out.println("Elasticsearch with this plugin is unpacked already.");
      return there.get();
    }
    Distribution distribution =
        steps.take(
            "Unpacking Elasticsearch",
            () ->
                options.fresh()
                    ? Distribution.unpack(elasticsearch, options.workFolder())
                    : Distribution.renew(elasticsearch, options.workFolder()));
    steps.take(
        "Installing the plugin",
        () -> {
          distribution.installPlugin(plugin);
          return null;
        });
    distribution.madeOf(elasticsearch, plugin);
    return distribution;
  }

  private ElasticsearchCluster startNode() throws IOException {
    Distribution distribution = distribution();
    NodeSpec spec = new NodeSpec(NODE, options.port(), Map.of(), List.of("-Xms1g", "-Xmx1g"));
    ElasticsearchCluster cluster = ElasticsearchCluster.of(distribution, "sightline-demo", spec);
    ElasticsearchNode node = cluster.node(0);
    Files.createDirectories(models(cluster));
    Files.writeString(Preflight.note(options.checkout()), node.folder() + "\n");
    // however this process ends, also while the node starts: nothing is left behind unasked
    Thread stop = new Thread(() -> stopUnlessKept(cluster), "stop-node");
    Runtime.getRuntime().addShutdownHook(stop);
    return steps.take("Starting a node and waiting until it answers", cluster::start);
  }

  /** Indexes and searches; 0 when every picture was indexed. */
  private int show(HttpJson node) {
    Gallery gallery = steps.take("Reading the gallery", () -> Gallery.read(options.gallery()));
    GalleryIndex index = new GalleryIndex(node);
    int pictures = gallery.pictures().size();
    double rate = 0;
    // a measurement indexes them in any case: their rate is part of it
    if (options.mode() != DemoOptions.Mode.ONCE && index.holds(gallery.pictures())) {
      out.printf(Locale.ROOT, "All %,d pictures are indexed already.%n", pictures);
    } else {
      index.delete();
      index.create();
      out.printf(
          Locale.ROOT,
          "Indexing %,d pictures through the pipeline; the first ones wait for the model%n",
          pictures);
      ConsoleProgress progress = new ConsoleProgress(out, options.terminal(), "pictures", pictures);
      rate = index.fill(gallery.pictures(), progress);
      index.seal(gallery.pictures());
    }
    int documents = index.count();
    out.println();
    Showcase showcase = new Showcase(node, gallery, out);
    showcase.run();
    showcase.caption();
    if (options.mode() == DemoOptions.Mode.ONCE) {
      measure(node, gallery, documents, rate);
    }
    if (documents < pictures) {
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

  /** Where users put bundles; the node reads it when it starts. */
  private static Path models(ElasticsearchCluster cluster) {
    return cluster.node(0).configuration().resolve("sightline/models");
  }

  private void goOn(ElasticsearchCluster cluster, HttpJson node, String index) {
    out.println(
        String.format(
            Locale.ROOT,
            """
        Elasticsearch with the plugin answers at %1$s; the index is [%2$s].

          curl '%1$s/_sightline/models?pretty'
          curl '%1$s/%2$s/_search?pretty' -H 'Content-Type: application/json' -d '
            { "query": { "image_text": { "field": "photo_vector", "input": "a red heart", "k": 10 } },
              "_source": { "excludes": [ "photo" ] } }'

        Your own pictures: ./demo --pictures DIR indexes a folder; docs/own-pictures.md tells more.
        Your own models: the two bundled ones know emoji and nothing else. --model siglip2-base
        fetches one for photographs, --model hf:owner/name one of the hub. A bundle of your own is
        stored by sightline-models push, or lies in
          %3$s
        when the node starts: data and models stay. docs/models.md tells more.
        """,
            cluster.http(),
            index,
            models(cluster)));
    int status = node.send("GET", "/", null).status();
    if (status != 200) {
      out.printf(
          Locale.ROOT,
          """
          %1$s/ itself answers %2$d, because this Elasticsearch is the one that Elastic publishes
          for tests, which lacks that page; %1$s/_cat/indices?v is there.%n
          """,
          cluster.http(),
          status);
    }
    if (options.mode() == DemoOptions.Mode.KEEP) {
      out.println("The node keeps running at " + cluster.http() + "; ./demo --stop ends it.");
    }
  }
}
