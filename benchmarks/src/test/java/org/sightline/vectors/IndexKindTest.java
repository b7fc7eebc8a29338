package org.sightline.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The arithmetic of docs/collections.md. */
class IndexKindTest {

  @Test
  void bytesOfAVectorOf512Dimensions() {
    assertEquals(2048 + 64, IndexKind.HNSW.memoryBytes(512));
    assertEquals(512 + 16 + 64, IndexKind.INT8_HNSW.memoryBytes(512));
    assertEquals(256 + 16 + 64, IndexKind.INT4_HNSW.memoryBytes(512));
    assertEquals(64 + 14 + 64, IndexKind.BBQ_HNSW.memoryBytes(512));
    assertEquals(2048, IndexKind.FLAT.memoryBytes(512));
  }

  @Test
  void theOriginalStaysOnDisk() {
    assertEquals(2048 + 64, IndexKind.HNSW.diskBytes(512), "it is the one that is compared");
    assertEquals(2048 + 64 + 14 + 64, IndexKind.BBQ_HNSW.diskBytes(512));
    assertEquals("bbq_hnsw", IndexKind.BBQ_HNSW.id());
  }
}
