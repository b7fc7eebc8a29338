package org.sightline.query.mapping;

import java.util.Map;
import java.util.Set;
import org.elasticsearch.plugins.MapperPlugin;
import org.elasticsearch.test.ESTestCase;
import org.sightline.query.testing.TestIndices;

/** Where in {@code _source} the values of a field are. */
public class SourceFieldTests extends ESTestCase {
  private static SourceField field(String path, String... mappings) {
    return SourceField.of(
        new MappingCache().fieldsOf(TestIndices.local(mappings), MapperPlugin.NOOP_FIELD_FILTER),
        path);
  }

  private static void assertPath(String expected, String path, String mapping) {
    SourceField field = field(path, mapping);
    assertEquals(expected, field.path("i0"));
    assertFalse(field.isMissingIn("i0"));
    assertEquals("of another cluster", path, field.path(null));
  }

  public void testPaths() {
    assertPath("a.b", "a.b", "'a':{'properties':{'b':{'type':'binary'}}}");
    assertPath("a.b", "a.b", "'a':{'type':'nested','properties':{'b':{'type':'binary'}}}");
    assertPath("a.b", "a.b", "'a':{'type':'passthrough','properties':{'b':{'type':'keyword'}}}");
    assertPath("a", "a.raw", "'a':{'type':'text','fields':{'raw':{'type':'keyword'}}}");
    assertPath("a.b", "short", "'short':{'type':'alias','path':'a.b'},'a.b':{'type':'binary'}");
    assertPath(
        "a",
        "short",
        "'short':{'type':'alias','path':'a.raw'},"
            + "'a':{'type':'text','fields':{'raw':{'type':'keyword'}}}");
    assertPath("not.mapped", "not.mapped", "'a':{'type':'flattened'}");
  }

  public void testEachIndexHasItsOwn() {
    SourceField field =
        field(
            "photo",
            "'photo':{'type':'alias','path':'picture'},'picture':{'type':'binary'}",
            "'photo':{'type':'binary'}",
            "'photo':{'type':'binary'}},'_source':{'excludes':['photo']},'_meta':{");
    assertEquals("picture", field.path("i0"));
    assertEquals("photo", field.path("i1"));
    assertEquals(Set.of("photo", "picture"), field.paths());
    assertTrue(field.isMissingIn("i2"));
    assertFalse(field.isMissingIn("i1"));
    assertFalse(field.isMissingIn(null));
  }

  public void testWhatSourceKeeps() {
    Map<String, Boolean> kept =
        Map.of(
            "'enabled':false", false,
            "'enabled':true", true,
            "'excludes':['media.*']", false,
            "'excludes':'media.photo'", false,
            "'excludes':['media.photos','photo']", true,
            "'includes':['title']", false,
            "'includes':['media']", true,
            "'includes':['media.*'],'excludes':['*.photo']", false);
    kept.forEach(
        (source, isKept) ->
            assertEquals(
                source,
                isKept == false,
                field(
                        "media.photo",
                        "'media':{'properties':{'photo':{'type':'binary'}}}},'_source':{"
                            + source
                            + "},'_meta':{")
                    .isMissingIn("i0")));
  }
}
