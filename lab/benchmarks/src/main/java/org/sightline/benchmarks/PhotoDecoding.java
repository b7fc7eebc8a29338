package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sightline.benchmarks.Row.Goal;
import org.sightline.benchmarks.rival.Rival;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.image.CheckedImage;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.pixels.ImagePreprocessor;
import org.sightline.testsupport.gallery.Photos;

/** From encoded bytes to the pixels of CLIP B/32, on one thread, against Pillow and numpy. */
final class PhotoDecoding implements Part {
  private static final String MODEL = PhotoIngest.MODEL;
  private static final long MAX = 100_000_000;

  private final Row small =
      new Row(
          "decode-small",
          "decode, resize, normalise on one core, 500×375 JPEG, pictures/s",
          "Pillow and numpy",
          Goal.ratioOfAtLeast(1.2));
  private final Row large =
      new Row(
          "decode-12mp", "the same, 12 megapixels", "Pillow and numpy", Goal.ratioOfAtLeast(2.5));

  @Override
  public List<Row> rows() {
    return List.of(small, large);
  }

  @Override
  public void run(Bench bench, Report report) throws Exception {
    if (bench.wants(small)) {
      measure(bench, report, small, bench.photos().small(128), 10);
    }
    if (bench.wants(large)) {
      measure(bench, report, large, bench.photos().large(6), 2);
    }
  }

  /**
   * @param warmUps rounds before those that count, for the compiler
   */
  private static void measure(Bench bench, Report report, Row row, List<Path> files, int warmUps)
      throws Exception {
    Bundle bundle = Bundle.read(bench.bundle(MODEL));
    List<byte[]> photos = Photos.read(files);
    Rival rival = bench.rival();
    rival.load(row.id(), files);
    ObjectNode command = rival.command("decode").put("images", row.id());
    command.put("bundle", bundle.folder().toString()).put("count", files.size());
    rival.ask(command);
    for (int i = 0; i < warmUps; i++) {
      millis(bundle.manifest().image(), photos);
    }
    List<Double> ours = new ArrayList<>();
    List<Double> rivals = new ArrayList<>();
    for (int round = 0; round < 5; round++) {
      ours.add(1000 / millis(bundle.manifest().image(), photos));
      rivals.add(files.size() / rival.ask(command).required("seconds").asDouble());
    }
    report.measured(
        row,
        Spread.ratios(ours, rivals),
        String.format(
            Locale.ROOT,
            "ours %.2f, Pillow %.2f ms a picture of %d kB",
            1000 / Spread.of(ours).median(),
            1000 / Spread.of(rivals).median(),
            photos.get(0).length / 1000));
  }

  /** Milliseconds a picture. */
  private static double millis(ImageSpec spec, List<byte[]> photos) {
    ImageDecoder decoder = new ImageDecoder(MAX, MAX, MAX);
    ImagePreprocessor preprocessor = new ImagePreprocessor(spec);
    float seen = 0;
    long start = System.nanoTime();
    for (byte[] photo : photos) {
      try (CheckedImage image = decoder.open(photo, spec)) {
        seen += preprocessor.pixels(image.decode())[0];
      }
    }
    double millis = (System.nanoTime() - start) / 1e6 / photos.size();
    if (Float.isNaN(seen)) {
      throw new IllegalStateException("pixels are no numbers");
    }
    return millis;
  }
}
