package org.sightline.query.input;

import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.test.ESTestCase;

/** The arithmetic of weighted inputs. */
public class VectorSumTests extends ESTestCase {

  public void testOneVectorIsNormalised() {
    assertArrayEquals(
        new float[] {0.6f, 0.8f}, VectorSum.of(new float[][] {{30, 40}}, new float[] {1}), 1e-7f);
  }

  public void testNegativeWeightPointsAway() {
    assertArrayEquals(
        new float[] {-0.6f, -0.8f}, VectorSum.of(new float[][] {{3, 4}}, new float[] {-7}), 1e-7f);
  }

  public void testVectorsCountByWeightAndNotByLength() {
    float[] sum = VectorSum.of(new float[][] {{100, 0}, {0, 0.1f}}, new float[] {3, 4});
    assertArrayEquals(new float[] {0.6f, 0.8f}, sum, 1e-7f);
  }

  public void testInputsAreNotChanged() {
    float[] vector = {3, 4};
    VectorSum.of(new float[][] {vector}, new float[] {2});
    assertArrayEquals(new float[] {3, 4}, vector, 0);
  }

  public void testCancellingInputsAreRefused() {
    ElasticsearchStatusException e =
        expectThrows(
            ElasticsearchStatusException.class,
            () -> VectorSum.of(new float[][] {{1, 2}, {2, 4}}, new float[] {0.5f, -0.5f}));
    assertEquals(
        "the weighted embeddings of [input] cancel each other out, so nothing is left to search for",
        e.getMessage());
    assertEquals(400, e.status().getStatus());
  }
}
