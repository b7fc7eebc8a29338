package org.sightline.ingest;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.elasticsearch.ingest.AbstractProcessor;
import org.elasticsearch.ingest.IngestDocument;
import org.sightline.runtime.inference.InferenceException;

/**
 * A processor that asks inference and writes what it answers. Never blocks; calls the handler once,
 * and outside of every try, so that what the handler throws is not handled twice.
 */
abstract class InferenceProcessor extends AbstractProcessor {

  /** Writes results into the document: all of them or, when it throws, none. */
  interface Attachment {
    void write() throws Exception;
  }

  InferenceProcessor(String tag, String description) {
    super(tag, description);
  }

  /**
   * Reads the document and asks.
   *
   * @return what is to be written, later; null where there is nothing to do
   */
  abstract CompletionStage<Attachment> begin(IngestDocument document) throws Exception;

  /** What a failure means to who sent the document. */
  Exception reason(Throwable failure) {
    return IngestErrors.of(failure);
  }

  /** The same, where what is wrong with the only input is said of its field. */
  static Exception ofInput(String field, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof InferenceException inference
            && inference.kind() == InferenceException.Kind.INVALID_INPUT
            && inference.getMessage().startsWith("[") == false
        ? IngestErrors.ofField(field, inference)
        : IngestErrors.of(failure);
  }

  @Override
  public final boolean isAsync() {
    return true;
  }

  @Override
  public final void execute(
      IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
    CompletionStage<Attachment> stage;
    try {
      stage = begin(document);
    } catch (Exception e) {
      handler.accept(null, reason(e));
      return;
    }
    if (stage == null) {
      handler.accept(document, null);
      return;
    }
    stage.whenComplete(
        (attachment, failure) -> {
          Exception error = failure == null ? write(attachment) : reason(failure);
          handler.accept(error == null ? document : null, error);
        });
  }

  private Exception write(Attachment attachment) {
    try {
      attachment.write();
      return null;
    } catch (Exception e) {
      return reason(e);
    }
  }
}
