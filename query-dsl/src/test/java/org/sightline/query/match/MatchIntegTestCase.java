package org.sightline.query.match;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.sightline.query.testing.QueryIntegTestCase;

/** Photos whose first stage order and match scores are known, and the JSON of searches for them. */
abstract class MatchIntegTestCase extends QueryIntegTestCase {
  protected static final int PHOTOS = 60;

  /** The first stage's order is 0, 1, 2 …; these logits are all different. */
  protected static float logit(int position) {
    return position * 37 % PHOTOS / 8f - 3;
  }

  protected static List<String> bestOf(IntStream positions) {
    return positions
        .boxed()
        .sorted(Comparator.comparing((Integer i) -> logit(i)).reversed())
        .map(String::valueOf)
        .toList();
  }

  @Override
  protected void setupSuiteScopeCluster() {
    createPhotos(INDEX);
    List<Map<String, Object>> photos = new ArrayList<>();
    for (int i = 0; i < PHOTOS; i++) {
      photos.add(photo(i, logit(i), true));
    }
    index(INDEX, photos);
  }

  protected static final String KNN =
      "{'knn':{'field':'photo_vector','k':60,'num_candidates':60,"
          + "'query_vector_builder':{'image_text_embedding':{'model_id':'emoji-clip',"
          + "'input':'angle 0'}}}}";

  protected static String match(String child, String options) {
    return "{'image_text_match':{'retriever':"
        + child
        + ",'model_id':'emoji-blip','input':'a red heart','field':'photo'"
        + (options.isEmpty() ? "" : "," + options)
        + "}}";
  }

  protected static String retriever(String retriever, String rest) {
    return "{'retriever':" + retriever + (rest.isEmpty() ? "" : "," + rest) + "}";
  }

  protected static String matchKnn(String options) {
    return retriever(match(KNN, options), "");
  }

  protected static void cacheAll() {
    for (int i = 0; i < PHOTOS; i++) {
      Map<String, Object> photo = photo(i, logit(i), true);
      inference().cached.put((String) photo.get("photo_digest"), "p" + i + " " + logit(i));
    }
  }
}
