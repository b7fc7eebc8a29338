package org.sightline.benchmarks.pictures;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.testsupport.load.Allocated;

/**
 * Decodes files with one field after the other at its extremes, and files damaged at random, and
 * prints what the worst of each format took. Ends with 1 where something else than a refusal was
 * thrown, or a bound was passed.
 */
public final class Attacks {
  private static final long MAX_PIXELS = 100_000_000;

  /** A node with 2 GB of heap gives this much to decoding. */
  private static final long MAX_DECODED = 512 << 20;

  /** Heap in all, garbage included: one decode, and copies of the file. */
  private static final long MAX_HEAP = 2 * MAX_DECODED;

  /** Two seconds of one core, and as much again for a busy machine. */
  private static final long MAX_NANOS = 4_000_000_000L;

  private static final int MAX_MESSAGE = 2_000;

  /** Bytes at the beginning and at the end where fields lie. */
  private static final int BEGIN = 160;

  private static final int END = 260;

  /** Suffixes of files that describe the pictures of the folder. */
  private static final Set<String> NO_PICTURES = Set.of("json", "bin");

  private static final long[] EXTREMES = {0, 1, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFFL};

  private final ImageDecoder decoder = new ImageDecoder(20 << 20, MAX_PIXELS, MAX_DECODED);
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final Map<String, Worst> worst = new TreeMap<>();
  private boolean broken;

  /** What the worst file of a format took. */
  private static final class Worst {
    private int files;
    private int decoded;
    private long heap;
    private long nanos;
    private int message;
  }

  private Attacks() {}

  /** Arguments: a folder of pictures, how many files damaged at random, and a seed. */
  public static void main(String[] arguments) throws IOException {
    Attacks attacks = new Attacks();
    int random = Integer.parseInt(arguments[1]);
    attacks.run(Path.of(arguments[0]), random, new Random(Long.parseLong(arguments[2])));
    attacks.print();
    System.exit(attacks.broken ? 1 : 0);
  }

  private void run(Path folder, int random, Random numbers) throws IOException {
    var pictures =
        Pictures.files(folder).stream()
            .filter(file -> NO_PICTURES.contains(suffix(file)) == false)
            .toList();
    for (Path picture : pictures) {
      byte[] whole = Files.readAllBytes(picture);
      for (int at = 0; at + 4 <= whole.length; at++) {
        if (at < BEGIN || at >= whole.length - END) {
          extremes(picture, whole, at);
        }
      }
    }
    for (int i = 0; i < random; i++) {
      Path picture = pictures.get(numbers.nextInt(pictures.size()));
      decode(suffix(picture), damaged(Files.readAllBytes(picture), numbers));
    }
  }

  private void extremes(Path picture, byte[] whole, int at) {
    for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      for (long extreme : EXTREMES) {
        byte[] changed = whole.clone();
        ByteBuffer field = ByteBuffer.wrap(changed).order(order);
        if (extreme <= 0xFFFF) {
          field.putShort(at, (short) extreme);
        } else {
          field.putInt(at, (int) extreme);
        }
        decode(suffix(picture), changed);
      }
    }
  }

  private static byte[] damaged(byte[] whole, Random numbers) {
    for (int i = numbers.nextInt(8); i >= 0; i--) {
      whole[numbers.nextInt(whole.length)] = (byte) numbers.nextInt(256);
    }
    return numbers.nextInt(4) == 0 ? Arrays.copyOf(whole, numbers.nextInt(whole.length)) : whole;
  }

  private void decode(String format, byte[] file) {
    Worst row = worst.computeIfAbsent(format, any -> new Worst());
    long heap = Allocated.byThisThread();
    long nanos = threads.getCurrentThreadCpuTime();
    try {
      decoder.decode(file, Transparency.WHITE);
      row.decoded++;
    } catch (InferenceException e) {
      row.message = Math.max(row.message, e.getMessage().length());
    } catch (RuntimeException | Error e) {
      System.err.println(format + ": " + e);
      broken = true;
    }
    row.files++;
    row.heap = Math.max(row.heap, Allocated.byThisThread() - heap);
    row.nanos = Math.max(row.nanos, threads.getCurrentThreadCpuTime() - nanos);
    broken |= row.heap > MAX_HEAP || row.nanos > MAX_NANOS || row.message > MAX_MESSAGE;
  }

  private void print() throws IOException {
    System.out.println(
        "| format | files | decoded | most heap, MB | longest, ms of one core | longest message |\n"
            + "|---|---|---|---|---|---|");
    String format = "| %s | %d | %d | %.1f | %.0f | %d |%n";
    worst.forEach(
        (name, row) -> {
          double heap = row.heap / 1e6;
          double millis = row.nanos / 1e6;
          System.out.printf(
              Locale.ROOT, format, name, row.files, row.decoded, heap, millis, row.message);
        });
    Path status = Path.of("/proc/self/status");
    if (Files.exists(status)) {
      Files.readAllLines(status).stream()
          .filter(line -> line.startsWith("VmHWM"))
          .forEach(
              line ->
                  System.out.println("Peak memory of the process: " + line.substring(6).strip()));
    }
  }

  private static String suffix(Path file) {
    String name = file.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
