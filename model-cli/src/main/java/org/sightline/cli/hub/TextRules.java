package org.sightline.cli.hub;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.JsonFields;
import org.sightline.runtime.bundle.TextSpec;

/** From {@code config.json} and the tokenizer's files to the manifest's text section. */
final class TextRules {
  private static final int MAX_LENGTH = 4096;
  static final String CONFIG = "tokenizer_config.json";
  static final String SPECIAL = "special_tokens_map.json";

  private TextRules() {}

  /**
   * Derives the text section.
   *
   * @param model {@code config.json}
   */
  static TextSpec read(Family family, Path folder, JsonFields model) {
    JsonFields text = model.objectOrEmpty("text_config");
    int length = text.integerOr("max_position_embeddings", 1, MAX_LENGTH, family.defaultTextLength);
    return new TextSpec(length, family.padding, padTokenId(family, folder, "", text), null, null);
  }

  /**
   * The id that fills up. Transformers takes the token that the tokenizer's configs name, then the
   * one of {@code tokenizer.json}'s own padding; the model's config comes last, because many hold a
   * default that no tokenizer uses.
   *
   * @param inFolder where the tokenizer's files lie in the folder: empty, or a path with a slash
   * @param text what the model's config says of texts
   */
  static int padTokenId(Family family, Path folder, String inFolder, JsonFields text) {
    String file = inFolder + CONFIG;
    Optional<String> token = padToken(HubFiles.jsonIfThere(folder, file));
    if (token.isEmpty()) {
      file = inFolder + SPECIAL;
      token = padToken(HubFiles.jsonIfThere(folder, file));
    }
    String name = inFolder + BundleManifest.TOKENIZER;
    TokenizerFile tokenizer =
        TokenizerFile.read(HubFiles.require(folder, name), token.orElse(null));
    if (token.isPresent()) {
      OptionalInt id = tokenizer.wantedId();
      if (id.isEmpty()) {
        throw new BundleException(
            "[%s] [pad_token] names [%s], which [%s] does not know", file, token.get(), name);
      }
      return id.getAsInt();
    }
    if (tokenizer.padId().isPresent()) {
      return tokenizer.padId().getAsInt();
    }
    if (text.has("pad_token_id")) {
      return text.integer("pad_token_id", 0, Integer.MAX_VALUE);
    }
    if (family == Family.SIGLIP) {
      throw new BundleException("[%s%s] has no [pad_token], which SigLIP reads", inFolder, CONFIG);
    }
    return 0;
  }

  /** A token is a string, or an object that holds it. */
  private static Optional<String> padToken(JsonFields config) {
    if (config.has("pad_token") == false) {
      return Optional.empty();
    }
    return Optional.of(
        config.isObject("pad_token")
            ? config.object("pad_token").string("content")
            : config.string("pad_token"));
  }
}
