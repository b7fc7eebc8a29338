package org.sightline.plugin.app;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.sightline.runtime.inference.Digest;

/**
 * The files of the page, by names that contain their digest, so that browsers may keep them for
 * ever. What {@code index.html} names, directly or through imports of modules, is served, and
 * nothing else. Modules import each other by their plain names; an import map in the index leads to
 * the names with digests. Immutable.
 */
final class AppFiles {
  private static final String INDEX = "index.html";

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=UTF-8",
          "js", "text/javascript; charset=UTF-8",
          "css", "text/css; charset=UTF-8",
          "svg", "image/svg+xml");

  private static final Pattern IN_HTML = Pattern.compile("(src|href)=\"([a-z0-9-]+\\.[a-z]+)\"");
  private static final Pattern IN_MODULE =
      Pattern.compile("(?:from|import)\\s*\\(?\\s*\"\\./([a-z0-9-]+\\.js)\"");
  private static final String IMPORT_MAP = "<script type=\"importmap\"></script>";

  private static final int NAME_DIGITS = 12;

  /**
   * A file as it is sent.
   *
   * @param type media type
   * @param digest SHA-256 of the content, as 64 hexadecimal digits
   */
  record File(String type, String digest, byte[] content) {
    static File of(String name, byte[] content) {
      String type = TYPES.get(extension(name));
      if (type == null) {
        throw new IllegalStateException("[" + name + "] has none of the types " + TYPES.keySet());
      }
      return new File(type, Digest.sha256(content), content);
    }
  }

  private final File index;
  private final String policy;
  private final Map<String, File> byName;

  private AppFiles(File index, String policy, Map<String, File> byName) {
    this.index = index;
    this.policy = policy;
    this.byName = Map.copyOf(byName);
  }

  /**
   * Reads the index and what it leads to.
   *
   * @param source gives the content of a file by its plain name; fails where there is none
   */
  static AppFiles read(Function<String, byte[]> source) {
    String html = new String(source.apply(INDEX), StandardCharsets.UTF_8);
    Map<String, String> names = new LinkedHashMap<>(); // plain names and those with digests
    Map<String, File> files = new HashMap<>();
    Deque<String> open = new ArrayDeque<>(references(IN_HTML, 2, html));
    while (open.isEmpty() == false) {
      String name = open.remove();
      if (names.containsKey(name)) {
        continue;
      }
      File file = File.of(name, source.apply(name));
      String digested = withDigest(name, file.digest());
      names.put(name, digested);
      files.put(digested, file);
      if (extension(name).equals("js")) {
        String module = new String(file.content(), StandardCharsets.UTF_8);
        open.addAll(references(IN_MODULE, 1, module));
      }
    }
    String map = importMap(names);
    String page = withNames(html.replace(IMPORT_MAP, scripts(map, names)), names);
    File index = File.of(INDEX, page.getBytes(StandardCharsets.UTF_8));
    return new AppFiles(index, policy(map), files);
  }

  private static List<String> references(Pattern pattern, int group, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(group));
    }
    return found;
  }

  private static String withDigest(String name, String digest) {
    int dot = name.lastIndexOf('.');
    return name.substring(0, dot) + "." + digest.substring(0, NAME_DIGITS) + name.substring(dot);
  }

  private static String extension(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** The names need no escape: the patterns let none through that would. */
  private static String importMap(Map<String, String> names) {
    StringJoiner imports = new StringJoiner(",", "{\"imports\":{", "}}");
    names.forEach(
        (plain, digested) -> {
          if (extension(plain).equals("js")) {
            imports.add("\"./" + plain + "\":\"./" + digested + "\"");
          }
        });
    return imports.toString();
  }

  /** The import map, and all modules at once instead of import by import. */
  private static String scripts(String map, Map<String, String> names) {
    String preloads =
        names.values().stream()
            .filter(name -> extension(name).equals("js"))
            .map(name -> "\n<link rel=\"modulepreload\" href=\"" + name + "\">")
            .collect(Collectors.joining());
    return IMPORT_MAP.replace("></", ">" + map + "</") + preloads;
  }

  private static String withNames(String html, Map<String, String> names) {
    return IN_HTML
        .matcher(html)
        .replaceAll(
            match ->
                match.group(1) + "=\"" + names.getOrDefault(match.group(2), match.group(2)) + "\"");
  }

  /**
   * Only files of this node run and are asked, and no text becomes markup. The one script in the
   * index is the import map, which is let through by its hash.
   */
  private static String policy(String map) {
    return String.join(
        "; ",
        "default-src 'self'",
        "script-src 'self' 'sha256-" + sha256(map) + "'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'");
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return Base64.getEncoder()
          .encodeToString(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The page itself. */
  File index() {
    return index;
  }

  /** The {@code Content-Security-Policy} that the index is sent with. */
  String policy() {
    return policy;
  }

  /**
   * @param name with the digest
   */
  Optional<File> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** All files but the index, by their names with digests. */
  Map<String, File> all() {
    return byName;
  }
}
