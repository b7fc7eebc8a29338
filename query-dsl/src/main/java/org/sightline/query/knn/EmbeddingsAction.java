package org.sightline.query.knn;

import java.util.List;
import java.util.Objects;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.index.query.QueryRewriteAsyncAction;
import org.sightline.query.QueryServices;
import org.sightline.query.input.InputResolver;
import org.sightline.query.input.QueryInput;

/** Embeds an input, once for all queries of a request that ask for the same. */
final class EmbeddingsAction extends QueryRewriteAsyncAction<List<float[]>, EmbeddingsAction> {
  private final String modelId;
  private final QueryInput input;
  private final boolean severalVectors;
  private final QueryServices services;

  /**
   * @param modelId null where all inputs are documents
   * @param severalVectors whether an image, as the only input, may have several; otherwise that is
   *     refused
   */
  EmbeddingsAction(
      String modelId, QueryInput input, boolean severalVectors, QueryServices services) {
    this.modelId = modelId;
    this.input = input;
    this.severalVectors = severalVectors && input.isOnlyAnImage();
    this.services = services;
  }

  @Override
  protected void execute(Client client, ActionListener<List<float[]>> listener) {
    InputResolver resolver = new InputResolver(services, modelId, input, client);
    if (severalVectors) {
      resolver.resolveImage(listener);
    } else {
      resolver.resolve(listener.map(List::of));
    }
  }

  @Override
  public int doHashCode() {
    return Objects.hash(modelId, input, severalVectors);
  }

  @Override
  public boolean doEquals(EmbeddingsAction other) {
    return Objects.equals(modelId, other.modelId)
        && input.equals(other.input)
        && severalVectors == other.severalVectors;
  }
}
