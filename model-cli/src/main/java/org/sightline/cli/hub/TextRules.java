package org.sightline.cli.hub;

import java.util.List;
import java.util.Optional;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.CleaningStep;
import org.sightline.runtime.bundle.JsonFields;
import org.sightline.runtime.bundle.TextSpec;
import org.sightline.runtime.bundle.TextSpec.Padding;

/**
 * From {@code config.json} and the tokenizer's files to the manifest's text section.
 *
 * @param type of the model
 * @param spec as the configs have it
 * @param lengthIsSaid whether {@code config.json} itself says how long texts are
 */
record TextRules(ModelType type, TextSpec spec, boolean lengthIsSaid) {
  private static final int MAX_LENGTH = 4096;

  /**
   * Models without a table of positions read any number of tokens, at a cost that grows with its
   * square. Searches need no more.
   */
  private static final int LONG_ENOUGH = 512;

  /** Some vocabularies are filled up, to a size that processors like; never by so much. */
  private static final double LEAST_OF_VOCABULARY = 0.9;

  /** SigLIP 2's tokenizer is Gemma's, which keeps capitals; the model was trained without them. */
  private static final int GEMMA_VOCABULARY = 256_000;

  /**
   * Derives the text section, as far as the graph has no say in it.
   *
   * @param text {@code text_config} of {@code config.json}
   */
  static TextRules read(ModelType type, ConfigFiles files, JsonFields text, ImportOptions options) {
    TextConstants constants = options.texts();
    int pad = padTokenId(type.siglip(), files, text, type.vocabulary(text), constants);
    JsonFields tokenizer = files.textsJson(ConfigFiles.TOKENIZER_CONFIG);
    Padding padding = type.siglip() ? Padding.MAX_LENGTH : Padding.LONGEST;
    if (type.siglip()
        && tokenizer.has("padding_side")
        && tokenizer.string("padding_side").equals("right") == false) {
      throw tokenizer.refuse("padding_side", "be right: texts are filled up at their end");
    }
    List<CleaningStep> cleaning =
        type.siglip() && lowers(type, text, tokenizer)
            ? List.of(new CleaningStep.Lowercase(true))
            : List.of();
    return new TextRules(
        type,
        new TextSpec(
            length(type, text, tokenizer),
            constants.padding() == null ? padding : constants.padding(),
            pad,
            null,
            null,
            constants.cleaning() == null ? cleaning : constants.cleaning()),
        text.has("max_position_embeddings"));
  }

  private static boolean lowers(ModelType type, JsonFields text, JsonFields tokenizer) {
    return type.id().equals("siglip2")
        || type.vocabulary(text) == GEMMA_VOCABULARY
        || tokenizer.has("tokenizer_class")
            && tokenizer.string("tokenizer_class").matches("(Gemma|Siglip2)Tokenizer(Fast)?");
  }

  private static int length(ModelType type, JsonFields text, JsonFields tokenizer) {
    String key = "max_position_embeddings";
    if (text.has(key) || type.textLength() != null) {
      return text.integerOr(key, 1, MAX_LENGTH, type.textLength() == null ? 0 : type.textLength());
    }
    if (tokenizer.has("model_max_length") == false) {
      throw tokenizer.refuse(
          "model_max_length", "say how many tokens a text has, because [config.json] does not");
    }
    return (int) Math.min(Math.max(1, tokenizer.number("model_max_length")), LONG_ENOUGH);
  }

  /**
   * The text section.
   *
   * @param roles what the text graph takes
   * @throws BundleException when nobody knows how far texts must be padded
   */
  TextSpec of(GraphRoles roles) {
    if (roles.textLength() > 0) {
      int length = lengthIsSaid ? spec.maxLength() : roles.textLength();
      return with(length, Padding.MAX_LENGTH);
    }
    if (spec.padding() == Padding.LONGEST
        && roles.masked() == false
        && type.paddingHidden() == false) {
      throw new BundleException(
          "the text graph has no attention mask, and it is not known how texts of the model type"
              + " [%s] are padded; a graph with a mask is needed",
          type.id());
    }
    return spec;
  }

  private TextSpec with(int length, Padding padding) {
    return new TextSpec(length, padding, spec.padTokenId(), null, null, spec.cleaning());
  }

  /**
   * The id that fills up. Transformers takes the token that the tokenizer's configs name, then the
   * one of {@code tokenizer.json}'s own padding; the model's config comes last, because many hold a
   * default that no tokenizer uses.
   *
   * @param read whether the model reads its padding
   * @param text what the model's config says of texts
   * @param vocabulary tokens that the model knows, 0 where nobody says
   */
  static int padTokenId(
      boolean read, ConfigFiles files, JsonFields text, int vocabulary, TextConstants constants) {
    String file = ConfigFiles.TOKENIZER_CONFIG;
    Optional<String> token = padToken(files.textsJson(file));
    if (token.isEmpty()) {
      file = ConfigFiles.SPECIAL_TOKENS;
      token = padToken(files.textsJson(file));
    }
    SourceFile name = files.tokenizer();
    TokenizerFile tokenizer = TokenizerFile.read(files.path(name), token.orElse(null));
    requireVocabulary(name, tokenizer.tokens(), vocabulary);
    if (constants.padTokenId() != null) {
      return constants.padTokenId();
    }
    if (token.isPresent()) {
      if (tokenizer.wantedId().isEmpty()) {
        throw new BundleException(
            "[%s] [pad_token] names [%s], which [%s] does not know",
            files.ofTexts(file).orElseThrow().path(), token.get(), name.path());
      }
      return tokenizer.wantedId().getAsInt();
    }
    if (tokenizer.padId().isPresent()) {
      return tokenizer.padId().getAsInt();
    }
    if (text.has("pad_token_id")) {
      return text.integer("pad_token_id", 0, Integer.MAX_VALUE);
    }
    if (read) {
      throw new BundleException(
          "[%s] has no [pad_token], which SigLIP reads",
          name.folder() + ConfigFiles.TOKENIZER_CONFIG);
    }
    return 0;
  }

  /** Refuses the tokenizer of another model: it knows more tokens than the model, or far less. */
  private static void requireVocabulary(SourceFile name, int tokens, int vocabulary) {
    if (vocabulary > 0 && (tokens > vocabulary || tokens < vocabulary * LEAST_OF_VOCABULARY)) {
      throw new BundleException(
          "[%s] knows %s tokens, the model %s: it is the tokenizer of another model",
          name.path(), tokens, vocabulary);
    }
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
