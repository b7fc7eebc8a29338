package org.sightline.ingest;

import static org.elasticsearch.ingest.IngestDocumentMatcher.assertIngestDocument;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.ingest.IngestDocument;
import org.elasticsearch.ingest.TestIngestDocument;
import org.elasticsearch.test.ESTestCase;

public class FieldWritesTests extends ESTestCase {
  private final Map<String, Object> element = new HashMap<>(Map.of("caption", "a cat"));
  private final IngestDocument document =
      TestIngestDocument.withDefaultVersion(
          new HashMap<>(
              Map.of(
                  "title",
                  "a cat",
                  "meta",
                  new HashMap<>(Map.of("made", 1)),
                  "gallery",
                  new ArrayList<>(List.of(element)))));
  private final FieldScope whole = new FieldScope.Document(document);
  private final FieldScope first = new FieldScope.Element(element);
  private final FieldWrites writes = new FieldWrites();

  private void planAll() {
    writes.set(whole, "title", "replaced");
    writes.set(whole, "meta.made", 2);
    writes.set(whole, "meta.by.whom", "us");
    writes.set(whole, "new.object.field", 3);
    writes.set(whole, "gallery.0.number", 4);
    writes.set(first, "vector", List.of(5));
    writes.set(first, "caption", "replaced");
    writes.set(first, "more.digest", "6");
    writes.remove(whole, "meta.unknown.field");
    writes.remove(first, "number");
  }

  public void testAllFieldsAreWrittenAndThenOthersRemoved() {
    planAll();
    writes.apply();
    assertEquals("replaced", document.getFieldValue("title", String.class));
    assertEquals(Map.of("made", 2, "by", Map.of("whom", "us")), document.getSource().get("meta"));
    assertEquals(Map.of("object", Map.of("field", 3)), document.getSource().get("new"));
    assertEquals(
        Map.of("caption", "replaced", "vector", List.of(5), "more", Map.of("digest", "6")),
        element);
  }

  public void testWhatCannotBeWrittenLeavesTheDocumentAsItCame() {
    FieldScope scope = randomFrom(whole, first);
    String path =
        scope == whole
            ? randomFrom("title.vector", "gallery.1", "gallery.vector", "gallery.1.vector")
            : "caption.vector";
    IngestDocument before = new IngestDocument(document);
    planAll();
    writes.set(scope, path, List.of(7));
    if (randomBoolean()) {
      writes.set(whole, "last", 8);
    }
    writes.remove(whole, "meta");
    IllegalArgumentException e = expectThrows(IllegalArgumentException.class, writes::apply);
    String start = path.startsWith("title") ? "replaced" : path;
    assertTrue(
        e.getMessage() + " about " + start,
        e.getMessage().startsWith("[" + path + "] cannot be written: "));
    assertIngestDocument(before, document);
  }

  public void testPathsOfAnElement() {
    assertNull(first.get("caption.length"));
    assertFalse(first.has("caption.length"));
    assertFalse(first.isNull("caption.length"));
    element.put("none", null);
    assertTrue(first.has("none"));
    assertTrue(first.isNull("none"));
    assertTrue("the object is gone, so are its fields", first.isNull("none.photo"));
    assertFalse(first.has("none.photo"));
    first.remove("caption.length");
    first.set("a.b", 1);
    assertTrue(first.has("a.b"));
    assertEquals(1, first.get("a.b"));
    first.remove("a.b");
    assertFalse(first.has("a.b"));
  }
}
