package org.sightline.ingest;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.elasticsearch.ElasticsearchParseException;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.ingest.ConfigurationUtils;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.Processor;
import org.elasticsearch.ingest.TestIngestDocument;
import org.elasticsearch.test.ESTestCase;

/** Tests of one processor: makes it from a pipeline's options and runs it on documents. */
abstract class ProcessorTestCase extends ESTestCase {
  static final byte[] PICTURE = "a picture".getBytes(StandardCharsets.UTF_8);
  static final String PHOTO = Base64.getEncoder().encodeToString(PICTURE);

  final RecordingInference inference = new RecordingInference();

  /** What processors made by {@link #create} ask; a test may exchange it. */
  TestServices services = new TestServices(inference, 100);

  /** What the processor made by the latest {@link #execute} called its handler with. */
  Calls calls;

  private final String type;
  private final Map<String, Object> defaults;

  /**
   * @param defaults options that a test does not have to give
   */
  ProcessorTestCase(String type, Map<String, Object> defaults) {
    this.type = type;
    this.defaults = defaults;
  }

  /**
   * @param more names and values of options; null removes a default
   */
  final Map<String, Object> config(Object... more) {
    Map<String, Object> config = new HashMap<>(defaults);
    for (int i = 0; i < more.length; i += 2) {
      if (more[i + 1] == null) {
        config.remove((String) more[i]);
      } else {
        config.put((String) more[i], more[i + 1]);
      }
    }
    return config;
  }

  /** As Elasticsearch does it: the leftovers of the factory are refused. */
  final Processor create(Map<String, Object> config) throws Exception {
    Map<String, Processor.Factory> factories =
        Map.of(
            ImageCaptionProcessor.TYPE, ImageCaptionProcessor.factory(services),
            ImageClassificationProcessor.TYPE, ImageClassificationProcessor.factory(services),
            ImageTextEmbeddingProcessor.TYPE, ImageTextEmbeddingProcessor.factory(services));
    return ConfigurationUtils.readProcessor(factories, null, type, config, ProjectId.DEFAULT);
  }

  static IngestDocument document(Map<String, Object> source) {
    return TestIngestDocument.withDefaultVersion(new HashMap<>(source));
  }

  final IngestDocument execute(Map<String, Object> source, Object... more) throws Exception {
    IngestDocument document = document(source);
    calls = new Calls();
    create(config(more)).execute(document, calls::accept);
    return document;
  }

  final void assertRefused(String message, Object... more) {
    assertRefused(config(more), message);
  }

  final void assertRefused(Map<String, Object> config, String message) {
    ElasticsearchParseException e =
        expectThrows(ElasticsearchParseException.class, () -> create(config));
    assertEquals(message, e.getMessage());
    assertEquals(400, e.status().getStatus());
  }

  /** Refused when the pipeline is stored, and not before. */
  final void assertInvalid(Map<String, Object> config, String message) throws Exception {
    Processor processor = create(config);
    assertEquals(
        message,
        expectThrows(IllegalArgumentException.class, processor::extraValidation).getMessage());
  }
}
