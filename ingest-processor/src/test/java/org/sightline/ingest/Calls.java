package org.sightline.ingest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;

import java.util.ArrayList;
import java.util.List;
import org.elasticsearch.ingest.IngestDocument;

/** What a processor called its handler with, in order. */
final class Calls {
  private final List<IngestDocument> documents = new ArrayList<>();
  private final List<Exception> failures = new ArrayList<>();

  void accept(IngestDocument document, Exception failure) {
    documents.add(document);
    failures.add(failure);
  }

  List<IngestDocument> documents() {
    return documents;
  }

  Exception onlyFailure() {
    assertEquals("handler called exactly once", 1, failures.size());
    assertNull(documents.get(0));
    assertNotNull(failures.get(0));
    return failures.get(0);
  }

  IngestDocument onlyDocument() {
    assertEquals("handler called exactly once", 1, documents.size());
    assertNull(failures.get(0));
    return documents.get(0);
  }
}
