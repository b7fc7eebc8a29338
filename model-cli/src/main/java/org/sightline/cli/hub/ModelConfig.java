package org.sightline.cli.hub;

import org.sightline.runtime.bundle.JsonFields;

/**
 * {@code config.json} of transformers: of the whole model, or one of each tower.
 *
 * @param model what is said of the whole model
 * @param vision of the tower that reads pixels
 * @param text of the tower that reads ids
 */
record ModelConfig(JsonFields model, JsonFields vision, JsonFields text) {

  /** Reads it. */
  static ModelConfig read(ConfigFiles files) {
    SourceFile first =
        files.ofPictures(ConfigFiles.CONFIG).orElseThrow(() -> files.missing(ConfigFiles.CONFIG));
    SourceFile second = files.ofTexts(ConfigFiles.CONFIG).orElse(first);
    JsonFields ofPictures = files.json(first);
    JsonFields ofTexts = first.equals(second) ? ofPictures : files.json(second);
    return new ModelConfig(
        ofPictures, tower(ofPictures, "vision_config"), tower(ofTexts, "text_config"));
  }

  /** A tower that is a model of its own has its config at the top. */
  private static JsonFields tower(JsonFields config, String key) {
    return config.has(key) == false && config.string("model_type").endsWith("_model")
        ? config
        : config.objectOrEmpty(key);
  }
}
