import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Takes the calls of Runtime.addShutdownHook out of a class in a jar, by the build of the zips: earlier
 * patches of Elasticsearch's entitlements throw there, whatever a policy grants. ONNX Runtime's hook
 * closes its environment when the process ends, which gives back all there is anyway.
 *
 * <p>Arguments: the jar, the name of the class file in it.
 */
public final class WithoutShutdownHook {
  private WithoutShutdownHook() {}

  public static void main(String[] arguments) throws IOException {
    try (FileSystem jar = FileSystems.newFileSystem(Path.of(arguments[0]))) {
      Path file = jar.getPath(arguments[1]);
      ClassReader before = new ClassReader(Files.readAllBytes(file));
      ClassWriter after = new ClassWriter(before, 0);
      before.accept(
          new ClassVisitor(Opcodes.ASM9, after) {
            @Override
            public MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] exceptions) {
              return new WithoutCall(
                  super.visitMethod(access, name, descriptor, signature, exceptions));
            }
          },
          0);
      Files.write(file, after.toByteArray());
    }
  }

  private static final class WithoutCall extends MethodVisitor {
    private WithoutCall(MethodVisitor after) {
      super(Opcodes.ASM9, after);
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean isInterface) {
      if (owner.equals("java/lang/Runtime") && name.equals("addShutdownHook")) {
        super.visitInsn(Opcodes.POP2); // the runtime and the hook, which it would have taken
      } else {
        super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
      }
    }
  }
}
