package org.sightline.runtime.onnx;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The fields of a protocol buffers message, in their order. Reading moves no bytes: contents are
 * slices of the message.
 */
public final class ProtoFields implements Iterable<ProtoFields.Field> {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int FIXED32 = 5;

  private final ByteBuffer message;

  /**
   * The fields of a message.
   *
   * @param message read from 0 to its limit; not changed
   */
  public ProtoFields(ByteBuffer message) {
    this.message = message;
  }

  /**
   * One field.
   *
   * @param wire how it is written
   * @param value of a {@link #VARINT}, otherwise 0
   * @param content of {@link #BYTES}, otherwise null
   * @param whole the field with its number, as it stands in the message
   */
  public record Field(int number, int wire, long value, ByteBuffer content, ByteBuffer whole) {
    /** The content, which must be there. */
    @Override
    public ByteBuffer content() {
      if (content == null) {
        throw new IllegalArgumentException("field " + number + " has another type");
      }
      return content;
    }

    /** The content as a string. */
    public String text() {
      return StandardCharsets.UTF_8.decode(content().duplicate()).toString();
    }

    public boolean isBytes() {
      return wire == BYTES;
    }
  }

  /**
   * Goes through the fields.
   *
   * @throws BufferUnderflowException while it goes, where the message ends within a field
   * @throws IllegalArgumentException where bytes are no field
   */
  @Override
  public Iterator<Field> iterator() {
    ByteBuffer in = message.slice(0, message.limit());
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return in.hasRemaining();
      }

      @Override
      public Field next() {
        if (in.hasRemaining() == false) {
          throw new NoSuchElementException();
        }
        return read(in);
      }
    };
  }

  private static Field read(ByteBuffer in) {
    int start = in.position();
    long tag = varint(in);
    int wire = (int) (tag & 7);
    long value = 0;
    ByteBuffer content = null;
    switch (wire) {
      case VARINT -> value = varint(in);
      case FIXED64 -> in.getLong();
      case FIXED32 -> in.getInt();
      case BYTES -> content = bytes(in);
      default -> throw new IllegalArgumentException("no such wire type");
    }
    ByteBuffer whole = in.slice(start, in.position() - start);
    return new Field((int) (tag >>> 3), wire, value, content, whole);
  }

  private static ByteBuffer bytes(ByteBuffer in) {
    long length = varint(in);
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer content = in.slice(in.position(), (int) length);
    in.position(in.position() + (int) length);
    return content;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number without end");
  }

  /** The content of the first field of bytes with that number; empty where there is none. */
  public static ByteBuffer first(ByteBuffer message, int number) {
    for (Field field : new ProtoFields(message)) {
      if (field.number() == number && field.isBytes()) {
        return field.content();
      }
    }
    return ByteBuffer.allocate(0);
  }

  /** The same as a string. */
  public static String string(ByteBuffer message, int number) {
    return StandardCharsets.UTF_8.decode(first(message, number).duplicate()).toString();
  }
}
