package org.sightline.plugin.store;

import static org.hamcrest.Matchers.startsWith;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentType;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.sightline.plugin.store.StoreCatalog.Trial;
import org.sightline.plugin.store.StoredModel.Part;

public class StoreCatalogTests extends ESTestCase {

  private static StoreCatalog copy(StoreCatalog catalog) throws IOException {
    XContentBuilder builder = JsonXContent.contentBuilder();
    catalog.write(builder);
    return StoreCatalog.read(
        XContentHelper.convertToMap(BytesReference.bytes(builder), false, XContentType.JSON).v2());
  }

  private static Set<String> parts(StoredModel... models) {
    Set<String> ids = new HashSet<>();
    for (StoredModel model : models) {
      ids.addAll(model.parts().stream().map(Part::id).collect(Collectors.toSet()));
    }
    return ids;
  }

  public void testAPushFromBeginningToEnd() throws IOException {
    StoredModel model = Bundles.cut(Bundles.model(16), 1000);
    StoreCatalog begun = StoreCatalog.EMPTY.begun(model, 100, 0);
    assertTrue(begun.models().isEmpty());
    assertEquals(parts(model), begun.parts());
    StoreCatalog done = begun.committed(model);
    assertEquals(Set.of("tiny-clip"), done.models().keySet());
    assertTrue(done.pending().isEmpty());
    assertEquals(parts(model), done.parts());
    assertEquals(Trial.OPEN, done.trial(model));
    StoreCatalog tried = done.with(model, Trial.OPEN.by("process", "node"));
    assertEquals(new Trial(1, "process", "node", null), copy(tried).trial(model));
    assertNull("of another version", tried.trial(Bundles.model(8)));
    assertNull("loaded", tried.with(model, null).committed(model).trial(model));
    assertEquals(StoreCatalog.EMPTY, tried.removed("tiny-clip"));
    assertEquals(StoreCatalog.EMPTY, done.removed("tiny-clip"));
    assertEquals(StoreCatalog.EMPTY, begun.removed("tiny-clip"));
    for (StoreCatalog catalog : new StoreCatalog[] {StoreCatalog.EMPTY, begun, done}) {
      assertEquals(catalog, copy(catalog));
    }
  }

  public void testAVersionOnItsWayBesideTheOneInService() throws IOException {
    StoredModel one = Bundles.model(16);
    StoredModel two = Bundles.cut(Bundles.model(8), 777);
    StoreCatalog both = StoreCatalog.EMPTY.committed(one).begun(two, 5, 0);
    assertEquals(one, both.models().get("tiny-clip"));
    assertEquals(two, both.pending().get("tiny-clip").model());
    assertEquals(parts(one, two), both.parts());
    assertEquals(both, copy(both));
    assertEquals(two, both.committed(two).models().get("tiny-clip"));
  }

  public void testPushesThatNobodyEndedAreForgotten() throws IOException {
    StoredModel model = Bundles.model(16);
    StoredModel other =
        StoredModel.parse("other", Bundles.manifest().replace("\"tiny-clip\"", "\"other\""));
    StoreCatalog catalog = StoreCatalog.EMPTY.begun(model, 100, 0);
    assertEquals(Set.of("tiny-clip", "other"), catalog.begun(other, 200, 100).pending().keySet());
    assertEquals(Set.of("other"), catalog.begun(other, 200, 101).pending().keySet());
  }

  /** As a later version of the plugin, or one that bounded less, may have left it. */
  @SuppressWarnings("unchecked")
  public void testAnEntryThatCannotBeReadIsKeptAndCanBeRemoved() throws IOException {
    StoredModel model = Bundles.model(16);
    XContentBuilder builder = JsonXContent.contentBuilder();
    StoreCatalog.EMPTY.committed(model).write(builder);
    Map<String, Object> source =
        XContentHelper.convertToMap(BytesReference.bytes(builder), true, XContentType.JSON).v2();
    Map<String, Object> models =
        (Map<String, Object>) ((Map<String, Object>) source.get("catalog")).get("models");
    String huge =
        Bundles.manifest().replaceFirst("\"bytes\": *\\d+", "\"bytes\": 9000000000000000000");
    models.put("huge", Map.of("manifest", huge, "part_bytes", 4 << 20));
    models.put("later", Map.of("manifest", "{\"format_version\": 99}", "part_bytes", 1));
    String field = Bundles.manifest().replaceFirst("\\{", "{\"magic\": 1,");
    models.put("field", Map.of("manifest", field, "part_bytes", 1));
    models.put("entry", Map.of("parts", List.of()));
    StoreCatalog catalog = StoreCatalog.read(source);
    assertEquals(Set.of("tiny-clip"), catalog.models().keySet());
    assertEquals(Set.of("entry", "field", "huge", "later"), catalog.unreadable().keySet());
    assertEquals(
        "it is broken: its [files] have more than the [100000000000] bytes that the cluster stores"
            + " of a model",
        catalog.whyUnreadable("huge"));
    assertEquals(
        "it needs a later version of the plugin: [format_version] must be an integer in [1, 1],"
            + " got [99]",
        catalog.whyUnreadable("later"));
    assertThat(
        catalog.whyUnreadable("field"),
        startsWith(
            "it needs a later version of the plugin: the manifest has an unknown field [magic],"
                + " expected only ["));
    assertEquals(
        "it is broken: its entry has the fields [parts], expected [manifest] and [part_bytes]",
        catalog.whyUnreadable("entry"));
    assertEquals(parts(model), catalog.parts());
    assertEquals(catalog, copy(catalog));
    assertEquals(Set.of("entry", "field", "later"), catalog.removed("huge").unreadable().keySet());
  }
}
