package org.sightline.plugin.transport;

import java.io.IOException;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Purpose;

/** How requests for captions and their answers are written. */
final class CaptionWire {
  private CaptionWire() {}

  static void writeRequest(StreamOutput out, CaptionRequest request) throws IOException {
    out.writeString(request.modelId());
    out.writeCollection(request.images(), InferenceWire::writeInput);
    writeOptions(out, request.options());
    out.writeEnum(request.purpose());
    InferenceWire.writeDeadline(out, request.deadline());
  }

  static CaptionRequest readRequest(StreamInput in) throws IOException {
    return new CaptionRequest(
        in.readString(),
        in.readCollectionAsList(CaptionWire::readImage),
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

  static void writeResponse(StreamOutput out, CaptionResponse response) throws IOException {
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

  static CaptionResponse readResponse(StreamInput in) throws IOException {
    return new CaptionResponse(
        in.readString(),
        InferenceWire.readOutcomes(
            in,
            stream ->
                stream.readCollectionAsList(i -> new Caption(i.readString(), i.readFloat()))));
  }
}
