package org.sightline.cli.catalog;

import java.util.ArrayList;
import java.util.List;
import org.sightline.cli.catalog.CatalogEntry.Retrieval;
import org.sightline.cli.hub.ImportOptions;
import org.sightline.cli.hub.TextConstants;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.CleaningReader;
import org.sightline.runtime.bundle.JsonFields;
import org.sightline.runtime.bundle.TextSpec.Padding;

/** Reads and checks an entry of the catalogue. */
final class EntryReader {
  private static final List<String> TASKS = List.of("search", "rerank", "caption");
  private static final int MAX_SIDE = 4096;
  private static final int MAX_DIMENSIONS = 4096;
  private static final int MAX_SOURCES = 2;
  private static final int MAX_FIGURES = 16;

  private final JsonFields fields;

  private EntryReader(JsonFields fields) {
    this.fields = fields;
  }

  static CatalogEntry read(JsonFields fields) {
    CatalogEntry entry = new EntryReader(fields).entry();
    fields.end();
    return entry;
  }

  private CatalogEntry entry() {
    String id = fields.string("id");
    if (BundleManifest.isId(id) == false) {
      throw fields.refuse("id", "match " + BundleManifest.idForm());
    }
    String task = fields.string("task");
    if (TASKS.contains(task) == false) {
      throw fields.refuse("task", "be one of " + TASKS);
    }
    List<String> sources = fields.strings("sources", MAX_SOURCES);
    for (String source : sources) {
      if (source.startsWith("hf:") == false) {
        throw fields.refuse("sources", "begin with hf:");
      }
    }
    String export = textOrNull("export");
    if (sources.isEmpty() == (export == null)) {
      throw fields.refuse("sources", "stand there, or else [export]");
    }
    String license = fields.string("license");
    return new CatalogEntry(
        id,
        task,
        fields.string("purpose"),
        license,
        fields.flag("non_commercial", false),
        fields.has("parameters_millions") ? fields.number("parameters_millions") : null,
        integerOrNull("dimensions", MAX_DIMENSIONS),
        integerOrNull("image_size", MAX_SIDE),
        integerOrNull("download_mb", Integer.MAX_VALUE),
        textOrNull("languages"),
        retrieval(),
        sources,
        options(id, license),
        export,
        textOrNull("note"));
  }

  private ImportOptions options(String id, String license) {
    return new ImportOptions(
        id,
        license,
        floatOrNull("logit_scale"),
        floatOrNull("logit_bias"),
        textOrNull("precision"),
        textOrNull("subfolder"),
        texts());
  }

  private TextConstants texts() {
    if (fields.has("text") == false) {
      return TextConstants.NONE;
    }
    JsonFields text = fields.object("text");
    TextConstants constants =
        new TextConstants(
            text.has("cleaning") ? CleaningReader.read(text) : null,
            text.has("padding") ? text.choice("padding", Padding.class) : null,
            text.has("pad_token_id")
                ? Integer.valueOf(text.integer("pad_token_id", 0, Integer.MAX_VALUE))
                : null);
    text.end();
    return constants;
  }

  private List<Retrieval> retrieval() {
    List<Retrieval> all = new ArrayList<>();
    if (fields.has("retrieval")) {
      for (JsonFields figures : fields.objects("retrieval", MAX_FIGURES)) {
        all.add(
            new Retrieval(
                figures.string("dataset"),
                figures.number("text_to_image_r1"),
                figures.number("image_to_text_r1"),
                figures.string("source")));
        figures.end();
      }
    }
    return all;
  }

  private String textOrNull(String name) {
    return fields.has(name) ? fields.string(name) : null;
  }

  private Integer integerOrNull(String name, int most) {
    return fields.has(name) ? Integer.valueOf(fields.integer(name, 1, most)) : null;
  }

  private Float floatOrNull(String name) {
    return fields.has(name) ? Float.valueOf((float) fields.number(name)) : null;
  }
}
