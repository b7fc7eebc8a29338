package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sightline.testsupport.cluster.HttpJson;

/**
 * Runs the steps of one test of a YAML suite, as Elasticsearch's own suites are written: calls are
 * built from the REST API specifications in {@code rest-api-spec/api}, of the plugin here and of
 * Elasticsearch in its published artifact. It knows the steps that our suites use, and refuses
 * others.
 */
final class YamlSuite {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Pattern PART = Pattern.compile("\\{(\\w+)}");
  private static final Map<String, Integer> CATCHES =
      Map.of("bad_request", 400, "missing", 404, "conflict", 409, "unavailable", 503);
  private static final Set<String> COMMON = Set.of("error_trace", "filter_path", "human", "pretty");

  private final HttpJson client;
  private final Map<String, JsonNode> stash = new HashMap<>();
  private final Set<String> called = new TreeSet<>();
  private HttpJson.Reply reply;

  YamlSuite(HttpJson client) {
    this.client = client;
  }

  /** The names of the calls that were made. */
  Set<String> called() {
    return called;
  }

  void run(JsonNode steps) {
    for (JsonNode step : steps) {
      Map.Entry<String, JsonNode> only = step.properties().iterator().next();
      assertEquals(1, step.size(), () -> "a step has one name: " + step);
      JsonNode value = only.getValue();
      switch (only.getKey()) {
        case "do" -> call(value);
        case "set" -> value.properties().forEach(e -> stash.put(e.getValue().asText(), at(e)));
        case "is_true" -> assertTrue(isTrue(value.asText()), () -> step + " in " + body());
        case "is_false" -> assertTrue(!isTrue(value.asText()), () -> step + " in " + body());
        default -> value.properties().forEach(e -> check(only.getKey(), at(e), filled(e), step));
      }
    }
  }

  private void check(String kind, JsonNode actual, JsonNode expected, JsonNode step) {
    boolean holds =
        switch (kind) {
          case "match" -> matches(actual, expected);
          case "length" -> actual.size() == expected.asInt();
          case "gt" -> actual.asDouble() > expected.asDouble();
          case "gte" -> actual.isNumber() && actual.asDouble() >= expected.asDouble();
          case "lt" -> actual.asDouble() < expected.asDouble();
          case "lte" -> actual.isNumber() && actual.asDouble() <= expected.asDouble();
          default -> throw new IllegalArgumentException("unknown step [" + kind + "]");
        };
    assertTrue(holds, () -> step + ", got [" + actual + "] in " + body());
  }

  private static boolean matches(JsonNode actual, JsonNode expected) {
    String pattern = expected.asText();
    if (expected.isTextual() && pattern.length() > 1 && pattern.matches("(?s)/.*/")) {
      String regex = pattern.substring(1, pattern.length() - 1);
      return Pattern.compile(regex, Pattern.COMMENTS).matcher(actual.asText()).find();
    }
    if (expected.isNumber() && actual.isNumber()) {
      return expected.asDouble() == actual.asDouble();
    }
    return expected.equals(actual);
  }

  private JsonNode body() {
    return reply.body();
  }

  private boolean isTrue(String path) {
    JsonNode value = at(path);
    return !value.isMissingNode() && !Set.of("", "false", "0").contains(value.asText("-"))
        || value.isContainerNode();
  }

  private JsonNode at(Map.Entry<String, JsonNode> assertion) {
    return at(assertion.getKey());
  }

  /** A path with dots, where a backslash takes its meaning from a dot. */
  private JsonNode at(String path) {
    JsonNode at = body();
    String inBody = path.replaceFirst("^\\$body\\.?", "");
    if (inBody.isEmpty()) {
      return at;
    }
    for (String name : inBody.split("(?<!\\\\)\\.")) {
      String key = name.replace("\\.", ".");
      at = at.isArray() ? at.path(Integer.parseInt(key)) : at.path(key);
    }
    return at;
  }

  private JsonNode filled(Map.Entry<String, JsonNode> assertion) {
    return filled(assertion.getValue());
  }

  private JsonNode filled(JsonNode value) {
    boolean stashed = value.isTextual() && value.asText().startsWith("$");
    return stashed ? stash.get(value.asText().substring(1)) : value;
  }

  private void call(JsonNode step) {
    String caught = step.path("catch").asText(null);
    String name = null;
    for (Map.Entry<String, JsonNode> part : step.properties()) {
      if (!part.getKey().equals("catch")) {
        assertEquals(null, name, () -> "one call a step: " + step);
        name = part.getKey();
        called.add(name);
        reply =
            name.equals("raw") ? raw(part.getValue()) : send(name, (ObjectNode) part.getValue());
      }
    }
    int ignored = step.path(name).path("ignore").asInt(-1);
    if (caught == null) {
      assertTrue(reply.ok() || reply.status() == ignored, () -> step + " got " + reply);
    } else if (caught.startsWith("/")) {
      assertTrue(reply.status() >= 400, () -> step + " got " + reply);
      Matcher matcher =
          Pattern.compile(caught.substring(1, caught.length() - 1)).matcher(body().toString());
      assertTrue(matcher.find(), () -> step + " got " + reply);
    } else if (caught.equals("request")) {
      assertTrue(reply.status() >= 400, () -> step + " got " + reply);
    } else {
      assertEquals(CATCHES.get(caught), reply.status(), () -> step + " got " + reply);
    }
  }

  private HttpJson.Reply raw(JsonNode call) {
    return client.send(call.required("method").asText(), call.required("path").asText(), null);
  }

  private HttpJson.Reply send(String name, ObjectNode arguments) {
    JsonNode spec = spec(name);
    JsonNode body = arguments.get("body");
    assertTrue(
        body != null || !spec.at("/body/required").asBoolean(), () -> name + " needs a body");
    assertTrue(body == null || spec.has("body"), () -> name + " takes no body");
    JsonNode path = path(spec, arguments);
    StringBuilder target = new StringBuilder();
    Matcher parts = PART.matcher(path.required("path").asText());
    while (parts.find()) {
      parts.appendReplacement(target, Matcher.quoteReplacement(encoded(arguments, parts.group(1))));
    }
    parts.appendTail(target);
    String separator = "?";
    for (String argument : (Iterable<String>) arguments::fieldNames) {
      if (path.path("parts").has(argument) || Set.of("body", "ignore").contains(argument)) {
        continue;
      }
      assertTrue(
          spec.path("params").has(argument) || COMMON.contains(argument),
          () -> name + " has no parameter [" + argument + "]");
      target.append(separator).append(argument).append('=').append(encoded(arguments, argument));
      separator = "&";
    }
    String method = path.required("methods").required(path.required("methods").size() - 1).asText();
    if (body != null && body.isTextual()) {
      String type = spec.at("/headers/content_type/0").asText();
      byte[] bytes = body.asText().getBytes(StandardCharsets.UTF_8);
      return client.send(method, target.toString(), type, bytes);
    }
    return client.send(method, target.toString(), body == null ? null : text(body));
  }

  private String encoded(JsonNode arguments, String name) {
    String value = filled(arguments.required(name)).asText();
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** The path with the most parts, all of which the call names. */
  private static JsonNode path(JsonNode spec, JsonNode arguments) {
    JsonNode best = null;
    for (JsonNode path : spec.at("/url/paths")) {
      boolean named =
          PART.matcher(path.required("path").asText())
              .results()
              .allMatch(part -> arguments.has(part.group(1)));
      if (named
          && (best == null || path.path("parts").size() > best.path("parts").size())
          && !path.has("deprecated")) {
        best = path;
      }
    }
    assertTrue(best != null, () -> "no path for " + arguments + " in " + spec);
    return best;
  }

  /** A list is sent as lines. */
  private static String text(JsonNode body) {
    if (!body.isArray()) {
      return body.toString();
    }
    StringBuilder lines = new StringBuilder();
    body.forEach(line -> lines.append(line).append('\n'));
    return lines.toString();
  }

  private static JsonNode spec(String name) {
    String file = "/rest-api-spec/api/" + name + ".json";
    try (InputStream in = YamlSuite.class.getResourceAsStream(file)) {
      assertTrue(in != null, () -> "there is no [" + file + "]");
      return MAPPER.readTree(in).required(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
