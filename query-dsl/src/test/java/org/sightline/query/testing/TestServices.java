package org.sightline.query.testing;

import java.time.Duration;
import java.util.function.Function;
import org.elasticsearch.common.breaker.NoopCircuitBreaker;
import org.elasticsearch.plugins.FieldPredicate;
import org.sightline.query.QueryServices;
import org.sightline.query.mapping.MappingCache;
import org.sightline.query.match.FetchBudget;
import org.sightline.query.match.RerankReport;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.ModelCatalog;

/** Services of a test, over scripted inference. */
public final class TestServices implements QueryServices {
  /** Enough for the "images" of tests, and small enough to be exceeded. */
  public static final long MAX_IMAGE_BYTES = 1_000;

  private final MappingCache mappings = new MappingCache();
  private final FetchBudget fetches = new FetchBudget(() -> new NoopCircuitBreaker("test"), 1);
  private volatile ScriptedInference scripted = new ScriptedInference(Runnable::run);

  public static TestServices create() {
    return new TestServices();
  }

  public ScriptedInference scripted() {
    return scripted;
  }

  /** Begins anew with that inference. */
  void use(ScriptedInference inference) {
    scripted = inference;
  }

  @Override
  public long maxImageBytes() {
    return MAX_IMAGE_BYTES;
  }

  @Override
  public Inference inference() {
    return scripted;
  }

  @Override
  public ModelCatalog models() {
    return ScriptedInference.CATALOG;
  }

  @Override
  public MappingCache mappings() {
    return mappings;
  }

  @Override
  public FetchBudget fetches() {
    return fetches;
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
