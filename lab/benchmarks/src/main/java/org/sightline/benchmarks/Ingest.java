package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.sightline.benchmarks.rival.Rival;
import org.sightline.testsupport.load.Bulks;

/**
 * One way to ingest pictures, with its measured rounds. The processor time of the processes that
 * work is measured as well, because other work on the machine disturbs it less than the clock. Not
 * thread-safe.
 */
abstract class Ingest implements AutoCloseable {
  private final String name;
  private final int pictures;
  private final List<ProcessHandle> processes;
  private final List<Double> rates = new ArrayList<>();
  private final List<Double> millis = new ArrayList<>();

  /**
   * @param name name in notes
   * @param pictures pictures of a round
   * @param pids processes that work, beside this one
   */
  Ingest(String name, int pictures, long... pids) {
    this.name = name;
    this.pictures = pictures;
    this.processes = new ArrayList<>(List.of(ProcessHandle.current()));
    for (long pid : pids) {
      processes.add(ProcessHandle.of(pid).orElseThrow());
    }
  }

  /** Ingests the pictures of a round; pictures a second. */
  abstract double rate() throws Exception;

  /** Smallest cosine of its embeddings with the embeddings of our node. */
  double cosine() throws Exception {
    return 1;
  }

  /** Measures a round of each, in turns. */
  static void rounds(int count, List<? extends Ingest> ways) throws Exception {
    for (int round = 0; round < count; round++) {
      for (Ingest way : ways) {
        double before = way.processorSeconds();
        way.rates.add(way.rate());
        way.millis.add(1000 * (way.processorSeconds() - before) / way.pictures);
      }
    }
  }

  private double processorSeconds() {
    return processes.stream()
            .map(process -> process.info().totalCpuDuration())
            .flatMap(Optional::stream)
            .mapToLong(Duration::toNanos)
            .sum()
        / 1e9;
  }

  /** Pictures a second of each round. */
  List<Double> rates() {
    return rates;
  }

  /** Rates and processor time in words. */
  String text() {
    double median = Spread.of(rates).median();
    return String.format(
        Locale.ROOT,
        "%s %s pictures/s, %.2f ms of processor a picture",
        name,
        Spread.of(rates).text(median < 20 ? 2 : median < 200 ? 1 : 0),
        Spread.of(millis).median());
  }

  /** Reports a row about this way and a rival whose embeddings must agree. */
  void report(Report report, Row row, Ingest rival, double minCosine, String more)
      throws Exception {
    double cosine = Math.min(cosine(), rival.cosine());
    String agree =
        minCosine > 0 ? String.format(Locale.ROOT, "; cosine at least %.6f", cosine) : "";
    report.measured(
        row,
        Spread.ratios(rates, rival.rates),
        cosine >= minCosine,
        text() + "; " + rival.text() + agree + more);
  }

  @Override
  public void close() {}

  /** Photographs through the pipeline of a model into an empty index. */
  static class Pipeline extends Ingest {
    private static final int BULKS_IN_FLIGHT = 3;

    private final BenchNode node;
    private final String index;
    private final String model;
    private final List<byte[]> photos;
    private final int bulk;

    /**
     * @param bulk photographs of a bulk request
     */
    Pipeline(BenchNode node, String index, String model, List<byte[]> photos, int bulk) {
      super("pipeline of " + model, photos.size(), node.pid());
      this.node = node;
      this.index = index;
      this.model = model;
      this.photos = photos;
      this.bulk = bulk;
    }

    /** Making the requests counts as well. */
    @Override
    double rate() {
      return send(bodies().iterator());
    }

    /** The bulk requests, made when they are asked for. */
    Stream<byte[]> bodies() {
      return IntStream.range(0, (photos.size() + bulk - 1) / bulk)
          .mapToObj(i -> body(i * bulk, Math.min((i + 1) * bulk, photos.size())));
    }

    /** Fills the index anew; pictures a second. */
    double send(Iterator<byte[]> bodies) {
      node.createIndex(index, model);
      long start = System.nanoTime();
      Bulks.send(node.http(), "/" + index + "/_bulk", bodies, BULKS_IN_FLIGHT);
      return photos.size() / ((System.nanoTime() - start) / 1e9);
    }

    private byte[] body(int from, int to) {
      ObjectMapper mapper = new ObjectMapper();
      StringBuilder lines = new StringBuilder();
      for (int i = from; i < to; i++) {
        ObjectNode document = mapper.createObjectNode().put("title", "picture " + i);
        document.put("photo", Base64.getEncoder().encodeToString(photos.get(i)));
        lines.append("{\"index\":{\"_id\":\"").append(i).append("\"}}\n");
        lines.append(document).append('\n');
      }
      return lines.toString().getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * R2 on the node of the same run: Python decodes and encodes in batches of 32, and indexes
   * vectors with titles, or the documents that it was told of.
   */
  static class R2 extends Ingest {
    private final Rival rival;
    private final BenchNode node;
    private final String images;
    private final String bundle;
    private final String model;
    private final String index;
    private final int count;

    R2(Bench bench, String images, String model, String index, List<Path> files, int count)
        throws Exception {
      super("R2", count, bench.node().pid(), bench.rival().pid());
      this.rival = bench.rival();
      this.node = bench.node();
      this.images = images;
      this.bundle = bench.bundle(model).toString();
      this.model = model;
      this.index = index;
      this.count = count;
      rival.load(images, files);
    }

    /** Makes the index anew. */
    void empty() {
      node.createIndex(index, model);
    }

    @Override
    double rate() throws IOException {
      return fill(count);
    }

    /** Indexes the first pictures; pictures a second. */
    double fill(int some) throws IOException {
      empty();
      ObjectNode command = about("ingest").put("index", index).put("first", 0).put("count", some);
      command.put("host", node.http().node().getHost()).put("port", node.http().node().getPort());
      return some / rival.ask(command).required("seconds").asDouble();
    }

    /** Of the first pictures. */
    double cosine(List<byte[]> pictures) throws IOException {
      ObjectNode command = about("vectors").put("count", pictures.size());
      List<float[]> theirs = BenchNode.floats(rival.ask(command).required("vectors"));
      return BenchNode.minCosine(theirs, node.embed(model, pictures));
    }

    private ObjectNode about(String what) {
      return rival.command(what).put("bundle", bundle).put("images", images);
    }
  }
}
