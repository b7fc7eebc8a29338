package org.sightline.integration.faults;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.sightline.integration.Installation;
import org.sightline.integration.Installation.Build;

/**
 * A later build of the plugin, made from the plugin's zip and sources. Its class {@code WireFormat}
 * is compiled again with the newest format raised by one; a message of that format has one more
 * field, optional, behind the number of its format. Nodes of the earlier build cannot read such a
 * message.
 */
final class NextBuild {
  /** What a node of the later build logs when it reads the first message in the raised format. */
  static final String LOGGED = "the first message in the raised format was read";

  /** What follows the version of the plugin. */
  static final String VERSION_SUFFIX = "-next";

  private static final String CLASS = "org/sightline/query/WireFormat";
  private static final Pattern NEWEST = Pattern.compile("NEWEST = new WireFormat\\((\\d+)\\);");

  private NextBuild() {}

  /**
   * Makes the zip of the later build.
   *
   * @param build the earlier one
   * @param elasticsearch home of the Elasticsearch that both are for
   * @return the later one, whose zip lies beside the others of the tests
   */
  static Build of(Build build, Path elasticsearch) {
    try {
      Path work = Files.createTempDirectory("next-build");
      Path zip = Installation.zip("sightline-next.zip");
      Files.copy(build.plugin(), zip, StandardCopyOption.REPLACE_EXISTING);
      try (FileSystem content = open(zip)) {
        Path descriptor = content.getPath("plugin-descriptor.properties");
        Files.writeString(
            descriptor,
            replace(
                Files.readString(descriptor),
                Pattern.compile("(?m)^version=.*$"),
                "$0" + VERSION_SUFFIX));
        Path packed = onlyJar(content.getPath("/"));
        Path jar = Files.copy(packed, work.resolve("query-dsl.jar"));
        Path compiled = compile(work, jar, elasticsearch);
        try (FileSystem classes = open(jar)) {
          Files.copy(
              compiled, classes.getPath(CLASS + ".class"), StandardCopyOption.REPLACE_EXISTING);
        }
        Files.copy(jar, packed, StandardCopyOption.REPLACE_EXISTING);
      }
      return new Build(build.elasticsearch(), zip);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FileSystem open(Path zip) throws IOException {
    return FileSystems.newFileSystem(zip, Map.of("enablePosixFileAttributes", "true"));
  }

  private static Path onlyJar(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("query-dsl-"))
          .reduce(
              (one, other) -> {
                throw new IllegalStateException("two jars: " + one + " and " + other);
              })
          .orElseThrow();
    }
  }

  private static Path compile(Path work, Path jar, Path elasticsearch) throws IOException {
    Path sources = Installation.checkout().resolve("query-dsl/src/main/java");
    Path source = work.resolve("WireFormat.java");
    Files.writeString(source, raised(Files.readString(sources.resolve(CLASS + ".java"))));
    List<String> classPath = new ArrayList<>(List.of(jar.toString()));
    try (Stream<Path> libraries = Files.list(elasticsearch.resolve("lib"))) {
      libraries.map(Path::toString).filter(name -> name.endsWith(".jar")).forEach(classPath::add);
    }
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                printed,
                printed,
                "--release",
                "21",
                "-proc:none",
                "-cp",
                String.join(":", classPath),
                "-d",
                work.toString(),
                source.toString());
    if (code != 0) {
      throw new IllegalStateException(
          source + " does not compile:\n" + printed.toString(StandardCharsets.UTF_8));
    }
    return work.resolve(CLASS + ".class");
  }

  /** The source of the class with the newest format raised by one. */
  static String raised(String source) {
    Matcher newest = NEWEST.matcher(source);
    if (newest.find() == false) {
      throw new IllegalStateException("the source does not say which format is the newest");
    }
    int number = Integer.parseInt(newest.group(1)) + 1;
    String raised = replace(source, NEWEST, "NEWEST = new WireFormat(" + number + ");");
    raised =
        replace(
            raised,
            Pattern.compile("out\\.writeVInt\\(number\\);"),
            "$0\nif (number >= " + number + ") { out.writeOptionalString(\"one more field\"); }");
    raised =
        replace(
            raised,
            Pattern.compile("return new WireFormat\\(number\\);"),
            "if (number >= "
                + number
                + ") {\n  in.readOptionalString();\n  if (RAISED.compareAndSet(false, true)) {\n"
                + "    org.apache.logging.log4j.LogManager.getLogger(WireFormat.class).info(\""
                + LOGGED
                + "\");\n  }\n}\n$0");
    return replace(
        raised,
        Pattern.compile("public record WireFormat\\(int number\\) \\{"),
        "$0\nprivate static final java.util.concurrent.atomic.AtomicBoolean RAISED ="
            + " new java.util.concurrent.atomic.AtomicBoolean();");
  }

  private static String replace(String text, Pattern what, String by) {
    Matcher found = what.matcher(text);
    if (found.results().count() != 1) {
      throw new IllegalStateException("[" + what + "] must be there once");
    }
    return found.replaceFirst(by);
  }
}
