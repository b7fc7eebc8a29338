package org.sightline.runtime.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.Base64;
import java.util.List;
import org.sightline.runtime.bundle.BundleException;

/**
 * Refuses what is known to end the process in the native library of tokenizers: it panics instead
 * of giving an error. Found by changing tokenizers of tests in ten thousand ways, each tried in a
 * process of its own. Parts are known by their fields, because the library does not need their
 * {@code type}.
 */
final class TokenizerRules {
  /** Fields in which a part holds other parts. */
  private static final List<String> NESTED =
      List.of("normalizers", "pretokenizers", "processors", "decoders");

  private TokenizerRules() {}

  /**
   * @throws BundleException naming the part and the field that cannot be used
   */
  static void check(JsonObject tokenizer) {
    check(tokenizer.get("normalizer"), TokenizerRules::normalizer);
    check(tokenizer.get("pre_tokenizer"), TokenizerRules::preTokenizer);
    check(tokenizer.get("post_processor"), TokenizerRules::postProcessor);
    check(tokenizer.get("decoder"), TokenizerRules::decoder);
  }

  private interface Rule {
    void check(JsonObject part);
  }

  private static void check(JsonElement part, Rule rule) {
    if (part instanceof JsonObject object) {
      rule.check(object);
      NESTED.forEach(name -> check(object.get(name), rule));
    } else if (part instanceof JsonArray array) {
      array.forEach(element -> check(element, rule));
    }
  }

  private static void normalizer(JsonObject part) {
    String field = "precompiled_charsmap";
    if (part.has(field) == false && isOf(part, "Precompiled") == false) {
      return;
    }
    if (part.get(field) instanceof JsonPrimitive value && value.isString()) {
      try {
        CharsMap.check(Base64.getDecoder().decode(value.getAsString()));
        return;
      } catch (IllegalArgumentException e) {
        throw refused(
            "normalizer", field, "must be a map of characters in base64: " + e.getMessage());
      }
    }
    throw refused("normalizer", field, "must be a map of characters in base64");
  }

  private static void preTokenizer(JsonObject part) {
    if (isOf(part, "FixedLength") && isZero(part.get("length"))) {
      throw refused("pre_tokenizer", "length", "must be at least 1");
    }
  }

  /** What stands at the end of a token is cut off without a look at its length. */
  private static void decoder(JsonObject part) {
    if (part.has("stop") && isZero(part.get("stop")) == false) {
      throw refused("decoder", "stop", "must be 0, got [" + part.get("stop") + "]");
    }
  }

  private static void postProcessor(JsonObject part) {
    for (String template : List.of("single", "pair")) {
      if (part.get(template) instanceof JsonArray pieces) {
        for (JsonElement piece : pieces) {
          if (piece instanceof JsonObject one
              && one.get("SpecialToken") instanceof JsonObject token) {
            requireKnown(template, token.get("id"), part.get("special_tokens"));
          }
        }
      }
    }
  }

  private static void requireKnown(String template, JsonElement id, JsonElement known) {
    boolean found =
        id instanceof JsonPrimitive name
            && known instanceof JsonObject tokens
            && tokens.has(name.getAsString());
    if (found == false) {
      throw refused("post_processor", template, "names " + id + ", which [special_tokens] lacks");
    }
  }

  private static boolean isOf(JsonObject part, String type) {
    return part.get("type") instanceof JsonPrimitive value && value.getAsString().equals(type);
  }

  private static boolean isZero(JsonElement value) {
    return value instanceof JsonPrimitive number
        && number.isNumber()
        && number.getAsBigDecimal().compareTo(BigDecimal.ZERO) == 0;
  }

  private static BundleException refused(String part, String field, String why) {
    return new BundleException("the %s of tokenizer.json: [%s] %s", part, field, why);
  }
}
