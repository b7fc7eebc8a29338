package org.sightline.query.testing;

import java.time.Duration;
import java.util.function.Function;
import org.elasticsearch.plugins.FieldPredicate;
import org.sightline.query.QueryServices;
import org.sightline.query.match.RerankReport;
import org.sightline.runtime.inference.Inference;

/**
 * Services of a test.
 *
 * @param scripted the inference
 * @param maxImageBytes largest image
 */
public record TestServices(ScriptedInference scripted, long maxImageBytes)
    implements QueryServices {
  /** Enough for the "images" of tests, and small enough to be exceeded. */
  public static final long MAX_IMAGE_BYTES = 1_000;

  public static TestServices create() {
    return new TestServices(new ScriptedInference(), MAX_IMAGE_BYTES);
  }

  @Override
  public Inference inference() {
    return scripted;
  }

  @Override
  public void reranked(RerankReport report) {
    scripted.reranks.add(report);
  }

  @Override
  public Function<String, FieldPredicate> visibleFields() {
    return scripted.visibleFields;
  }

  @Override
  public void rerankFetched(int documents, Duration took) {
    scripted.fetched(documents);
  }

  @Override
  public Duration inferenceTimeout() {
    return Duration.ofSeconds(30);
  }
}
