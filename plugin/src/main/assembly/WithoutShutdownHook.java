import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Takes the call of Runtime.addShutdownHook out of a class in a jar, by the build of the zips: earlier
 * patches of Elasticsearch's entitlements throw there, whatever a policy grants. ONNX Runtime's hook
 * closes its environment when the process ends, which gives back all there is anyway.
 *
 * <p>Arguments: the jar, the name of the class file in it.
 */
public final class WithoutShutdownHook {
  private static final String HOOK = "addShutdownHook";

  private WithoutShutdownHook() {}

  public static void main(String[] arguments) throws IOException {
    try (FileSystem jar = FileSystems.newFileSystem(Path.of(arguments[0]))) {
      Path file = jar.getPath(arguments[1]);
      byte[] code = Files.readAllBytes(file);
      int method = indexOfHook(code);
      if (method == 0) {
        return; // taken out before
      }
      int calls = 0;
      for (int i = 0; i + 2 < code.length; i++) {
        // invokevirtual of it becomes pop2, which takes the same two operands, and two nops
        if ((code[i] & 0xff) == 0xb6
            && (code[i + 1] & 0xff) == method >> 8
            && (code[i + 2] & 0xff) == (method & 0xff)) {
          code[i] = 0x58;
          code[i + 1] = 0;
          code[i + 2] = 0;
          calls++;
        }
      }
      if (calls > 2) {
        throw new IOException(calls + " calls of " + HOOK + ", expected at most 2");
      }
      if (calls > 0) {
        Files.write(file, code);
      }
    }
  }

  /** Index of the method in the constant pool; 0 where it is not called. */
  private static int indexOfHook(byte[] code) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(code));
    in.skipBytes(8);
    int size = in.readUnsignedShort();
    String[] texts = new String[size];
    int[] names = new int[size];
    int[] methods = new int[size];
    for (int i = 1; i < size; i++) {
      int tag = in.readUnsignedByte();
      switch (tag) {
        case 1 -> texts[i] = in.readUTF();
        case 3, 4 -> in.skipBytes(4);
        case 5, 6 -> {
          in.skipBytes(8);
          i++; // takes two entries
        }
        case 7, 8, 16, 19, 20 -> in.skipBytes(2);
        case 10 -> {
          in.readUnsignedShort();
          methods[i] = in.readUnsignedShort();
        }
        case 12 -> {
          names[i] = in.readUnsignedShort();
          in.readUnsignedShort();
        }
        case 15 -> in.skipBytes(3);
        default -> in.skipBytes(4); // 9, 11, 17, 18
      }
    }
    for (int i = 1; i < size; i++) {
      if (methods[i] != 0 && HOOK.equals(texts[names[methods[i]]])) {
        return i;
      }
    }
    return 0;
  }
}
