package org.sightline.vectors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorsTest {
  private static final float[] FIRST = {3, 4};
  private static final float[] SECOND = {0, -2};

  @Test
  void lengthsBecomeOne() {
    Vectors vectors = Vectors.of(List.of(FIRST, SECOND));
    assertArrayEquals(new float[] {0.6f, 0.8f}, vectors.get(0), 1e-6f);
    assertArrayEquals(new float[] {0, -1}, vectors.get(1), 1e-6f);
    assertEquals(-0.8, vectors.cosine(0, vectors.get(1)), 1e-6);
    assertThrows(IllegalArgumentException.class, () -> Vectors.of(List.of(new float[2])));
  }

  @Test
  void moreVectorsLieAroundTheFirst() {
    List<float[]> random = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      float[] axis = new float[256];
      axis[i] = 1;
      random.add(axis);
    }
    Vectors base = Vectors.of(random);
    Vectors moved = base.around(40, 0.5, 7);
    assertEquals(40, moved.size());
    double expected = 1 / Math.sqrt(1 + 0.5 * 0.5); // what is added is nearly perpendicular
    for (int i = 0; i < moved.size(); i++) {
      assertEquals(expected, moved.cosine(i, base.get(i % 4)), 0.1);
    }
    assertArrayEquals(moved.get(39), base.around(40, 0.5, 7).get(39), "the same every time");
  }

  @Test
  void samplesAreSpreadEvenly() {
    Vectors vectors =
        Vectors.of(
            List.of(
                new float[] {1, 0}, new float[] {0, 1}, new float[] {-1, 0}, new float[] {0, -1}));
    Vectors sample = vectors.sample(2);
    assertArrayEquals(new float[] {1, 0}, sample.get(0));
    assertArrayEquals(new float[] {-1, 0}, sample.get(1));
    assertArrayEquals(new float[] {0, 1}, vectors.first(2).get(1));
  }

  @Test
  void filesGrowAndForgetWhatWasCutOff(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("kept/vectors.f32");
    VectorFile file = new VectorFile(path, 2);
    assertEquals(0, file.count());
    file.append(List.of(FIRST));
    try (var out = Files.newOutputStream(path, java.nio.file.StandardOpenOption.APPEND)) {
      out.write(new byte[] {1, 2, 3}); // a run that was ended here
    }
    assertEquals(1, file.count());
    file.append(List.of(SECOND, FIRST));
    List<float[]> read = file.read(3);
    assertArrayEquals(FIRST, read.get(0));
    assertArrayEquals(SECOND, read.get(1));
    assertArrayEquals(FIRST, read.get(2));
    assertEquals(3 * 2 * Float.BYTES, Files.size(path));
  }
}
