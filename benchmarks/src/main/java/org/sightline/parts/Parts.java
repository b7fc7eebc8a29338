package org.sightline.parts;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/** Everything that is measured, in the order of the table. */
enum Parts {
  HEADER("header-jpeg", "JPEG of 500×375, 52 kB, its header checked", ImageParts.class, "header"),
  HEADER_12MP(
      "header-12mp", "JPEG of 4000×3000, 3.3 MB, likewise", ImageParts.class, "headerLarge"),
  DECODE_JPEG("decode-jpeg", "JPEG of 500×375, 52 kB, decoded", ImageParts.class, "decodeJpeg"),
  DECODE_PNG("decode-png", "PNG of 64×64 with alpha, decoded", ImageParts.class, "decodePng"),
  DECODE_WEBP("decode-webp", "WebP of 500×375, 34 kB, decoded", ImageParts.class, "decodeWebp"),
  DECODE_12MP("decode-12mp", "JPEG of 4000×3000, 3.3 MB, decoded", ImageParts.class, "decodeLarge"),
  PREPROCESS(
      "preprocess", "500×375 resized to 224, cropped, normalised", ImageParts.class, "preprocess"),
  PREPROCESS_12MP(
      "preprocess-12mp", "the same from 4000×3000", ImageParts.class, "preprocessLarge"),
  TOKENS_12("tokens-12", "caption of 12 tokens tokenized", TextParts.class, "shortCaption"),
  TOKENS_77("tokens-77", "caption of 77 tokens tokenized", TextParts.class, "longCaption"),
  SESSION_TEXT(
      "session-text", "emoji-clip's text graph alone, 12 tokens", SessionParts.class, "text"),
  SESSION_IMAGE(
      "session-image", "emoji-clip's image graph alone, one picture", SessionParts.class, "image"),
  SESSION_IMAGES(
      "session-images", "the same, a batch of 32 pictures", SessionParts.class, "images"),
  EMBED_TEXT("embed-text", "text to vector, emoji-clip", EmbeddingParts.class, "text"),
  EMBED_PNG("embed-png", "PNG of 64×64 to vector, emoji-clip", EmbeddingParts.class, "picture"),
  EMBED_JPEG("embed-jpeg", "JPEG of 500×375 to vector, emoji-clip", EmbeddingParts.class, "photo"),
  TEXT_CACHED("text-cached", "text to vector, cached", EmbeddingParts.class, "knownText"),
  FEATURES_MEMORY(
      "features-memory",
      "picture to vector, emoji-blip, features in memory",
      EmbeddingParts.class,
      "knownPicture"),
  FEATURES_DISK(
      "features-disk", "features of emoji-blip read from an int8 file", FeatureParts.class, "read"),
  MATCH_10(
      "match-10", "text with 10 pictures, emoji-blip, tokens in memory", MatchParts.class, "ten"),
  MATCH_100("match-100", "the same, 100 pictures", MatchParts.class, "hundred"),
  DIGEST("digest", "SHA-256 of 52 kB", PayloadParts.class, "digest"),
  BASE64("base64", "52 kB decoded from base64", PayloadParts.class, "base64"),
  DATA_URI("data-uri", "the same from a data URI", PayloadParts.class, "dataUri"),
  DOCUMENT_INPUT(
      "document-input",
      "data URI of a document to an input with its digest",
      PayloadParts.class,
      "input"),
  DOT("dot", "scalar product, 512 dimensions", VectorParts.class, "dot"),
  NEAREST("nearest", "nearest of 32 vectors of 512 dimensions", VectorParts.class, "nearest"),
  NORMALISE("normalise", "vector of 512 dimensions normalised", VectorParts.class, "normalise"),
  PROBABILITY("probability", "match logits to a probability", VectorParts.class, "probability");

  private final String id;
  private final String what;
  private final Class<?> owner;
  private final String method;

  Parts(String id, String what, Class<?> owner, String method) {
    this.id = id;
    this.what = what;
    this.owner = owner;
    this.method = method;
  }

  /** The name by which it is asked for. */
  String id() {
    return id;
  }

  /** What one operation is, for readers. */
  String what() {
    return what;
  }

  /** The class of the method that does it. */
  Class<?> owner() {
    return owner;
  }

  /** The method that does it once. */
  String method() {
    return method;
  }

  /** All names, in the order of the table. */
  static Set<String> ids() {
    Set<String> ids = new LinkedHashSet<>();
    Arrays.stream(values()).forEach(part -> ids.add(part.id));
    return ids;
  }
}
