package org.sightline.ingest;

import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.elasticsearch.ingest.AbstractProcessor;
import org.elasticsearch.ingest.IngestDocument;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Role;

/**
 * A processor that asks inference and writes what it answers. Never blocks; calls the handler once,
 * and outside of every try, so that what the handler throws is not handled twice.
 *
 * @param <O> options of the processor
 */
abstract class InferenceProcessor<O> extends AbstractProcessor {

  /** Writes results into the document: all of them or, when it throws, none. */
  interface Attachment {
    void write() throws Exception;
  }

  final O options;
  final IngestServices services;
  private final String type;

  InferenceProcessor(
      String type, String tag, String description, O options, IngestServices services) {
    super(tag, description);
    this.type = type;
    this.options = options;
    this.services = services;
  }

  @Override
  public final String getType() {
    return type;
  }

  /**
   * Refuses, when a pipeline is stored, a model that does not exist or lacks what is asked of it.
   * Not in the factory: a node whose model is gone must still start.
   */
  @Override
  public final void extraValidation() throws Exception {
    try {
      validate(services.models());
    } catch (RuntimeException e) {
      throw IngestErrors.of(e);
    }
  }

  /** Throws if a model of the options does not exist or lacks a role. */
  abstract void validate(ModelCatalog models);

  /**
   * @param name option or field that needs the role
   */
  static void requireRole(ModelInfo model, String name, Role role) {
    if (model.has(role) == false) {
      throw new IllegalArgumentException(
          "["
              + name
              + "] needs the role ["
              + role.id()
              + "], model ["
              + model.id()
              + "] has "
              + model.roles().stream().map(Role::id).sorted().toList());
    }
  }

  /** The same results, if there are as many as inputs. */
  static <T> List<Outcome<T>> counted(
      List<Outcome<T>> results, int inputs, String operation, String unit) {
    if (results.size() != inputs) {
      throw new InferenceException(
          InferenceException.Kind.INTERNAL,
          operation + " answered [" + results.size() + "] results for [" + inputs + "] " + unit);
    }
    return results;
  }

  final DocumentInputs inputs(IngestDocument document, boolean ignoreMissing) {
    return new DocumentInputs(document, ignoreMissing, services.maxImageBytes());
  }

  final Deadline deadline() {
    return Deadline.after(services.ingestTimeout());
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
