package org.sightline.ingest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.sightline.runtime.inference.Embedding;

/**
 * How embeddings stand in documents: one vector as a list of numbers, for a {@code dense_vector};
 * several as a list of objects that hold one each under {@value #VECTOR}, for a {@code nested}
 * field with a {@code dense_vector} below it. Where inputs stand in a list, the objects also have
 * the place of their input under {@value #OFFSET}.
 */
final class DocumentVectors {
  static final String VECTOR = ImageTextEmbeddingProcessor.NESTED_VECTOR;
  static final String OFFSET = ImageTextEmbeddingProcessor.NESTED_OFFSET;

  private DocumentVectors() {}

  /**
   * The value to store: lists and maps that may be changed, as documents are copied.
   *
   * @param embeddings one for each of the contents
   */
  static List<?> write(InputTarget target, List<Embedding> embeddings) {
    if (target.listed() == false && embeddings.get(0).vectors().size() == 1) {
      return boxed(embeddings.get(0).single());
    }
    List<Map<String, Object>> objects = new ArrayList<>();
    List<Integer> offsets = target.offsets();
    for (int i = 0; i < offsets.size(); i++) {
      for (float[] vector : embeddings.get(i).vectors()) {
        Map<String, Object> object = new HashMap<>(Map.of(VECTOR, boxed(vector)));
        if (target.listed()) {
          object.put(OFFSET, offsets.get(i));
        }
        objects.add(object);
      }
    }
    return objects;
  }

  /**
   * Whether a document brings along the vectors of a field, of each input where there is a list.
   */
  static boolean present(InputTarget target) {
    Object value = target.scope().get(target.path());
    if (target.listed() == false || present(value) == false) {
      return present(value);
    }
    return value instanceof List<?> objects
        && objects.stream()
            .map(object -> object instanceof Map<?, ?> map ? map.get(OFFSET) : null)
            .collect(Collectors.toSet())
            .equals(Set.copyOf(target.offsets()));
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
            + "] is no vector: expected a list of numbers, or of objects with one in ["
            + VECTOR
            + "], as [image_text_embedding] writes to its [output_field], got "
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
