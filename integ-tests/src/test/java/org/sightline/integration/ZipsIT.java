package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the zips carry that the build packed: natives, licences, the bill of materials. */
@DisabledIfSystemProperty(
    named = "sightline.zips.skip",
    matches = "true",
    disabledReason = "the build for CUDA packs no zips by platform")
class ZipsIT {
  /** The native libraries in the jars, by platform. */
  private static final Map<String, Set<String>> NATIVES =
      Map.of(
          "-linux-x86_64",
          natives("linux-x64", "linux-x86_64", "linux-x86_64", "so", "libleptonica.so.6"),
          "-linux-aarch64",
          natives("linux-aarch64", "linux-aarch64", "linux-arm64", "so", "libleptonica.so.6"),
          "-macos-aarch64",
          natives("osx-aarch64", "osx-aarch64", "macosx-arm64", "dylib", "libleptonica.6.dylib"),
          "-windows-x86_64",
          Set.of(
              "ai/onnxruntime/native/win-x64/onnxruntime.dll",
              "ai/onnxruntime/native/win-x64/onnxruntime4j_jni.dll",
              "ai/onnxruntime/native/win-x64/onnxruntime_providers_shared.dll",
              "native/lib/win-x86_64/cpu/libgcc_s_seh-1.dll",
              "native/lib/win-x86_64/cpu/libstdc++-6.dll",
              "native/lib/win-x86_64/cpu/libwinpthread-1.dll",
              "native/lib/win-x86_64/cpu/tokenizers.dll"));

  @ParameterizedTest
  @ValueSource(strings = {"-linux-x86_64", "-linux-aarch64", "-macos-aarch64", "-windows-x86_64"})
  void aPlatformsZipCarriesItsNativesAlone(String platform) throws IOException {
    assertEquals(new TreeSet<>(NATIVES.get(platform)), nativesOf(read(platform)));
  }

  @Test
  void theZipForAllCarriesTheNativesOfEveryPlatform() throws IOException {
    Set<String> all = new TreeSet<>();
    NATIVES.values().forEach(all::addAll);
    assertEquals(all, nativesOf(read("")));
  }

  /** In bytes; the zip for Linux x86-64 is the one that most nodes fetch. */
  @ParameterizedTest
  @CsvSource({"-linux-x86_64, 45000000", "'', 95000000"})
  void zipsStaySmall(String platform, long most) throws IOException {
    long bytes = Files.size(path(platform));
    assertTrue(bytes <= most, bytes + " bytes");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-linux-x86_64", "-linux-aarch64", "-macos-aarch64", "-windows-x86_64"})
  void everyZipSaysWhatItCarriesAndUnderWhichLicence(String platform) throws IOException {
    Map<String, byte[]> zip = read(platform);
    Set<String> expected =
        Set.of(
            "LICENSE",
            "NOTICE",
            "models/LICENSE-CC-BY-SA-4.0.txt",
            "licenses/onnxruntime/ThirdPartyNotices.txt");
    assertTrue(zip.keySet().containsAll(expected), "lacks some of " + expected);
    String readme = text(zip, "licenses/README.md");
    Set<String> named = named(readme);
    named.addAll(named(text(zip, "licenses/rust-crates.md")));
    named.add("README.md");
    Set<String> carried =
        zip.keySet().stream()
            .filter(name -> name.startsWith("licenses/"))
            .map(name -> name.substring("licenses/".length()))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(carried, named);
    for (String jar : jars(zip)) {
      Matcher parts = Pattern.compile("(.+?)-(\\d.*)\\.jar").matcher(jar);
      assertTrue(parts.matches(), jar);
      assertTrue(
          text(zip, "plugin-descriptor.properties").contains("version=" + parts.group(2))
              || readme.contains(parts.group(1)) && readme.contains(parts.group(2)),
          "licenses/README.md does not name " + jar);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-linux-x86_64", "-linux-aarch64", "-macos-aarch64", "-windows-x86_64"})
  void theBillOfMaterialsListsTheJarsOfEveryZip(String platform) throws IOException {
    Map<String, byte[]> zip = read(platform);
    Set<String> listed = new TreeSet<>();
    JsonNode bill = new ObjectMapper().readTree(text(zip, "sbom.cdx.json"));
    assertEquals("CycloneDX", bill.path("bomFormat").asText());
    listed.add(jar(bill.path("metadata").path("component")));
    bill.path("components").forEach(each -> listed.add(jar(each)));
    assertEquals(listed, jars(zip));
  }

  /** Modules, which are jars: Elasticsearch refuses a policy that names others. */
  @Test
  void rightsAreGrantedToTheJarsThatNeedThem(@TempDir Path folder) throws IOException {
    Map<String, byte[]> zip = read("");
    for (String jar : jars(zip)) {
      Files.write(folder.resolve(jar), zip.get(jar));
    }
    Set<String> withoutRights =
        ModuleFinder.of(folder).findAll().stream()
            .map(module -> module.descriptor().name())
            .collect(Collectors.toCollection(TreeSet::new));
    new YAMLMapper()
        .readTree(text(zip, "entitlement-policy.yaml"))
        .fieldNames()
        .forEachRemaining(granted -> assertTrue(withoutRights.remove(granted), granted));
    assertEquals(
        Set.of(
            "com.google.gson",
            "metadata.extractor",
            "org.sightline.cli",
            "org.sightline.ingest",
            "org.sightline.query",
            "org.tukaani.xz",
            "xmpcore"),
        withoutRights);
  }

  @Test
  void namesSayTheVersionsOfPluginAndElasticsearch() throws IOException {
    Properties descriptor = new Properties();
    descriptor.load(new StringReader(text(read(""), "plugin-descriptor.properties")));
    assertEquals(
        "sightline-"
            + descriptor.getProperty("version")
            + "-es"
            + descriptor.getProperty("elasticsearch.version")
            + ".zip",
        path("").getFileName().toString());
  }

  private static Set<String> natives(
      String onnxruntime, String tokenizers, String jpeg, String end, String leptonica) {
    return Set.of(
        "ai/onnxruntime/native/" + onnxruntime + "/libonnxruntime." + end,
        "ai/onnxruntime/native/" + onnxruntime + "/libonnxruntime4j_jni." + end,
        "native/lib/" + tokenizers + "/cpu/libtokenizers." + end,
        "org/bytedeco/javacpp/" + jpeg + "/libjnijavacpp." + end,
        "org/bytedeco/leptonica/" + jpeg + "/libjnileptonica." + end,
        "org/bytedeco/leptonica/" + jpeg + "/" + leptonica);
  }

  private static Path path(String platform) {
    return Path.of(System.getProperty("sightline.zip") + platform + ".zip");
  }

  /** The files of a zip by name. */
  private static Map<String, byte[]> read(String platform) throws IOException {
    try (InputStream in = Files.newInputStream(path(platform))) {
      return read(in);
    }
  }

  private static Map<String, byte[]> read(InputStream in) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    ZipInputStream zip = new ZipInputStream(in);
    for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
      assertEquals(null, files.put(entry.getName(), zip.readAllBytes()), entry.getName());
    }
    return files;
  }

  /** By their first bytes, whatever they are called: ELF, Mach-O and its debug symbols, PE. */
  private static Set<String> nativesOf(Map<String, byte[]> zip) throws IOException {
    Map<String, byte[]> natives = new TreeMap<>();
    for (String jar : jars(zip)) {
      natives.putAll(read(new ByteArrayInputStream(zip.get(jar))));
    }
    natives.keySet().forEach(name -> assertTrue(name.contains(".dSYM") == false, name));
    natives.values().removeIf(file -> isNative(file) == false);
    return natives.keySet();
  }

  private static boolean isNative(byte[] file) {
    String start = new String(file, 0, Math.min(4, file.length), StandardCharsets.ISO_8859_1);
    return start.equals("\u007fELF")
        || start.equals("\u00cf\u00fa\u00ed\u00fe")
        || start.startsWith("MZ");
  }

  private static Set<String> jars(Map<String, byte[]> zip) {
    return zip.keySet().stream()
        .filter(name -> name.endsWith(".jar"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String jar(JsonNode component) {
    return component.path("name").asText() + "-" + component.path("version").asText() + ".jar";
  }

  private static String text(Map<String, byte[]> zip, String name) {
    assertTrue(zip.containsKey(name), "no " + name);
    return new String(zip.get(name), StandardCharsets.UTF_8);
  }

  /** The files that a text in Markdown names, as links or with a folder before them. */
  private static Set<String> named(String text) {
    return Pattern.compile("(?<=]\\()[^)]+|(?<=`)onnxruntime/[^`]+")
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
