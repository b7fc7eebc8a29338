package org.sightline.plugin.transport;

import java.io.IOException;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Purpose;

/** What inference nodes do for other nodes. */
public final class NodeCalls {
  /** Embeds on the node that receives it. */
  public static final NodeCall<EmbedRequest, EmbedResponse> EMBED =
      NodeCall.of(
          "embed",
          new NodeCall.Wire<>(NodeCalls::writeEmbed, NodeCalls::readEmbed),
          EmbedRequest::deadline,
          new NodeCall.Wire<>(NodeCalls::writeEmbeddings, NodeCalls::readEmbeddings),
          Inference::embed);

  /** Matches on the node that receives it. */
  public static final NodeCall<MatchRequest, MatchResponse> MATCH =
      NodeCall.of(
          "match",
          new NodeCall.Wire<>(NodeCalls::writeMatch, NodeCalls::readMatch),
          MatchRequest::deadline,
          new NodeCall.Wire<>(NodeCalls::writeScores, NodeCalls::readScores),
          Inference::match);

  /** Captions on the node that receives it. */
  public static final NodeCall<CaptionRequest, CaptionResponse> CAPTION =
      NodeCall.of(
          "caption",
          new NodeCall.Wire<>(CaptionWire::writeRequest, CaptionWire::readRequest),
          CaptionRequest::deadline,
          new NodeCall.Wire<>(CaptionWire::writeResponse, CaptionWire::readResponse),
          Inference::caption);

  private NodeCalls() {}

  private static void writeEmbed(StreamOutput out, EmbedRequest request) throws IOException {
    out.writeString(request.modelId());
    out.writeCollection(request.inputs(), InferenceWire::writeInput);
    out.writeEnum(request.purpose());
    InferenceWire.writeDeadline(out, request.deadline());
  }

  private static EmbedRequest readEmbed(StreamInput in) throws IOException {
    return new EmbedRequest(
        in.readString(),
        in.readCollectionAsList(InferenceWire::readInput),
        in.readEnum(Purpose.class),
        InferenceWire.readDeadline(in));
  }

  private static void writeEmbeddings(StreamOutput out, EmbedResponse response) throws IOException {
    out.writeString(response.modelId());
    out.writeVInt(response.dimensions());
    InferenceWire.writeOutcomes(
        out,
        response.results(),
        (stream, embedding) ->
            stream.writeCollection(embedding.vectors(), StreamOutput::writeFloatArray));
  }

  private static EmbedResponse readEmbeddings(StreamInput in) throws IOException {
    return new EmbedResponse(
        in.readString(),
        in.readVInt(),
        InferenceWire.readOutcomes(
            in, stream -> new Embedding(stream.readCollectionAsList(StreamInput::readFloatArray))));
  }

  private static void writeMatch(StreamOutput out, MatchRequest request) throws IOException {
    out.writeString(request.modelId());
    InferenceWire.writeInput(out, request.query());
    out.writeCollection(request.inputs(), InferenceWire::writeInput);
    out.writeEnum(request.purpose());
    InferenceWire.writeDeadline(out, request.deadline());
  }

  private static MatchRequest readMatch(StreamInput in) throws IOException {
    return new MatchRequest(
        in.readString(),
        InferenceWire.readInput(in),
        in.readCollectionAsList(InferenceWire::readInput),
        in.readEnum(Purpose.class),
        InferenceWire.readDeadline(in));
  }

  private static void writeScores(StreamOutput out, MatchResponse response) throws IOException {
    out.writeString(response.modelId());
    InferenceWire.writeOutcomes(
        out,
        response.results(),
        (stream, score) -> {
          stream.writeFloat(score.noMatchLogit());
          stream.writeFloat(score.matchLogit());
          stream.writeOptionalFloat(score.similarity());
        });
    InferenceWire.writeStats(out, response.stats());
  }

  private static MatchResponse readScores(StreamInput in) throws IOException {
    return new MatchResponse(
        in.readString(),
        InferenceWire.readOutcomes(
            in,
            stream ->
                new MatchScore(stream.readFloat(), stream.readFloat(), stream.readOptionalFloat())),
        InferenceWire.readStats(in));
  }
}
