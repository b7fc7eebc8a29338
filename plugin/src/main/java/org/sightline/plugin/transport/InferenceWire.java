package org.sightline.plugin.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.io.stream.Writeable;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchStats;
import org.sightline.runtime.inference.Outcome;

/** How the types of {@code org.sightline.inference} are written; they know nothing of streams. */
final class InferenceWire {
  private static final byte TEXT = 0;
  private static final byte IMAGE = 1;

  private InferenceWire() {}

  static void writeInput(StreamOutput out, InferenceInput input) throws IOException {
    switch (input) {
      case InferenceInput.Text text -> {
        out.writeByte(TEXT);
        out.writeString(text.value());
      }
      case InferenceInput.Image image -> {
        out.writeByte(IMAGE);
        out.writeString(image.digest());
        out.writeOptionalByteArray(image.bytes());
      }
    }
  }

  static InferenceInput readInput(StreamInput in) throws IOException {
    byte type = in.readByte();
    return switch (type) {
      case TEXT -> new InferenceInput.Text(in.readString());
      case IMAGE -> {
        String digest = in.readString();
        yield new InferenceInput.Image(in.readOptionalByteArray(), digest);
      }
      default -> throw new IOException("unknown type [" + type + "] of an input");
    };
  }

  /** Clocks differ between nodes, so the remaining time travels. */
  static void writeDeadline(StreamOutput out, Deadline deadline) throws IOException {
    out.writeZLong(deadline.remaining().toNanos());
  }

  static Deadline readDeadline(StreamInput in) throws IOException {
    return Deadline.after(Duration.ofNanos(in.readZLong()));
  }

  /** What a node did itself; only who asks several nodes knows of failovers. */
  static void writeStats(StreamOutput out, MatchStats stats) throws IOException {
    out.writeVInt(stats.fromMemory());
    out.writeVInt(stats.fromDisk());
    out.writeVInt(stats.encoded());
    out.writeVLong(stats.encodeNanos());
    out.writeVLong(stats.queueNanos());
  }

  static MatchStats readStats(StreamInput in) throws IOException {
    return new MatchStats(
        in.readVInt(), in.readVInt(), in.readVInt(), in.readVLong(), in.readVLong(), 0, null);
  }

  static <T> void writeOutcomes(
      StreamOutput out, List<Outcome<T>> outcomes, Writeable.Writer<T> writer) throws IOException {
    out.writeVInt(outcomes.size());
    for (Outcome<T> outcome : outcomes) {
      switch (outcome) {
        case Outcome.Success<T> success -> {
          out.writeBoolean(true);
          writer.write(out, success.value());
        }
        case Outcome.Failure<T> failure -> {
          out.writeBoolean(false);
          InferenceFailures.write(out, failure.error());
        }
      }
    }
  }

  static <T> List<Outcome<T>> readOutcomes(StreamInput in, Writeable.Reader<T> reader)
      throws IOException {
    int count = in.readVInt();
    List<Outcome<T>> outcomes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      outcomes.add(
          in.readBoolean()
              ? Outcome.success(reader.read(in))
              : Outcome.failure(InferenceFailures.read(in)));
    }
    return outcomes;
  }
}
