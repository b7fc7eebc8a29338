package org.sightline.ingest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.sightline.runtime.inference.Embedding;

/**
 * How embeddings stand in documents: one vector as a list of numbers, for a {@code dense_vector};
 * several as a list of objects that hold one each under {@value #VECTOR}, for a {@code nested}
 * field with a {@code dense_vector} below it.
 */
final class DocumentVectors {
  static final String VECTOR = ImageTextEmbeddingProcessor.NESTED_VECTOR;

  private DocumentVectors() {}

  /** The value to store: lists and maps that may be changed, as documents are copied. */
  static List<?> write(Embedding embedding) {
    if (embedding.vectors().size() == 1) {
      return boxed(embedding.single());
    }
    List<Map<String, Object>> objects = new ArrayList<>(embedding.vectors().size());
    for (float[] vector : embedding.vectors()) {
      objects.add(new HashMap<>(Map.of(VECTOR, boxed(vector))));
    }
    return objects;
  }

  /**
   * Whether a document brings its vectors along. Objects without them do not count: {@code _source}
   * is answered without vectors, so that is what is left of nested ones when a client sends back
   * what it read.
   */
  static boolean present(Object value) {
    return switch (value) {
      case null -> false;
      case Map<?, ?> object -> object.get(VECTOR) != null;
      case List<?> list -> list.isEmpty() == false && list.stream().allMatch(DocumentVectors::held);
      default -> true;
    };
  }

  private static boolean held(Object element) {
    return element instanceof Map<?, ?> object ? object.get(VECTOR) != null : element != null;
  }

  /**
   * The embedding that was stored.
   *
   * @throws IllegalArgumentException naming the field whose value is neither form
   */
  static Embedding read(String field, Object value) {
    if (value instanceof List<?> list && list.isEmpty() == false) {
      if (list.stream().allMatch(Number.class::isInstance)) {
        return new Embedding(List.of(unboxed(list)));
      }
      List<float[]> vectors = new ArrayList<>(list.size());
      for (Object element : list) {
        if (element instanceof Map<?, ?> object
            && object.get(VECTOR) instanceof List<?> vector
            && vector.stream().allMatch(Number.class::isInstance)) {
          vectors.add(unboxed(vector));
        }
      }
      if (vectors.size() == list.size()) {
        return new Embedding(vectors);
      }
    }
    throw new IllegalArgumentException(
        "["
            + field
            + "] must be a list of numbers, or of objects with one in ["
            + VECTOR
            + "], got "
            + ReceivedValues.describe(value));
  }

  private static List<Float> boxed(float[] vector) {
    List<Float> boxed = new ArrayList<>(vector.length);
    for (float component : vector) {
      boxed.add(component);
    }
    return boxed;
  }

  private static float[] unboxed(List<?> numbers) {
    float[] vector = new float[numbers.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = ((Number) numbers.get(i)).floatValue();
    }
    return vector;
  }
}
