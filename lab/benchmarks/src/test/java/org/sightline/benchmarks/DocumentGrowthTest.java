package org.sightline.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sightline.testsupport.load.PhotoIndex;

class DocumentGrowthTest {

  @Test
  void sizesArePowersOfTenAndTheLargest() {
    assertEquals(List.of(1_000, 10_000, 30_000), DocumentGrowth.sizes(30_000));
    assertEquals(List.of(1_000), DocumentGrowth.sizes(1_000));
  }

  @Test
  void documentsLieAroundThePictures() {
    List<float[]> pictures = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      float[] axis = new float[256];
      axis[i] = 1;
      pictures.add(axis);
    }
    double expected = 1 / Math.sqrt(1 + 0.5 * 0.5); // what is added is nearly perpendicular
    for (int i = 0; i < 40; i++) {
      float[] moved = DocumentGrowth.around(pictures, i);
      assertEquals(expected, PhotoIndex.cosine(moved, pictures.get(i % 4)), 0.1);
      assertArrayEquals(moved, DocumentGrowth.around(pictures, i), "the same every time");
    }
  }
}
