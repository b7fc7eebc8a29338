package org.sightline.runtime.bundle;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.Digest;
import org.sightline.runtime.inference.Role;

/** Reads and validates a manifest. */
final class ManifestReader {
  static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,99}");
  private static final Pattern PLAIN_FILE_NAME =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,199}");
  private static final int MAX_SIDE = 4096;
  private static final int MAX_PATCHES = 1 << 16;
  private static final int DEFAULT_CAPTION_LENGTH = 20;

  private ManifestReader() {}

  static BundleManifest read(String json) {
    JsonFields root = JsonFields.ofManifest(json);
    checkFormat(root);
    String id = root.string("id");
    if (!isId(id)) {
      throw new BundleException("[id] must match %s, got [%s]", ID.pattern(), id);
    }
    JsonFields source = root.object("source");
    TextSpec text = root.has("text") ? text(root.object("text")) : null;
    Map<String, FileSpec> files = files(root.object("files"));
    Map<Role, RoleSpec> roles = roles(root.object("roles"), files);
    BundleManifest manifest =
        new BundleManifest(
            id,
            root.string("family"),
            root.string("description"),
            root.string("license"),
            source.stringOrNull("checkpoint"),
            source.stringOrNull("sha256"),
            root.integerOr("dimensions", 1, 4096, 0),
            root.integerOr("vectors_per_image", 1, 1024, 1),
            oneOf(root, "similarity", List.of("cosine")),
            root.has("logit_scale") ? root.positiveNumber("logit_scale") : 0,
            root.numberOr("logit_bias", 0),
            root.has("image") ? image(root.object("image")) : null,
            text,
            root.has("caption") ? caption(root.object("caption"), text) : null,
            roles,
            files);
    source.end();
    root.end();
    checkSections(manifest);
    return manifest;
  }

  private static void checkFormat(JsonFields root) {
    int known = BundleManifest.FORMAT_VERSION;
    if (root.integer("format_version", Integer.MIN_VALUE, Integer.MAX_VALUE) > known) {
      String must = "be an integer in [" + known + ", " + known + "]";
      throw root.refuse("format_version", must).later();
    }
    root.integer("format_version", known, known);
  }

  static boolean isId(String id) {
    return ID.matcher(id).matches();
  }

  static boolean isFileName(String name) {
    return PLAIN_FILE_NAME.matcher(name).matches() && !name.contains("..");
  }

  private static String oneOf(JsonFields object, String name, List<String> allowed) {
    String value = object.string(name);
    if (!allowed.contains(value)) {
      throw object.refuse(name, "be one of " + allowed).later();
    }
    return value;
  }

  private static ImageSpec image(JsonFields object) {
    ImageSpec image =
        new ImageSpec(
            object.integer("width", 1, MAX_SIDE),
            object.integer("height", 1, MAX_SIDE),
            object.choice("resize", ImageSpec.Resize.class),
            object.choice("interpolation", ImageSpec.Interpolation.class),
            object.choice("crop", ImageSpec.Crop.class),
            object.has("crop_rounding")
                ? object.choice("crop_rounding", ImageSpec.CropRounding.class)
                : ImageSpec.CropRounding.FLOOR,
            object.channels("mean"),
            object.channels("std"),
            object.choice("transparency", ImageSpec.Transparency.class),
            object.has("orientation")
                ? object.choice("orientation", ImageSpec.Orientation.class)
                : ImageSpec.Orientation.EXIF,
            object.has("patches") ? patches(object.object("patches")) : null);
    object.end();
    checkPatches(object, image);
    for (float std : image.std()) {
      if (std <= 0) {
        throw new BundleException("[image.std] must be above 0, got %s", image.std());
      }
    }
    if (image.crop() == ImageSpec.Crop.NONE
        && image.cropRounding() != ImageSpec.CropRounding.FLOOR) {
      throw object.refuse("crop_rounding", "be left out where [image.crop] is [none]");
    }
    if (image.resize() == ImageSpec.Resize.SHORTEST_EDGE) {
      if (image.crop() != ImageSpec.Crop.CENTER) {
        throw new BundleException(
            "[image.crop] must be [center] where [image.resize] is [shortest_edge], got [none]");
      }
      if (image.width() != image.height()) {
        throw new BundleException(
            "[image.width] and [image.height] must be equal where [image.resize] is"
                + " [shortest_edge], got [%s] and [%s]",
            image.width(), image.height());
      }
    }
    return image;
  }

  private static ImageSpec.Patches patches(JsonFields object) {
    ImageSpec.Patches patches =
        new ImageSpec.Patches(
            object.integer("size", 2, MAX_SIDE), object.integer("count", 1, MAX_PATCHES));
    object.end();
    return patches;
  }

  /** The sheet has room for all patches, and one more row. */
  private static void checkPatches(JsonFields object, ImageSpec image) {
    boolean resized = image.resize() == ImageSpec.Resize.PATCHES;
    if (resized != (image.patches() != null)) {
      throw object.refuse("patches", "be there only where [image.resize] is [patches]");
    }
    if (resized == false) {
      return;
    }
    if (image.crop() != ImageSpec.Crop.NONE) {
      throw object.refuse("crop", "be [none] where [image.resize] is [patches]");
    }
    int size = image.patches().size();
    if (image.width() % size != 0 || image.height() % size != 0) {
      throw object.refuse("patches", "have a size that divides [image.width] and [image.height]");
    }
    int places = image.width() / size * (image.height() / size - 1);
    if (places < image.patches().count()) {
      throw object.refuse(
          "patches", "have a count of at most the " + places + " that the sheet has room for");
    }
  }

  private static TextSpec text(JsonFields object) {
    TextSpec text =
        new TextSpec(
            object.integer("max_length", 1, 4096),
            object.choice("padding", TextSpec.Padding.class),
            object.integer("pad_token_id", 0, Integer.MAX_VALUE),
            object.integerOrNull("matching_first_token_id", 0, Integer.MAX_VALUE),
            object.stringOrNull("prompt"),
            CleaningReader.read(object));
    object.end();
    return text;
  }

  private static CaptionSpec caption(JsonFields object, TextSpec text) {
    int longest = text == null ? CaptionOptions.MAX_TOKENS : text.maxLength();
    int maxLength =
        object.integerOr("max_length", 2, longest, Math.min(DEFAULT_CAPTION_LENGTH, longest));
    CaptionSpec caption =
        new CaptionSpec(
            object.integer("first_token_id", 0, Integer.MAX_VALUE),
            object.integer("end_token_id", 0, Integer.MAX_VALUE),
            object.integerOr("num_beams", 1, CaptionOptions.MAX_BEAMS, 3),
            maxLength,
            object.integerOr("min_length", 0, maxLength, 0),
            object.numberOr("repetition_penalty", 0.1f, 10, 1),
            object.numberOr("length_penalty", -10, 10, 1));
    object.end();
    return caption;
  }

  private static Map<String, FileSpec> files(JsonFields object) {
    Map<String, FileSpec> files =
        object.entries(
            file -> {
              String sha256 = file.string("sha256");
              if (!Digest.isDigest(sha256)) {
                throw new BundleException(
                    "[%s] must be 64 lower-case hexadecimal digits, got [%s]",
                    file.field("sha256"), sha256);
              }
              return new FileSpec(
                  sha256,
                  file.number64("bytes", 0, Long.MAX_VALUE),
                  file.integerOr("graphs", 1, Role.values().length, 1));
            });
    for (String name : files.keySet()) {
      checkFileName("files", name);
      if (name.equals(BundleManifest.FILE_NAME)) {
        throw new BundleException("[files] must not list [%s] itself", name);
      }
    }
    return files;
  }

  private static void checkFileName(String field, String name) {
    if (!isFileName(name)) {
      throw new BundleException("[%s] must hold plain file names, got [%s]", field, name);
    }
  }

  private static Map<Role, RoleSpec> roles(JsonFields object, Map<String, FileSpec> files) {
    Map<Role, RoleSpec> roles = new EnumMap<>(Role.class);
    Map<String, RoleSpec> named =
        object.entries(
            role ->
                new RoleSpec(
                    role.string("file"),
                    role.object("inputs").strings(),
                    role.object("outputs").strings()));
    named.forEach(
        (name, spec) -> {
          Role role =
              Role.fromId(name)
                  .orElseThrow(
                      () ->
                          new BundleException(
                                  "[roles] has an unknown role [%s], expected one of %s",
                                  name, Arrays.stream(Role.values()).map(Role::id).toList())
                              .later());
          String where = "roles." + name;
          checkFileName(where + ".file", spec.file());
          if (!files.containsKey(spec.file())) {
            throw new BundleException(
                "[%s.file] names [%s], which [files] does not list", where, spec.file());
          }
          RoleNames.of(role).check(where, spec);
          roles.put(role, spec);
        });
    if (roles.isEmpty()) {
      throw new BundleException("[roles] must name at least one role");
    }
    checkRolesTogether(roles);
    return roles;
  }

  private static void checkRolesTogether(Map<Role, RoleSpec> roles) {
    RoleSpec matching = roles.get(Role.MATCHING);
    if (matching != null
        && matching.inputs().containsKey("features")
        && !roles.containsKey(Role.TEXT_FEATURES)) {
      throw new BundleException(
          "[roles.matching.inputs] has [features], which needs the role [text_features]");
    }
    for (Role reader : List.of(Role.MATCHING, Role.CAPTION_DECODER)) {
      if (roles.containsKey(reader) && !roles.containsKey(Role.IMAGE_TOKENS)) {
        throw new BundleException(
            "[roles.%s] needs the role [image_tokens], which is missing", reader.id());
      }
    }
  }

  private static void checkSections(BundleManifest manifest) {
    if (manifest.logitScale() == 0 && manifest.logitBias() != 0) {
      throw new BundleException("[logit_bias] needs [logit_scale], which is missing");
    }
    for (Role embedder : List.of(Role.IMAGE_EMBEDDING, Role.TEXT_EMBEDDING)) {
      if (manifest.has(embedder) && manifest.dimensions() == 0) {
        throw new BundleException("[dimensions] is missing, the role [%s] needs it", embedder.id());
      }
    }
    if (manifest.has(Role.CAPTION_DECODER) != (manifest.caption() != null)) {
      throw new BundleException(
          manifest.caption() == null
              ? "[caption] is missing, the role [caption_decoder] needs it"
              : "[caption] is only for the role [caption_decoder], which is missing");
    }
    EnumSet<Role> imageRoles = EnumSet.of(Role.IMAGE_EMBEDDING, Role.IMAGE_TOKENS);
    for (Role role : manifest.roles().keySet()) {
      boolean takesPixels = imageRoles.contains(role);
      if (takesPixels && manifest.image() == null) {
        throw new BundleException("[image] is missing, the role [%s] needs it", role.id());
      }
      if (!takesPixels && manifest.text() == null) {
        throw new BundleException("[text] is missing, the role [%s] needs it", role.id());
      }
      if (!takesPixels && !manifest.files().containsKey(BundleManifest.TOKENIZER)) {
        throw new BundleException(
            String.format(
                Locale.ROOT,
                "[files] must list [%s], the role [%s] needs it",
                BundleManifest.TOKENIZER,
                role.id()));
      }
    }
  }
}
