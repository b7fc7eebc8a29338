package org.sightline.ingest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.elasticsearch.ingest.IngestDocument;
import org.sightline.ingest.compat.ProcessorFactory;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;

/**
 * Writes what an image shows; with a filter, keeps only those captions and given texts that match
 * the image. Thread-safe; never blocks.
 */
public final class ImageCaptionProcessor extends InferenceProcessor<ImageCaptionOptions> {

  /** The name in pipelines. */
  public static final String TYPE = "image_caption";

  ImageCaptionProcessor(
      String tag, String description, ImageCaptionOptions options, IngestServices services) {
    super(TYPE, tag, description, options, services);
  }

  @Override
  void validate(ModelCatalog models) {
    requireRole(models.require(options.modelId()), "model_id", Role.CAPTION_DECODER);
    if (options.filter() != null) {
      requireRole(models.require(options.filter().modelId()), "match_model_id", Role.MATCHING);
    }
  }

  @Override
  CompletionStage<Attachment> begin(IngestDocument document) {
    DocumentInputs source = inputs(document, options.ignoreMissing());
    InputValue photo = source.image(options.inputField(), TYPE);
    if (photo.input() == null) {
      if (photo.present()) {
        remove(source.document());
      }
      return null;
    }
    GivenTexts given =
        new GivenTexts(
            source.document(), options.filter() == null ? List.of() : options.filter().fields());
    InferenceInput.Image image = (InferenceInput.Image) photo.input();
    Deadline deadline = deadline();
    return captions(image, deadline)
        .thenCompose(
            captions ->
                scores(image, captions, given, deadline)
                    .thenApply(scores -> () -> attach(source.document(), captions, given, scores)));
  }

  /** What was derived from a picture goes with it. */
  private void remove(FieldScope document) {
    FieldWrites writes = new FieldWrites();
    writes.remove(document, options.targetField());
    if (options.filter() != null) {
      writes.remove(document, options.filter().targetField());
    }
    writes.apply();
  }

  @Override
  Exception reason(Throwable failure) {
    return ofInput(options.inputField(), failure);
  }

  /** Captions without a word are left out. */
  private CompletionStage<List<Caption>> captions(InferenceInput.Image image, Deadline deadline) {
    return services
        .inference()
        .caption(
            new CaptionRequest(
                options.modelId(), List.of(image), options.decoding(), Purpose.CAPTION, deadline))
        .thenApply(
            response -> counted(response.results(), 1, "captioning", "inputs").get(0).orThrow())
        .thenApply(
            captions ->
                captions.stream()
                    .filter(caption -> InferenceInput.Text.isBlank(caption.text()) == false)
                    .toList());
  }

  /**
   * How well the captions, then the given texts, match the image; null where nothing is filtered.
   */
  private CompletionStage<List<Float>> scores(
      InferenceInput.Image image, List<Caption> captions, GivenTexts given, Deadline deadline) {
    if (options.filter() == null) {
      return CompletableFuture.completedFuture(null);
    }
    List<InferenceInput> texts = new ArrayList<>();
    captions.forEach(caption -> texts.add(new InferenceInput.Text(caption.text())));
    given.texts().forEach(text -> texts.add(new InferenceInput.Text(text.text())));
    if (texts.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    return services
        .inference()
        .match(
            new MatchRequest(options.filter().modelId(), image, texts, Purpose.CAPTION, deadline))
        .thenApply(
            response ->
                counted(response.results(), texts.size(), "matching", "inputs").stream()
                    .map(Outcome<MatchScore>::orThrow)
                    .map(MatchScore::probability)
                    .toList());
  }

  private void attach(
      FieldScope document, List<Caption> captions, GivenTexts given, List<Float> scores) {
    List<Map<String, Object>> written = new ArrayList<>();
    for (int i = 0; i < captions.size(); i++) {
      if (scores == null || passes(scores.get(i))) {
        written.add(entry(captions.get(i), scores == null ? null : scores.get(i)));
      }
    }
    FieldWrites writes = new FieldWrites();
    writes.set(document, options.targetField(), written);
    if (scores != null && given.texts().isEmpty() == false) {
      List<Map<String, Object>> report =
          filter(writes, given, scores.subList(captions.size(), scores.size()));
      writes.set(document, options.filter().targetField(), report);
    }
    writes.apply();
  }

  private static Map<String, Object> entry(Caption caption, Float match) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("text", caption.text());
    entry.put("score", caption.score());
    if (match != null) {
      entry.put("match_probability", match);
    }
    return entry;
  }

  /** Drops given texts that do not match; what became of each is the result. */
  private List<Map<String, Object>> filter(
      FieldWrites writes, GivenTexts given, List<Float> scores) {
    List<Map<String, Object>> report = new ArrayList<>();
    List<Boolean> kept = new ArrayList<>();
    for (int i = 0; i < scores.size(); i++) {
      GivenTexts.Given text = given.texts().get(i);
      kept.add(passes(scores.get(i)));
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("field", text.field());
      entry.put("text", text.text());
      entry.put("match_probability", scores.get(i));
      entry.put("kept", kept.get(i));
      report.add(entry);
    }
    given.keep(kept, writes);
    return report;
  }

  private boolean passes(float probability) {
    return probability >= options.filter().minMatch();
  }

  /** Builds processors from pipelines. Looks at no model: see {@link #validate}. */
  public static ProcessorFactory factory(IngestServices services) {
    return (factories, tag, description, config) ->
        new ImageCaptionProcessor(
            tag,
            description,
            ImageCaptionOptions.read(new ProcessorConfig(TYPE, tag, config)),
            services);
  }
}
