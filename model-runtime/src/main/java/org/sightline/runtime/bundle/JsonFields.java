package org.sightline.runtime.bundle;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.sightline.runtime.inference.Excerpt;

/**
 * A JSON object of a model's files, such as its manifest. Fields must be there where they are
 * required, and of their type: errors ({@link BundleException}) name the file, the path of the
 * field, what was received and what is allowed. {@link #end()} refuses fields that nobody asked
 * for; files of others say much that nobody needs, and are read without it. For one thread.
 */
public final class JsonFields {
  private final String file;
  private final String path;
  private final JsonObject json;
  private final Set<String> asked = new TreeSet<>();

  private JsonFields(String file, String path, JsonObject json) {
    this.file = file;
    this.path = path;
    this.json = json;
  }

  /** The manifest, which messages do not name. */
  static JsonFields ofManifest(String json) {
    return new JsonFields("", "", parse("the manifest", json));
  }

  /** An object that is a whole file; messages name the file. */
  public static JsonFields ofFile(String name, String json) {
    return new JsonFields("[" + name + "] ", "", parse("[" + name + "]", json));
  }

  /** A file that is not there: an object without fields. */
  public static JsonFields ofNoFile(String name) {
    return new JsonFields("[" + name + "] ", "", new JsonObject());
  }

  private static JsonObject parse(String name, String json) {
    try (JsonReader reader = new JsonReader(new StringReader(json))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement element = JsonParser.parseReader(reader);
      if (!element.isJsonObject() || reader.peek() != JsonToken.END_DOCUMENT) {
        throw new BundleException("%s must be one JSON object", name);
      }
      return element.getAsJsonObject();
    } catch (JsonParseException | IOException | IllegalStateException e) {
      throw new BundleException(e, "%s is not valid JSON: %s", name, explain(e));
    }
  }

  /** Gson's first line without advice to programmers and without the names of its causes. */
  public static String explain(Exception e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = String.valueOf(cause.getMessage());
    int end = message.indexOf('\n');
    return (end < 0 ? message : message.substring(0, end)).replaceFirst("^Use \\S+ to accept ", "");
  }

  /** Refuses fields that were not asked for. */
  public void end() {
    for (String name : json.keySet()) {
      if (!asked.contains(name)) {
        String whole = file.isEmpty() ? "the manifest" : file.strip();
        String where = path.isEmpty() ? whole : file + "[" + path + "]";
        throw new BundleException(
                "%s has an unknown field [%s], expected only %s", where, name, asked)
            .later();
      }
    }
  }

  /** Whether the field is there and not null. */
  public boolean has(String name) {
    asked.add(name);
    return json.has(name) && !json.get(name).isJsonNull();
  }

  public boolean isObject(String name) {
    return has(name) && json.get(name).isJsonObject();
  }

  public boolean isNumber(String name) {
    return has(name) && json.get(name) instanceof JsonPrimitive value && value.isNumber();
  }

  public String string(String name) {
    return asString(name, required(name));
  }

  /** A string with a length, in UTF-16 units, within bounds. */
  String string(String name, int min, int max) {
    String value = string(name);
    if (value.length() < min || value.length() > max) {
      throw new BundleException(
          "[%s] must have %s to %s characters, got %s", field(name), min, max, value.length());
    }
    return value;
  }

  /** A string, or null where the file says null. */
  String stringOrNull(String name) {
    JsonElement value = present(name);
    return value.isJsonNull() ? null : asString(name, value);
  }

  /** A truth value, or another one where there is none. */
  public boolean flag(String name, boolean other) {
    if (!has(name)) {
      return other;
    }
    if (json.get(name) instanceof JsonPrimitive value && value.isBoolean()) {
      return value.getAsBoolean();
    }
    throw refuse(name, "be true or false");
  }

  public int integer(String name, int min, int max) {
    return (int) number64(name, min, max);
  }

  long number64(String name, long min, long max) {
    return asLong(name, required(name), min, max);
  }

  public int integerOr(String name, int min, int max, int other) {
    return has(name) ? integer(name, min, max) : other;
  }

  /** An integer, or null where the file says null. */
  Integer integerOrNull(String name, int min, int max) {
    JsonElement value = present(name);
    return value.isJsonNull() ? null : Integer.valueOf((int) asLong(name, value, min, max));
  }

  /** A finite number. */
  public double number(String name) {
    return asNumber(name, required(name));
  }

  float numberOr(String name, float other) {
    return has(name) ? (float) number(name) : other;
  }

  float numberOr(String name, float min, float max, float other) {
    float value = numberOr(name, other);
    if (value < min || value > max) {
      throw refuse(name, "be in [" + min + ", " + max + "]");
    }
    return value;
  }

  float positiveNumber(String name) {
    float value = (float) number(name);
    if (value <= 0) {
      throw refuse(name, "be above 0");
    }
    return value;
  }

  /** Three numbers, one for each channel. */
  public List<Float> channels(String name) {
    if (!(required(name) instanceof JsonArray array) || array.size() != 3) {
      throw refuse(name, "be an array of 3 numbers");
    }
    List<Float> numbers = new ArrayList<>(3);
    for (JsonElement element : array) {
      numbers.add((float) asNumber(name + "[" + numbers.size() + "]", element));
    }
    return numbers;
  }

  /** Height and width: two integers, or one for both. */
  public List<Integer> sides(String name, int max) {
    if (!(required(name) instanceof JsonArray array)) {
      int side = integer(name, 1, max);
      return List.of(side, side);
    }
    if (array.size() != 2) {
      throw refuse(name, "be an integer, or height and width");
    }
    List<Integer> sides = new ArrayList<>(2);
    for (JsonElement element : array) {
      double side = asNumber(name, element);
      if (side != Math.rint(side) || side < 1 || side > max) {
        throw refuse(name, "be integers in [1, " + max + "]");
      }
      sides.add((int) side);
    }
    return sides;
  }

  /** One of an enum's constants, written in lower case. */
  public <E extends Enum<E>> E choice(String name, Class<E> type) {
    String value = string(name);
    List<String> allowed = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      String id = constant.name().toLowerCase(Locale.ROOT);
      if (id.equals(value)) {
        return constant;
      }
      allowed.add(id);
    }
    throw refuse(name, "be one of " + allowed).later();
  }

  public JsonFields object(String name) {
    return asObject(name, required(name));
  }

  /** The object of a field, or one without fields where there is none. */
  public JsonFields objectOrEmpty(String name) {
    return has(name) ? object(name) : new JsonFields(file, field(name), new JsonObject());
  }

  /** A list of objects. */
  public List<JsonFields> objects(String name, int max) {
    if (!(required(name) instanceof JsonArray array) || array.size() > max) {
      throw refuse(name, "be a list of at most " + max + " objects");
    }
    List<JsonFields> objects = new ArrayList<>();
    for (JsonElement element : array) {
      objects.add(asObject(name + "[" + objects.size() + "]", element));
    }
    return objects;
  }

  /** A list of strings; empty where there is none. */
  public List<String> strings(String name, int max) {
    List<String> strings = new ArrayList<>();
    if (has(name)) {
      if (!(json.get(name) instanceof JsonArray array) || array.size() > max) {
        throw refuse(name, "be a list of at most " + max + " strings");
      }
      for (JsonElement element : array) {
        strings.add(asString(name + "[" + strings.size() + "]", element));
      }
    }
    return strings;
  }

  /** Every field of this object, read as an object. */
  <T> Map<String, T> entries(Function<JsonFields, T> read) {
    Map<String, T> entries = new TreeMap<>();
    for (String name : json.keySet()) {
      JsonFields entry = object(name);
      entries.put(name, read.apply(entry));
      entry.end();
    }
    return entries;
  }

  /** Every field of this object, read as a string. */
  Map<String, String> strings() {
    Map<String, String> strings = new TreeMap<>();
    for (String name : json.keySet()) {
      strings.put(name, string(name));
    }
    return strings;
  }

  /** This object in JSON, indented. */
  public String toJson() {
    return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(json);
  }

  /** The whole path of a field. */
  String field(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /** The error for a field whose value cannot be used: {@code must} goes on after that word. */
  public BundleException refuse(String name, String must) {
    JsonElement value = json.get(name);
    boolean string = value instanceof JsonPrimitive primitive && primitive.isString();
    return refused(name, must, string ? value.getAsString() : value == null ? "nothing" : value);
  }

  private JsonElement present(String name) {
    asked.add(name);
    JsonElement value = json.get(name);
    if (value == null) {
      throw new BundleException("%s[%s] is missing", file, field(name));
    }
    return value;
  }

  private JsonElement required(String name) {
    JsonElement value = present(name);
    if (value.isJsonNull()) {
      throw new BundleException("%s[%s] must not be null", file, field(name));
    }
    return value;
  }

  private JsonFields asObject(String name, JsonElement value) {
    if (value.isJsonObject()) {
      return new JsonFields(file, field(name), value.getAsJsonObject());
    }
    throw refused(name, "be an object", value);
  }

  private String asString(String name, JsonElement value) {
    if (value instanceof JsonPrimitive primitive && primitive.isString()) {
      return primitive.getAsString();
    }
    throw refused(name, "be a string", value);
  }

  private long asLong(String name, JsonElement value, long min, long max) {
    if (value instanceof JsonPrimitive primitive && primitive.isNumber()) {
      try {
        long number = new BigDecimal(primitive.getAsString()).longValueExact();
        if (number >= min && number <= max) {
          return number;
        }
      } catch (ArithmeticException | NumberFormatException e) {
        // no integer, or none of 64 bits
      }
    }
    throw refused(name, "be an integer in [" + min + ", " + max + "]", value);
  }

  private double asNumber(String name, JsonElement value) {
    if (value instanceof JsonPrimitive primitive && primitive.isNumber()) {
      double number = primitive.getAsDouble();
      if (Float.isFinite((float) number)) {
        return number;
      }
    }
    throw refused(name, "be a number", value);
  }

  private BundleException refused(String name, String must, Object value) {
    return new BundleException(
        "%s[%s] must %s, got [%s]", file, field(name), must, Excerpt.of(String.valueOf(value)));
  }
}
