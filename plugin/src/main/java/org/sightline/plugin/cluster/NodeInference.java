package org.sightline.plugin.cluster;

import java.util.concurrent.CompletionStage;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.sightline.inference.CaptionRequest;
import org.sightline.inference.CaptionResponse;
import org.sightline.inference.EmbedRequest;
import org.sightline.inference.EmbedResponse;
import org.sightline.inference.MatchRequest;
import org.sightline.inference.MatchResponse;

/**
 * Inference on a node of the caller's choice. Never blocks; stages complete once, on any thread.
 */
public interface NodeInference {

  CompletionStage<EmbedResponse> embed(DiscoveryNode node, EmbedRequest request);

  CompletionStage<MatchResponse> match(DiscoveryNode node, MatchRequest request);

  CompletionStage<CaptionResponse> caption(DiscoveryNode node, CaptionRequest request);
}
