package org.sightline.runtime.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sightline.runtime.inference.Embedding;

class FeatureCodecTest {
  static ImageFeatures features(long seed, int count, int hidden, int vectors) {
    Random random = new Random(seed);
    float[] tokens = new float[count * hidden];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = (float) random.nextGaussian();
    }
    float[][] embedding = new float[vectors][8];
    for (float[] vector : embedding) {
      vector[random.nextInt(8)] = 1;
    }
    return new ImageFeatures(
        vectors == 0 ? null : new Embedding(List.of(embedding)),
        new ImageFeatures.Tokens(tokens, count, hidden));
  }

  private static double largestDifference(ImageFeatures a, ImageFeatures b) {
    double largest = 0;
    for (int i = 0; i < a.tokens().values().length; i++) {
      largest = Math.max(largest, Math.abs(a.tokens().values()[i] - b.tokens().values()[i]));
    }
    return largest;
  }

  @ParameterizedTest
  @EnumSource(Storage.class)
  void whatIsWrittenIsRead(Storage storage) {
    for (int vectors : new int[] {0, 1, 3}) {
      ImageFeatures features = features(vectors, 17, 32, vectors);
      byte[] encoded = FeatureCodec.encode(features, storage);
      ImageFeatures read = FeatureCodec.decode(encoded);
      assertNotNull(read);
      assertEquals(17, read.tokens().count());
      assertEquals(32, read.tokens().hidden());
      assertEquals(vectors == 0, read.embedding() == null);
      for (int i = 0; i < vectors; i++) {
        assertArrayEquals(features.embedding().vectors().get(i), read.embedding().vectors().get(i));
      }
      // normal values are below 5: half of 2^-10 of 4, and half of 5 / 127
      double bound =
          switch (storage) {
            case FLOAT32 -> 0;
            case FLOAT16 -> 0.002;
            case INT8 -> 0.02;
          };
      double difference = largestDifference(features, read);
      assertTrue(difference <= bound, storage + ": " + difference);
      assertTrue(storage == Storage.FLOAT32 || difference > 0, "it is smaller for a reason");
    }
  }

  @Test
  void sizesAreWhatStoragesPromise() {
    ImageFeatures features = features(1, 577, 768, 1);
    int wide = FeatureCodec.encode(features, Storage.FLOAT32).length;
    int half = FeatureCodec.encode(features, Storage.FLOAT16).length;
    int bytes = FeatureCodec.encode(features, Storage.INT8).length;
    assertEquals(2.0, (double) wide / half, 0.01);
    assertEquals(4.0, (double) wide / bytes, 0.03);
  }

  @Test
  void valuesBeyondHalfPrecisionAreKept() {
    ImageFeatures features = features(1, 2, 4, 0);
    features.tokens().values()[3] = 70_000;
    ImageFeatures read = FeatureCodec.decode(FeatureCodec.encode(features, Storage.FLOAT16));
    assertArrayEquals(features.tokens().values(), read.tokens().values());
  }

  @Test
  void aTokenOfZerosIsOne() {
    ImageFeatures features = new ImageFeatures(null, new ImageFeatures.Tokens(new float[8], 2, 4));
    ImageFeatures read = FeatureCodec.decode(FeatureCodec.encode(features, Storage.INT8));
    assertArrayEquals(new float[8], read.tokens().values());
  }

  @ParameterizedTest
  @EnumSource(Storage.class)
  void whatIsNotWholeIsNotRead(Storage storage) {
    byte[] encoded = FeatureCodec.encode(features(1, 3, 4, 1), storage);
    for (int length = 0; length < encoded.length; length++) {
      assertNull(FeatureCodec.decode(Arrays.copyOf(encoded, length)), "cut to " + length);
    }
    for (int at = 0; at < encoded.length; at++) {
      byte[] changed = encoded.clone();
      changed[at] ^= 0x10;
      assertNull(FeatureCodec.decode(changed), "changed at " + at);
    }
    assertNull(FeatureCodec.decode(Arrays.copyOf(encoded, encoded.length + 4)), "more");
  }
}
