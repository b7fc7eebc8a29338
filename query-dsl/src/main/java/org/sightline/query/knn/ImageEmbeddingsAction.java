package org.sightline.query.knn;

import java.util.List;
import java.util.Objects;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.index.query.QueryRewriteAsyncAction;
import org.sightline.query.QueryServices;
import org.sightline.query.input.InputResolver;
import org.sightline.query.input.QueryInput;

/** Embeds an image, once for all queries of a request that ask for the same. */
final class ImageEmbeddingsAction
    extends QueryRewriteAsyncAction<List<float[]>, ImageEmbeddingsAction> {
  private final String modelId;
  private final QueryInput input;
  private final QueryServices services;

  ImageEmbeddingsAction(String modelId, QueryInput input, QueryServices services) {
    this.modelId = modelId;
    this.input = input;
    this.services = services;
  }

  @Override
  protected void execute(Client client, ActionListener<List<float[]>> listener) {
    new InputResolver(services, modelId, input, client).resolveImage(listener);
  }

  @Override
  public int doHashCode() {
    return Objects.hash(modelId, input);
  }

  @Override
  public boolean doEquals(ImageEmbeddingsAction other) {
    return modelId.equals(other.modelId) && input.equals(other.input);
  }
}
