package org.sightline.cli.hub;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sightline.runtime.bundle.BundleException;

/**
 * A JSON object of a hub folder. These files say much that nobody here needs, so only what is asked
 * for must be right.
 */
final class HubJson {
  /** Configs have a few kilobytes; whatever is far larger is something else. */
  private static final long MAX_BYTES = 1 << 20;

  private final String file;
  private final String path;
  private final JsonObject json;

  private HubJson(String file, String path, JsonObject json) {
    this.file = file;
    this.path = path;
    this.json = json;
  }

  /** Reads a file of the folder. */
  static HubJson read(Path folder, String name) {
    Path path = HubFiles.require(folder, name);
    try {
      long size = Files.size(path);
      if (size > MAX_BYTES) {
        throw new BundleException(
            "[%s] has %s bytes, allowed are at most %s", name, size, MAX_BYTES);
      }
      JsonElement element = JsonParser.parseString(Files.readString(path));
      if (element.isJsonObject()) {
        return new HubJson(name, "", element.getAsJsonObject());
      }
    } catch (JsonParseException | IOException e) {
      throw new BundleException(e, "[%s] cannot be read as JSON: %s", name, explain(e));
    }
    throw new BundleException("[%s] must be a JSON object", name);
  }

  /** The first line of what went wrong: the rest is advice to programmers. */
  static String explain(Exception e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = String.valueOf(cause.getMessage());
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }

  /** The same for a file that a folder may lack: then it is an object without keys. */
  static HubJson readIfThere(Path folder, String name) {
    return Files.exists(folder.resolve(name))
        ? read(folder, name)
        : new HubJson(name, "", new JsonObject());
  }

  /** Whether the key is there and not null. */
  boolean has(String key) {
    return json.has(key) && !json.get(key).isJsonNull();
  }

  boolean isObject(String key) {
    return has(key) && json.get(key).isJsonObject();
  }

  boolean isNumber(String key) {
    return has(key) && json.get(key) instanceof JsonPrimitive value && value.isNumber();
  }

  /** The object under a key, or one without keys where there is none. */
  HubJson objectOrEmpty(String key) {
    if (!has(key)) {
      return new HubJson(file, path + key + ".", new JsonObject());
    }
    return object(key);
  }

  HubJson object(String key) {
    JsonElement value = required(key);
    if (!value.isJsonObject()) {
      throw refuse(key, "be an object");
    }
    return new HubJson(file, path + key + ".", value.getAsJsonObject());
  }

  String string(String key) {
    if (required(key) instanceof JsonPrimitive value && value.isString()) {
      return value.getAsString();
    }
    throw refuse(key, "be a string");
  }

  boolean flag(String key, boolean other) {
    if (!has(key)) {
      return other;
    }
    if (json.get(key) instanceof JsonPrimitive value && value.isBoolean()) {
      return value.getAsBoolean();
    }
    throw refuse(key, "be true or false");
  }

  int integer(String key, int min, int max) {
    double value = number(key);
    if (value != Math.rint(value) || value < min || value > max) {
      throw refuse(key, "be an integer in [" + min + ", " + max + "]");
    }
    return (int) value;
  }

  int integerOr(String key, int min, int max, int other) {
    return has(key) ? integer(key, min, max) : other;
  }

  double number(String key) {
    return number(key, required(key));
  }

  /** Height and width: two integers, or one for both. */
  List<Integer> sides(String key, int max) {
    if (required(key).isJsonArray() == false) {
      int side = integer(key, 1, max);
      return List.of(side, side);
    }
    List<Integer> sides = new ArrayList<>(2);
    for (JsonElement element : json.getAsJsonArray(key)) {
      double side = number(key, element);
      if (side != Math.rint(side) || side < 1 || side > max) {
        throw refuse(key, "be integers in [1, " + max + "]");
      }
      sides.add((int) side);
    }
    if (sides.size() != 2) {
      throw refuse(key, "be an integer, or height and width");
    }
    return sides;
  }

  /** Three numbers, one for each channel. */
  List<Float> channels(String key) {
    JsonElement value = required(key);
    if (!value.isJsonArray() || value.getAsJsonArray().size() != 3) {
      throw refuse(key, "be 3 numbers");
    }
    JsonArray array = value.getAsJsonArray();
    List<Float> numbers = new ArrayList<>(3);
    for (JsonElement element : array) {
      numbers.add((float) number(key, element));
    }
    return numbers;
  }

  private double number(String key, JsonElement value) {
    if (value instanceof JsonPrimitive primitive && primitive.isNumber()) {
      double number = primitive.getAsDouble();
      if (Double.isFinite(number)) {
        return number;
      }
    }
    throw refuse(key, "be a number");
  }

  private JsonElement required(String key) {
    if (!has(key)) {
      throw new BundleException("[%s] has no [%s%s]", file, path, key);
    }
    return json.get(key);
  }

  /** The error for a key whose value cannot be used: {@code must} goes on after that word. */
  BundleException refuse(String key, String must) {
    String value = has(key) ? json.get(key).toString() : "nothing";
    String shown = value.length() <= 64 ? value : value.substring(0, 64) + "…";
    if (shown.startsWith("\"") && shown.endsWith("\"") && shown.length() > 1) {
      shown = shown.substring(1, shown.length() - 1);
    }
    return new BundleException("[%s] [%s%s] must %s, got [%s]", file, path, key, must, shown);
  }
}
