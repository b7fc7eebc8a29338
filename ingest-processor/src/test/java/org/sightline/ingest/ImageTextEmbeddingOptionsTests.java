package org.sightline.ingest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

public class ImageTextEmbeddingOptionsTests extends ProcessorTestCase {

  public ImageTextEmbeddingOptionsTests() {
    super("image_text_embedding", Map.of("model_id", "clip"));
  }

  private static Map<String, Object> entry(String input, String type, String output) {
    Map<String, Object> entry = new HashMap<>();
    entry.put("input_field", input);
    entry.put("input_type", type);
    entry.put("output_field", output);
    return entry;
  }

  private Map<String, Object> config(Object inputOutput) {
    return config("input_output", inputOutput);
  }

  public void testRandomConfigurationIsReadBack() throws Exception {
    int count = between(1, 5);
    List<Object> entries = new ArrayList<>();
    List<InputOutput> expected = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      InputType type = i == 0 ? InputType.IMAGE : randomFrom(InputType.values());
      String input = randomAlphaOfLength(4) + ".in" + i;
      String output = randomAlphaOfLength(4) + ".out" + i;
      entries.add(entry(input, type.id(), output));
      expected.add(new InputOutput(input, type, output));
    }
    boolean single = count == 1 && randomBoolean();
    Map<String, Object> config = config(single ? entries.get(0) : entries);
    String digestField = randomBoolean() ? null : "digest";
    boolean skipExisting = randomBoolean();
    boolean ignoreMissing = randomBoolean();
    config.put("digest_field", digestField);
    if (skipExisting || randomBoolean()) {
      config.put("skip_existing", skipExisting);
    }
    if (ignoreMissing || randomBoolean()) {
      config.put("ignore_missing", ignoreMissing);
    }
    boolean removeBinary = randomBoolean();
    if (removeBinary || randomBoolean()) {
      config.put("remove_binary", removeBinary);
    }
    String matcher = randomBoolean() ? null : "matcher";
    config.put("match_model_id", matcher);
    String fingerprints = randomBoolean() ? null : "made.from";
    config.put("fingerprint_field", fingerprints);
    config.put("tag", "t");
    config.put("description", "d");

    ImageTextEmbeddingProcessor processor = (ImageTextEmbeddingProcessor) create(config);

    assertEquals(
        new ImageTextEmbeddingOptions(
            "clip",
            matcher,
            expected,
            digestField,
            skipExisting,
            fingerprints == null ? "embedding_fingerprints" : fingerprints,
            ignoreMissing,
            removeBinary),
        processor.options());
    assertEquals("t", processor.getTag());
    assertEquals("d", processor.getDescription());
    assertEquals("image_text_embedding", processor.getType());
    assertTrue(processor.isAsync());
    assertEquals(expected.get(0), processor.options().firstImage());
  }

  public void testRequiredOptions() {
    Map<String, Object> config = config(entry("photo", "image", "vector"));
    config.remove("model_id");
    assertRefused(config, "[model_id] required property is missing");
    config = config(entry("photo", "image", "vector"));
    config.remove("input_output");
    assertRefused(config, "[input_output] required property is missing");
    for (String name : List.of("input_field", "input_type", "output_field")) {
      Map<String, Object> entry = entry("photo", "image", "vector");
      entry.remove(name);
      assertRefused(config(entry), "[" + name + "] required property is missing");
    }
  }

  public void testUnknownOptions() {
    assertRefused(
        config("input_output", entry("photo", "image", "vector"), "target_feild", "x"),
        "processor [image_text_embedding] doesn't support one or more provided configuration"
            + " parameters [target_feild]");
    Map<String, Object> entry = entry("photo", "image", "vector");
    entry.put("output_feild", "x");
    assertRefused(
        config(entry),
        "[input_output] does not support [output_feild], expected [input_field, input_type,"
            + " output_field]");
  }

  public void testWrongValues() {
    assertRefused(config(List.of()), "[input_output] must have at least one entry, got []");
    assertRefused(
        config(List.of("photo")), "[input_output] must hold objects, got the string [photo]");
    assertRefused(config(7), "[input_output] must hold objects, got the number [7]");
    assertRefused(
        config(entry("photo", "video", "vector")),
        "[input_type] must be one of [image, text], got [video]");
    String path = randomFrom("", ".a", "a.", "a..b");
    assertRefused(
        config(entry(path, "image", "vector")),
        "[input_field] must be a dotted path without empty parts, got [" + path + "]");
    assertRefused(
        config(entry("photo", "image", path)),
        "[output_field] must be a dotted path without empty parts, got [" + path + "]");
  }

  public void testOutputsAreDistinct() {
    assertRefused(
        config(List.of(entry("photo", "image", "vector"), entry("title", "text", "vector"))),
        "[output_field] must be unique, got [vector] twice");
    assertRefused(
        config(List.of(entry("photo", "image", "title"), entry("title", "text", "vector"))),
        "[output_field] must not be an input field, got [title]");
  }

  public void testDigestField() {
    assertRefused(
        config("input_output", entry("title", "text", "vector"), "digest_field", "digest"),
        "[digest_field] needs an entry of input_type [image], got none");
    assertRefused(
        config("input_output", entry("title", "text", "vector"), "remove_binary", true),
        "[remove_binary] needs an entry of input_type [image], got none");
    assertRefused(
        config("input_output", entry("title", "text", "vector"), "match_model_id", "matcher"),
        "[match_model_id] needs an entry of input_type [image], got none");
    String taken = randomFrom("photo", "vector");
    assertRefused(
        config("input_output", entry("photo", "image", "vector"), "digest_field", taken),
        "[digest_field] must not be an input field or an output field, got [" + taken + "]");
    assertRefused(
        config("input_output", entry("photo", "image", "vector"), "digest_field", ""),
        "[digest_field] must be a dotted path without empty parts, got []");
  }

  public void testFingerprintField() throws Exception {
    Map<String, Object> photo = entry("photo", "image", "vector");
    String taken = randomFrom("photo", "vector");
    assertRefused(
        config("input_output", photo, "fingerprint_field", taken),
        "[fingerprint_field] must not be an input field or an output field, got [" + taken + "]");
    assertRefused(
        config("input_output", photo, "fingerprint_field", "f", "digest_field", "f"),
        "[fingerprint_field] must not be the digest field, got [f]");
    assertRefused(
        config("input_output", photo, "fingerprint_field", "a..b"),
        "[fingerprint_field] must be a dotted path without empty parts, got [a..b]");
    Map<String, Object> element = entry("_ingest._value", "image", "_ingest._value.vector");
    assertRefused(
        config("input_output", element, "skip_existing", true),
        "[fingerprint_field] must be in the same object as [output_field]"
            + " [_ingest._value.vector], got [embedding_fingerprints]");
    create(config("input_output", element));
    create(
        config(
            "input_output",
            element,
            "skip_existing",
            true,
            "fingerprint_field",
            "_ingest._value.made_from"));
  }

  public void testModelIsCheckedWhenThePipelineIsStoredAndNotBefore() throws Exception {
    Map<String, Object> config = config(entry("photo", "image", "vector"));
    config.put("model_id", "gone");
    assertInvalid(
        config,
        "model [gone] does not exist, expected one of [blip, captioner, clip, many, matcher, texts]");
    config = config(List.of(entry("title", "text", "t"), entry("photo", "image", "vector")));
    config.put("model_id", "texts");
    assertInvalid(
        config, "[photo] needs the role [image_embedding], model [texts] has [text_embedding]");
    config = config(entry("photo", "image", "vector"));
    config.put("model_id", "many");
    create(config).extraValidation();
    create(config(entry("photo", "image", "vector"))).extraValidation();
    config = config(entry("title", "text", "vector"));
    config.put("model_id", "many");
    create(config).extraValidation();
  }
}
