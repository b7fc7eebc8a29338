package org.sightline.plugin.transport;

import java.io.IOException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Purpose;

/**
 * One kind of inference that a node asks of another. Nobody but the system may call its action.
 *
 * @param action named {@code internal:}, which no role grants
 * @param request how a request is written and read
 * @param deadline that of a request
 * @param answer how an answer is written and read
 * @param serve what the node does that receives it
 */
public record NodeCall<Q, A>(
    ActionType<NodeAnswer<A>> action,
    Wire<Q> request,
    Function<Q, Deadline> deadline,
    Wire<A> answer,
    BiFunction<Inference, Q, CompletionStage<A>> serve) {

  /** Embeds on the node that receives it. */
  public static final NodeCall<EmbedRequest, EmbedResponse> EMBED =
      of(
          "embed",
          new Wire<>(NodeCall::writeEmbed, NodeCall::readEmbed),
          EmbedRequest::deadline,
          new Wire<>(NodeCall::writeEmbeddings, NodeCall::readEmbeddings),
          Inference::embed);

  /** Matches on the node that receives it. */
  public static final NodeCall<MatchRequest, MatchResponse> MATCH =
      of(
          "match",
          new Wire<>(NodeCall::writeMatch, NodeCall::readMatch),
          MatchRequest::deadline,
          new Wire<>(NodeCall::writeScores, NodeCall::readScores),
          Inference::match);

  /** Captions on the node that receives it. */
  public static final NodeCall<CaptionRequest, CaptionResponse> CAPTION =
      of(
          "caption",
          new Wire<>(NodeCall::writeCaption, NodeCall::readCaption),
          CaptionRequest::deadline,
          new Wire<>(NodeCall::writeCaptions, NodeCall::readCaptions),
          Inference::caption);

  /** Writes a type that knows nothing of streams, and reads it again. */
  public record Wire<T>(Writeable.Writer<T> writer, Writeable.Reader<T> reader) {}

  static <Q, A> NodeCall<Q, A> of(
      String name,
      Wire<Q> request,
      Function<Q, Deadline> deadline,
      Wire<A> answer,
      BiFunction<Inference, Q, CompletionStage<A>> serve) {
    return new NodeCall<>(
        new ActionType<>("internal:sightline/inference/" + name), request, deadline, answer, serve);
  }

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

  private static void writeCaption(StreamOutput out, CaptionRequest request) throws IOException {
    out.writeString(request.modelId());
    out.writeCollection(request.images(), InferenceWire::writeInput);
    writeOptions(out, request.options());
    out.writeEnum(request.purpose());
    InferenceWire.writeDeadline(out, request.deadline());
  }

  private static CaptionRequest readCaption(StreamInput in) throws IOException {
    return new CaptionRequest(
        in.readString(),
        in.readCollectionAsList(NodeCall::readImage),
        readOptions(in),
        in.readEnum(Purpose.class),
        InferenceWire.readDeadline(in));
  }

  private static InferenceInput.Image readImage(StreamInput in) throws IOException {
    if (InferenceWire.readInput(in) instanceof InferenceInput.Image image) {
      return image;
    }
    throw new IOException("a text among the images of a request for captions");
  }

  private static void writeOptions(StreamOutput out, CaptionOptions options) throws IOException {
    out.writeOptionalString(options.prompt());
    out.writeOptionalVInt(options.numCaptions());
    out.writeOptionalVInt(options.numBeams());
    out.writeOptionalVInt(options.maxLength());
    out.writeOptionalVInt(options.minLength());
    out.writeOptionalDouble(options.repetitionPenalty());
    out.writeOptionalDouble(options.lengthPenalty());
    out.writeOptionalDouble(options.topP());
    // negative seeds are as good as others
    out.writeOptional(StreamOutput::writeZLong, options.seed());
  }

  private static CaptionOptions readOptions(StreamInput in) throws IOException {
    return new CaptionOptions(
        in.readOptionalString(),
        in.readOptionalVInt(),
        in.readOptionalVInt(),
        in.readOptionalVInt(),
        in.readOptionalVInt(),
        in.readOptionalDouble(),
        in.readOptionalDouble(),
        in.readOptionalDouble(),
        in.readOptional(StreamInput::readZLong));
  }

  private static void writeCaptions(StreamOutput out, CaptionResponse response) throws IOException {
    out.writeString(response.modelId());
    InferenceWire.writeOutcomes(
        out,
        response.results(),
        (stream, captions) ->
            stream.writeCollection(
                captions,
                (o, caption) -> {
                  o.writeString(caption.text());
                  o.writeFloat(caption.score());
                }));
  }

  private static CaptionResponse readCaptions(StreamInput in) throws IOException {
    return new CaptionResponse(
        in.readString(),
        InferenceWire.readOutcomes(
            in,
            stream ->
                stream.readCollectionAsList(i -> new Caption(i.readString(), i.readFloat()))));
  }
}
