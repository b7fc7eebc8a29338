package org.sightline.integration.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.sightline.integration.Installation;

/**
 * The sums of {@code docs/operations/sizing.md} follow from its constants, and its constants stand
 * in the pages that they are said to come from.
 */
class SizingTest {
  private static final double[] PICTURES = {1e5, 1e6, 1e8};
  private static final String[] INDICES = {"hnsw", "int8_hnsw", "bbq_hnsw"};
  private static final double COPIES = 2;
  private static final double PICTURE_BYTES = 100e3;
  private static final double CORES = 2;

  private static String docs(String page) throws IOException {
    return Files.readString(Installation.checkout().resolve("docs").resolve(page));
  }

  private static List<String[]> rows(String heading) throws IOException {
    String page = docs("operations/sizing.md");
    String part = page.substring(page.indexOf("\n## " + heading + "\n") + 1);
    List<String[]> rows = new ArrayList<>();
    for (String line : part.substring(0, part.indexOf("\n## ", 1) + 1).lines().toList()) {
      if (line.startsWith("|")) {
        rows.add(line.substring(1).split("\\|"));
      }
    }
    return rows;
  }

  /** Constants by what they are of. */
  private static Map<String, Double> constants() throws IOException {
    Map<String, Double> constants = new TreeMap<>();
    Pattern page = Pattern.compile("\\]\\(\\.\\./([a-z.]+)");
    String source = "";
    for (String[] row : constantRows()) {
      Matcher link = page.matcher(row[2]);
      source = link.find() ? docs(link.group(1)) : source;
      String written = row[1].strip().split(" ")[0];
      if (row[2].contains("base64") == false) {
        assertTrue(source.contains(written) || source.contains(written.replace(",", "")), written);
      }
      constants.put(
          row[0].strip(),
          written.contains("/") ? 4 / 3.0 : Double.parseDouble(written.replace(",", "")));
    }
    return constants;
  }

  private static List<String[]> constantRows() throws IOException {
    String page = docs("operations/sizing.md");
    List<String[]> rows = new ArrayList<>();
    for (String line : page.substring(page.indexOf("\n## Constants")).lines().toList()) {
      if (line.startsWith("| ") && line.startsWith("| what") == false) {
        rows.add(line.substring(1).split("\\|"));
      }
    }
    assertEquals(15, rows.size());
    return rows;
  }

  private static double of(Map<String, Double> constants, String name) {
    return constants.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not in " + constants))
        .getValue();
  }

  private static double unit(String[] words) {
    return switch (words.length == 1 ? "" : words[1]) {
      case "GB" -> 1e9;
      case "TB" -> 1e12;
      case "hours", "" -> 1;
      default -> throw new AssertionError(words[1]);
    };
  }

  @Test
  void theTableFollowsFromTheConstants() throws IOException {
    Map<String, Double> constants = constants();
    List<String[]> rows = rows("In short");
    for (int i = 0; i < PICTURES.length; i++) {
      double pictures = PICTURES[i];
      assertEquals("`" + INDICES[i] + "`", rows.get(2)[i + 1].strip());
      String index = "`" + INDICES[i] + "`";
      double[] expected = {
        pictures * COPIES * of(constants, "vector in memory, " + index),
        pictures * COPIES * of(constants, "vector on disk, " + index),
        pictures * COPIES * PICTURE_BYTES * of(constants, "picture as base64"),
        pictures * of(constants, "image tokens") * 1e3,
        pictures / of(constants, "embedding, CLIP B/32 in fp32") / 3600,
        pictures / of(constants, "embedding, int8") / 3600,
        Math.ceil(pictures / of(constants, "embedding, int8") / 86400 * CORES)
      };
      for (int row = 0; row < expected.length; row++) {
        String[] words = rows.get(3 + row)[i + 1].strip().split(" ");
        BigDecimal written = new BigDecimal(words[0]);
        BigDecimal sum =
            BigDecimal.valueOf(expected[row] / unit(words))
                .setScale(written.scale(), RoundingMode.HALF_UP);
        assertEquals(sum, written, rows.get(3 + row)[0]);
      }
    }
  }
}
