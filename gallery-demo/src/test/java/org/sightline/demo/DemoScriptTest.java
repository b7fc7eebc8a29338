package org.sightline.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the script {@code demo} builds, with a JDK and a Maven that only write down their calls. */
class DemoScriptTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final String SOURCE = "plugin/src/main/java/Some.java";

  @TempDir private Path temporary;
  private Path checkout;
  private Path jdk;

  /** What a command said and which programs it called. */
  private record Run(int code, String output, List<String> calls) {}

  @BeforeEach
  void lay() throws IOException {
    checkout = Files.createDirectories(temporary.resolve("checkout"));
    for (String file : List.of("demo", "build-rules/find-jdk.sh")) {
      Path copy = checkout.resolve(file);
      Files.createDirectories(copy.getParent());
      Files.copy(ROOT.resolve(file), copy, StandardCopyOption.COPY_ATTRIBUTES);
    }
    for (String module :
        List.of(
            "test-support",
            "model-runtime",
            "model-cli",
            "ingest-processor",
            "query-dsl",
            "plugin",
            "gallery-demo")) {
      Files.createDirectories(checkout.resolve(module).resolve("src/main/java"));
    }
    for (String file : List.of("pom.xml", "LICENSE", "NOTICE", SOURCE)) {
      Files.writeString(checkout.resolve(file), "");
    }
    jdk = temporary.resolve("jdk");
    Files.createDirectories(jdk.resolve("bin"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"21.0.1\"\n");
    program(jdk.resolve("bin/javac"), "");
    // what a preflight does is another test's
    program(
        jdk.resolve("bin/java"),
        """
        case "$*" in
          *Preflight.java*) echo preflight >>"$CALLS"; exit "${REFUSED:-0}" ;;
          *) echo "start $*" >>"$CALLS" ;;
        esac
        """);
    program(
        temporary.resolve("bin/mvn"),
        """
        if [ "$1" = -v ]; then echo "Apache Maven 3.9.9"; exit 0; fi
        echo build >>"$CALLS"
        echo "[INFO] Building Sightline: plugin 0.1.0                        [2/8]"
        [ "${BROKEN:-}" = "" ] || { echo "[ERROR] broken"; exit 1; }
        for folder in classes lib distribution; do mkdir -p gallery-demo/target/$folder; done
        touch gallery-demo/target/distribution/elasticsearch.zip
        touch gallery-demo/target/distribution/sightline.zip
        """);
  }

  private static void program(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/usr/bin/env bash\nset -eu\n" + text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Run run(Map<String, String> more, String... options)
      throws IOException, InterruptedException {
    Path calls = temporary.resolve("calls");
    Files.writeString(calls, "");
    List<String> line = new ArrayList<>(List.of(checkout.resolve("demo").toString()));
    line.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", jdk.toString());
    builder.environment().put("CALLS", calls.toString());
    builder.environment().merge("PATH", "", (path, none) -> temporary.resolve("bin") + ":" + path);
    builder.environment().putAll(more);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(1, TimeUnit.MINUTES), output);
    List<String> called =
        Files.readAllLines(calls).stream().map(call -> call.replaceAll(" .*", "")).toList();
    return new Run(process.exitValue(), output, called);
  }

  private void assertCalls(List<String> calls, Run run) {
    assertEquals(0, run.code(), run.output());
    assertEquals(calls, run.calls(), run.output());
  }

  private static final List<String> BUILT = List.of("preflight", "build", "start");
  private static final List<String> STARTED = List.of("start");

  private void age(Path file, int seconds) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(seconds)));
  }

  @Test
  void buildsOnlyWhatHasChanged() throws Exception {
    assertCalls(BUILT, run(Map.of(), "--keep"));
    assertCalls(STARTED, run(Map.of(), "--keep"));
    assertCalls(STARTED, run(Map.of(), "--once", "--fresh"));
    // a source that changed, one that is new in a folder, one that is gone: the folder tells
    age(checkout.resolve(SOURCE), 3600);
    assertCalls(BUILT, run(Map.of()));
    age(checkout.resolve(SOURCE), -3600);
    assertCalls(STARTED, run(Map.of()));
    age(checkout.resolve(SOURCE).getParent(), 3600);
    assertCalls(BUILT, run(Map.of()));
    age(checkout.resolve(SOURCE).getParent(), -3600);
    // what a build writes, and tests, are no sources
    age(checkout.resolve("gallery-demo/target/lib"), 3600);
    Path test = Files.createDirectories(checkout.resolve("plugin/src/test/java")).resolve("A.java");
    age(test.getParent().getParent().getParent(), -3600);
    Files.writeString(test, "");
    age(test, 3600);
    assertCalls(STARTED, run(Map.of()));
    Files.delete(checkout.resolve("gallery-demo/target/distribution/sightline.zip"));
    assertCalls(BUILT, run(Map.of()));
  }

  @Test
  void whatIsRefusedIsRefusedBeforeTheBuild() throws Exception {
    Run run = run(Map.of("REFUSED", "1"));
    assertEquals(1, run.code());
    assertEquals(List.of("preflight"), run.calls());
    run = run(Map.of(), "--stop", "--fresh");
    assertEquals(2, run.code());
    assertEquals(List.of(), run.calls());
    assertTrue(run.output().contains("[--fresh] is for a start"), run.output());
    assertCalls(List.of(), run(Map.of(), "--stop"));
  }

  @Test
  void picturesMustBeAFolder() throws Exception {
    Path pictures = Files.createDirectories(temporary.resolve("my pictures"));
    assertCalls(BUILT, run(Map.of(), "--once", "--pictures", pictures.toString(), "--model", "a"));
    String missing = temporary.resolve("none").toString();
    for (String[] words :
        new String[][] {
          {"--pictures", missing},
          {"--pictures"},
          {"--stop", "--pictures", pictures.toString()},
          {"--model", "a"}
        }) {
      Run run = run(Map.of(), words);
      assertEquals(2, run.code(), run.output());
      assertEquals(List.of(), run.calls());
    }
  }

  @Test
  void aBuildThatFailedIsRepeated() throws Exception {
    Run run = run(Map.of("BROKEN", "1"));
    assertEquals(1, run.code());
    assertEquals(List.of("preflight", "build"), run.calls());
    assertTrue(run.output().contains("[ERROR] broken"), run.output());
    assertCalls(BUILT, run(Map.of()));
    assertTrue(
        Files.readString(checkout.resolve(".cache/demo-build.log")).contains("[2/8]"), "the log");
  }
}
