package org.sightline.plugin.cluster;

import java.util.concurrent.CompletionStage;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;

/**
 * Inference on a node of the caller's choice. Never blocks; stages complete once, on any thread.
 */
public interface NodeInference {

  CompletionStage<EmbedResponse> embed(DiscoveryNode node, EmbedRequest request);

  CompletionStage<MatchResponse> match(DiscoveryNode node, MatchRequest request);

  CompletionStage<CaptionResponse> caption(DiscoveryNode node, CaptionRequest request);
}
