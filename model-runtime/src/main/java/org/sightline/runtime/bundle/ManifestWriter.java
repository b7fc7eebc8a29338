package org.sightline.runtime.bundle;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes a manifest so that {@link ManifestReader} reads the same one. */
final class ManifestWriter {
  private ManifestWriter() {}

  static String write(BundleManifest manifest) {
    JsonObject root = new JsonObject();
    root.addProperty("format_version", BundleManifest.FORMAT_VERSION);
    root.addProperty("id", manifest.id());
    root.addProperty("family", manifest.family());
    root.addProperty("description", manifest.description());
    root.addProperty("license", manifest.license());
    JsonObject source = new JsonObject();
    source.addProperty("checkpoint", manifest.sourceCheckpoint());
    source.addProperty("sha256", manifest.sourceSha256());
    root.add("source", source);
    if (manifest.dimensions() != 0) {
      root.addProperty("dimensions", manifest.dimensions());
    }
    if (manifest.vectorsPerImage() != 1) {
      root.addProperty("vectors_per_image", manifest.vectorsPerImage());
    }
    root.addProperty("similarity", manifest.similarity());
    if (manifest.logitScale() != 0) {
      root.addProperty("logit_scale", manifest.logitScale());
      root.addProperty("logit_bias", manifest.logitBias());
    }
    if (manifest.image() != null) {
      root.add("image", image(manifest.image()));
    }
    if (manifest.text() != null) {
      root.add("text", text(manifest.text()));
    }
    if (manifest.caption() != null) {
      root.add("caption", caption(manifest.caption()));
    }
    JsonObject roles = new JsonObject();
    manifest.roles().forEach((role, spec) -> roles.add(role.id(), role(spec)));
    root.add("roles", roles);
    JsonObject files = new JsonObject();
    manifest.files().forEach((name, spec) -> files.add(name, file(spec)));
    root.add("files", files);
    return new GsonBuilder()
            .setPrettyPrinting()
            .serializeNulls()
            .disableHtmlEscaping()
            .create()
            .toJson(root)
        + "\n";
  }

  private static JsonElement image(ImageSpec spec) {
    JsonObject image = new JsonObject();
    image.addProperty("width", spec.width());
    image.addProperty("height", spec.height());
    image.addProperty("resize", id(spec.resize()));
    image.addProperty("interpolation", id(spec.interpolation()));
    image.addProperty("crop", id(spec.crop()));
    if (spec.cropRounding() != ImageSpec.CropRounding.FLOOR) {
      image.addProperty("crop_rounding", id(spec.cropRounding()));
    }
    image.add("mean", numbers(spec.mean()));
    image.add("std", numbers(spec.std()));
    image.addProperty("transparency", id(spec.transparency()));
    image.addProperty("orientation", id(spec.orientation()));
    if (spec.patches() != null) {
      JsonObject patches = new JsonObject();
      patches.addProperty("size", spec.patches().size());
      patches.addProperty("count", spec.patches().count());
      image.add("patches", patches);
    }
    return image;
  }

  private static JsonElement text(TextSpec spec) {
    JsonObject text = new JsonObject();
    text.addProperty("max_length", spec.maxLength());
    text.addProperty("padding", id(spec.padding()));
    text.addProperty("pad_token_id", spec.padTokenId());
    text.addProperty("matching_first_token_id", spec.matchingFirstTokenId());
    text.addProperty("prompt", spec.prompt());
    if (spec.cleaning().isEmpty() == false) {
      JsonArray steps = new JsonArray();
      spec.cleaning().forEach(step -> steps.add(step(step)));
      text.add("cleaning", steps);
    }
    return text;
  }

  private static JsonElement caption(CaptionSpec spec) {
    JsonObject caption = new JsonObject();
    caption.addProperty("first_token_id", spec.firstTokenId());
    caption.addProperty("end_token_id", spec.endTokenId());
    caption.addProperty("num_beams", spec.numBeams());
    caption.addProperty("max_length", spec.maxLength());
    caption.addProperty("min_length", spec.minLength());
    caption.addProperty("repetition_penalty", spec.repetitionPenalty());
    caption.addProperty("length_penalty", spec.lengthPenalty());
    return caption;
  }

  private static JsonElement step(CleaningStep step) {
    JsonObject object = new JsonObject();
    object.addProperty("step", CleaningReader.name(step));
    switch (step) {
      case CleaningStep.ReplaceCharacters replace -> {
        object.addProperty("characters", replace.characters());
        object.addProperty("with", replace.with());
      }
      case CleaningStep.ReplaceText replace -> {
        object.addProperty("text", replace.text());
        object.addProperty("with", replace.with());
      }
      case CleaningStep.CollapseWhitespace collapse ->
          object.addProperty("at_least", collapse.atLeast());
      case CleaningStep.Trim trim -> {
        object.addProperty("start", trim.start());
        object.addProperty("end", trim.end());
      }
      case CleaningStep.MaxWords words -> object.addProperty("count", words.count());
      case CleaningStep.Lowercase lowercase -> {
        if (lowercase.byTokenizer()) {
          object.addProperty("by", "tokenizer");
        }
      }
      case CleaningStep.SpecialTokens special -> object.add("tokens", names(special.tokens()));
      case CleaningStep.Canonicalize plain -> {}
      case CleaningStep.HtmlUnescape plain -> {}
      case CleaningStep.FixText plain -> {}
    }
    return object;
  }

  private static JsonElement role(RoleSpec spec) {
    JsonObject role = new JsonObject();
    role.addProperty("file", spec.file());
    role.add("inputs", names(spec.inputs()));
    role.add("outputs", names(spec.outputs()));
    return role;
  }

  private static JsonElement file(FileSpec spec) {
    JsonObject file = new JsonObject();
    file.addProperty("sha256", spec.sha256());
    file.addProperty("bytes", spec.bytes());
    if (spec.graphs() != 1) {
      file.addProperty("graphs", spec.graphs());
    }
    return file;
  }

  private static JsonElement names(Map<String, String> names) {
    JsonObject object = new JsonObject();
    names.forEach(object::addProperty);
    return object;
  }

  private static JsonElement numbers(List<Float> numbers) {
    JsonArray array = new JsonArray();
    numbers.forEach(array::add);
    return array;
  }

  private static String id(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
