package org.sightline.plugin.transport;

import java.io.IOException;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;

/**
 * The first byte of a message between nodes: a node refuses a message of another version clearly.
 *
 * @param message what the message is, for the error
 */
public record MessageFormat(int number, String message) {

  public void write(StreamOutput out) throws IOException {
    out.writeByte((byte) number);
  }

  /** Reads the byte and refuses every other number. */
  public void check(StreamInput in) throws IOException {
    byte format = in.readByte();
    if (format != number) {
      throw new IOException(
          "unknown format [" + format + "] of " + message + ", expected [" + number + "]");
    }
  }
}
