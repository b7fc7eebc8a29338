package org.sightline.runtime.bundle;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A JSON object of which every field must be known, present where it is required, and of its type.
 * {@link #end()} refuses what nobody asked for.
 */
final class StrictObject {
  private final String path;
  private final JsonObject json;
  private final Set<String> asked = new TreeSet<>();

  StrictObject(String path, JsonObject json) {
    this.path = path;
    this.json = json;
  }

  /** Refuses fields that were not asked for. */
  void end() {
    for (String name : json.keySet()) {
      if (!asked.contains(name)) {
        String where = path.isEmpty() ? "the manifest" : "[" + path + "]";
        throw new BundleException(
            "%s has an unknown field [%s], expected only %s", where, name, asked);
      }
    }
  }

  /** Whether the field is there and not null. */
  boolean has(String name) {
    asked.add(name);
    return json.has(name) && !json.get(name).isJsonNull();
  }

  String string(String name) {
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

  /** A string, or null where the manifest says null. */
  String stringOrNull(String name) {
    JsonElement value = present(name);
    return value.isJsonNull() ? null : asString(name, value);
  }

  int integer(String name, int min, int max) {
    return (int) asLong(name, required(name), min, max);
  }

  long number64(String name, long min, long max) {
    return asLong(name, required(name), min, max);
  }

  int integerOr(String name, int min, int max, int other) {
    return has(name) ? integer(name, min, max) : other;
  }

  /** An integer, or null where the manifest says null. */
  Integer integerOrNull(String name, int min, int max) {
    JsonElement value = present(name);
    return value.isJsonNull() ? null : Integer.valueOf((int) asLong(name, value, min, max));
  }

  float number(String name) {
    return asFloat(field(name), required(name));
  }

  float numberOr(String name, float other) {
    return has(name) ? number(name) : other;
  }

  float numberOr(String name, float min, float max, float other) {
    float value = numberOr(name, other);
    if (value < min || value > max) {
      throw new BundleException("[%s] must be in [%s, %s], got [%s]", field(name), min, max, value);
    }
    return value;
  }

  float positiveNumber(String name) {
    float value = number(name);
    if (value <= 0) {
      throw new BundleException("[%s] must be above 0, got [%s]", field(name), value);
    }
    return value;
  }

  /** Three numbers, one for each channel. */
  List<Float> channels(String name) {
    JsonElement value = required(name);
    if (!value.isJsonArray() || value.getAsJsonArray().size() != 3) {
      throw wrongType(name, "an array of 3 numbers", value);
    }
    JsonArray array = value.getAsJsonArray();
    List<Float> numbers = new ArrayList<>(3);
    for (int i = 0; i < 3; i++) {
      numbers.add(asFloat(field(name) + "[" + i + "]", array.get(i)));
    }
    return numbers;
  }

  /** One of an enum's constants, written in lower case. */
  <E extends Enum<E>> E choice(String name, Class<E> type) {
    String value = string(name);
    List<String> allowed = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      String id = constant.name().toLowerCase(Locale.ROOT);
      if (id.equals(value)) {
        return constant;
      }
      allowed.add(id);
    }
    throw new BundleException("[%s] must be one of %s, got [%s]", field(name), allowed, value);
  }

  StrictObject object(String name) {
    JsonElement value = required(name);
    if (!value.isJsonObject()) {
      throw wrongType(name, "an object", value);
    }
    return new StrictObject(field(name), value.getAsJsonObject());
  }

  /** A list of objects. */
  List<StrictObject> objects(String name, int max) {
    JsonElement value = required(name);
    if (!value.isJsonArray() || value.getAsJsonArray().size() > max) {
      throw wrongType(name, "a list of at most " + max + " objects", value);
    }
    List<StrictObject> objects = new ArrayList<>();
    for (JsonElement element : value.getAsJsonArray()) {
      String where = name + "[" + objects.size() + "]";
      if (!element.isJsonObject()) {
        throw wrongType(where, "an object", element);
      }
      objects.add(new StrictObject(field(where), element.getAsJsonObject()));
    }
    return objects;
  }

  /** Every field of this object, read as an object. */
  <T> Map<String, T> entries(Function<StrictObject, T> read) {
    Map<String, T> entries = new TreeMap<>();
    for (String name : json.keySet()) {
      StrictObject entry = object(name);
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

  String field(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private JsonElement present(String name) {
    asked.add(name);
    JsonElement value = json.get(name);
    if (value == null) {
      throw new BundleException("[%s] is missing", field(name));
    }
    return value;
  }

  private JsonElement required(String name) {
    JsonElement value = present(name);
    if (value.isJsonNull()) {
      throw new BundleException("[%s] must not be null", field(name));
    }
    return value;
  }

  private String asString(String name, JsonElement value) {
    if (value instanceof JsonPrimitive primitive && primitive.isString()) {
      return primitive.getAsString();
    }
    throw wrongType(name, "a string", value);
  }

  private long asLong(String name, JsonElement value, long min, long max) {
    if (!(value instanceof JsonPrimitive primitive) || !primitive.isNumber()) {
      throw wrongType(name, "an integer", value);
    }
    long number;
    try {
      number = new BigDecimal(primitive.getAsString()).longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      throw wrongType(name, "an integer", value);
    }
    if (number < min || number > max) {
      throw new BundleException(
          "[%s] must be in [%s, %s], got [%s]", field(name), min, max, number);
    }
    return number;
  }

  private static float asFloat(String where, JsonElement value) {
    if (value instanceof JsonPrimitive primitive && primitive.isNumber()) {
      float number = primitive.getAsFloat();
      if (Float.isFinite(number)) {
        return number;
      }
    }
    throw new BundleException("[%s] must be a number, got [%s]", where, value);
  }

  private BundleException wrongType(String name, String expected, JsonElement value) {
    String text = value.toString();
    String shown = text.length() <= 64 ? text : text.substring(0, 64) + "…";
    return new BundleException("[%s] must be %s, got [%s]", field(name), expected, shown);
  }
}
