package org.sightline.query.mapping;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.cluster.metadata.MappingMetadata;
import org.elasticsearch.plugins.FieldPredicate;
import org.elasticsearch.plugins.MapperPlugin;
import org.elasticsearch.test.ESTestCase;
import org.junit.function.ThrowingRunnable;
import org.sightline.query.testing.Hidden;
import org.sightline.query.testing.TestIndices;

/** Reading mappings: where fields are found or may be, what is said where not, digests. */
public class FieldMappingsTests extends ESTestCase {

  private static final Function<String, FieldPredicate> ALL = MapperPlugin.NOOP_FIELD_FILTER;

  private static ResolvedIndices indices(String... mappings) {
    return TestIndices.local(mappings);
  }

  private static FieldMappings fields(
      ResolvedIndices indices, Function<String, FieldPredicate> visible) {
    return new MappingCache().fieldsOf(indices, visible);
  }

  private static Map<String, Map<String, Object>> definitions(String field, String... mappings) {
    return fields(indices(mappings), ALL).definitionsOf(field);
  }

  private static void assertRefused(String message, ThrowingRunnable call) {
    assertRefused("refused", message, call);
  }

  private static void assertRefused(String why, String message, ThrowingRunnable call) {
    assertEquals(why, message, expectThrows(IllegalArgumentException.class, call).getMessage());
  }

  public void testFindsFieldsWhereverTheyAre() {
    Map<String, Object> keyword = Map.of("type", "keyword");
    assertEquals(
        Map.of("i0", keyword),
        definitions(
            "a.b.c", "'a':{'properties':{'b':{'properties':" + "{'c':{'type':'keyword'}}}}}"));
    assertEquals(
        Map.of("i0", keyword),
        definitions("a.b.c", "'a.b':{'properties':{'c':" + "{'type':'keyword'}}}"));
    assertEquals(Map.of("i0", keyword), definitions("a.b.c", "'a.b.c':{'type':'keyword'}"));
    assertEquals(
        Map.of("i0", keyword),
        definitions("a.k", "'a':{'type':'text','fields':{'k':{'type':'keyword'}}}"));
    assertEquals(
        Map.of("i0", keyword),
        definitions(
            "short",
            "'short':{'type':'alias','path':'a.b'},'a':{'properties':{'b':{'type':'keyword'}}}"));
    assertEquals(Map.of(), definitions("b", "'a':{'type':'keyword'}"));
    assertEquals(Map.of(), definitions("a.b", "'a':{'type':'keyword'}"));
  }

  public void testIndicesThatDoNotMapTheFieldAreLeftOut() {
    assertEquals(
        List.of("i1", "i2"),
        List.copyOf(
            definitions("a", "", "'a':{'type':'keyword'}", "'a':{'type':'text'}").keySet()));
    assertEquals(Map.of(), fields(null, ALL).definitionsOf("a"));
  }

  private static void requireSomewhere(String path, String... mappings) {
    fields(indices(mappings), ALL).requireSomewhere("field", path);
  }

  public void testFieldsThatDoNotExist() {
    String photo = "'photo':{'type':'binary'},'photo_vector':{'type':'dense_vector','dims':8}";
    requireSomewhere("photo", photo);
    requireSomewhere("photo", "'title':{'type':'text'}", photo);
    assertRefused(
        "[field] [foto] does not exist in [i0], did you mean [photo]?",
        () -> requireSomewhere("foto", photo));
    assertRefused(
        "[field] [PHOTO] does not exist in [i0, i1], did you mean [photo]?",
        () -> requireSomewhere("PHOTO", photo, "'a':{'type':'long'}"));
    assertRefused(
        "[field] [image] does not exist in [i0]",
        () -> requireSomewhere("image", "'a':{'type':'long'}"));
    assertRefused(
        "[field] [a.b] does not exist in [i0, i1, i2, i3, i4, … 2 more]",
        () ->
            requireSomewhere(
                "a.b", Collections.nCopies(7, "'x':{'type':'long'}").toArray(String[]::new)));
    assertRefused(
        "nobody types so much",
        "[field] [" + "o".repeat(300) + "] does not exist in [i0]",
        () -> requireSomewhere("o".repeat(300), "'" + "o".repeat(299) + "':{'type':'long'}"));
  }

  public void testFieldsThatMayBeThereUnmapped() {
    String other = ",'x':{'type':'long'}";
    for (String closed :
        List.of("'a':{'properties':{'b':{'type':'long'}}}", "'a':{'dynamic':'strict'}")) {
      assertRefused(
          "[field] [a.photo] does not exist in [i0]", () -> requireSomewhere("a.photo", closed));
    }
    for (String open :
        List.of(
            "'a':{'enabled':false}",
            "'a':{'dynamic':false}",
            "'a':{'dynamic':'false','properties':{'b':{'type':'long'}}}",
            "'a':{'dynamic':'runtime'}",
            "'a':{'type':'nested','dynamic':false}",
            "'a':{'type':'flattened'}")) {
      requireSomewhere("a.photo", open + other);
      requireSomewhere("a.b.c.photo", open + other);
    }
    requireSomewhere("a.b.c", "'a':{'dynamic':true,'properties':{'b':{'dynamic':false}}}");
    assertRefused(
        "the innermost decides",
        "[field] [a.b.photo] does not exist in [i0]",
        () ->
            requireSomewhere(
                "a.b.photo", "'a':{'dynamic':false,'properties':{'b':{'dynamic':true}}}"));
    requireSomewhere("photo", "},'dynamic':false,'_meta':{");
    requireSomewhere("photo", "'a':{'type':'long'}},'dynamic':false,'_meta':{");
    requireSomewhere("photo", "'a':{'type':'long'}},'enabled':false,'_meta':{");
  }

  public void testNothingIsSaidOfIndicesThatAreNotKnown() {
    fields(null, ALL).requireSomewhere("field", "photo");
    fields(TestIndices.of(List.of("far"), "'a':{'type':'long'}"), ALL)
        .requireSomewhere("field", "photo");
    requireSomewhere("photo", "");
    requireSomewhere("photo");
    assertTrue(fields(indices(), ALL).areOfNoIndex());
    assertFalse(fields(indices(""), ALL).areOfNoIndex());
    assertFalse(fields(null, ALL).areOfNoIndex());
    assertFalse(fields(TestIndices.of(List.of("far")), ALL).areOfNoIndex());
  }

  public void testHiddenFieldsAreNotSuggested() {
    FieldMappings mappings =
        fields(
            indices("'photo':{'type':'binary'},'phone':{'type':'long'}"), i -> Hidden.of("photo"));
    for (String path : List.of("photo", "phono")) {
      assertRefused(
          "[field] [" + path + "] does not exist in [i0], did you mean [phone]?",
          () -> mappings.requireSomewhere("field", path));
    }
  }

  public void testTypes() {
    String binary = "'photo':{'type':'binary'}";
    String text = "'photo':{'type':'text'}";
    assertTrue(fields(indices(binary, "", binary), ALL).isOnly("binary", "photo"));
    assertFalse(fields(indices(binary, text), ALL).isOnly("binary", "photo"));
    assertFalse(fields(indices(""), ALL).isOnly("binary", "photo"));
  }

  public void testAMappingIsParsedOnce() {
    MappingCache cache = new MappingCache();
    ResolvedIndices indices =
        indices("'a':{'type':'long'}", "'a':{'type':'long'}", "'b':{'type':'text'}");
    cache.fieldsOf(indices, ALL);
    assertEquals(2, cache.size());
    MappedFields first = cache.fields(mapping(indices, "i0"));
    assertSame(first, cache.fields(mapping(indices, "i1")));
    assertNotSame(first, cache.fields(mapping(indices, "i2")));
    assertSame(
        "of another search", first, cache.fields(mapping(indices("'a':{'type':'long'}"), "i0")));
    assertSame(MappedFields.NONE, cache.fields(null));
  }

  public void testMappingsThatAreKeptAreBounded() {
    MappingCache cache = new MappingCache(10);
    for (int i = 0; i < 20; i++) {
      String name = "f" + i;
      FieldMappings found =
          cache.fieldsOf(indices("'" + name + "':{'type':'long'},'x':{'type':'long'}"), ALL);
      assertEquals(Set.of("i0"), found.definitionsOf(name).keySet());
    }
    assertEquals("each counts two fields and itself", 3, cache.size());
  }

  private static MappingMetadata mapping(ResolvedIndices indices, String name) {
    return indices.getConcreteLocalIndicesMetadata().values().stream()
        .filter(index -> index.getIndex().getName().equals(name))
        .findFirst()
        .orElseThrow()
        .mapping();
  }

  private static final String KEYWORD = "'d':{'type':'keyword'}";
  private static final String DYNAMIC =
      "'d':{'type':'text','fields':{'keyword':{'type':'keyword'}}}";

  public void testDigestField() {
    assertEquals("d", DigestField.find(fields(indices(KEYWORD), ALL), null, "d"));
    assertEquals("d", DigestField.find(fields(indices(KEYWORD), ALL), "d", "other"));
    assertEquals("d.keyword", DigestField.find(fields(indices(DYNAMIC), ALL), null, "d"));
    assertEquals("d", DigestField.find(fields(indices(KEYWORD, ""), ALL), null, "d"));
    assertEquals(
        "serves one of them",
        "d.keyword",
        DigestField.find(fields(indices(KEYWORD, DYNAMIC), ALL), null, "d"));
    assertNull(DigestField.find(fields(indices(""), ALL), null, "d"));
    assertRefused(
        "[digest_field] [dd] does not exist in [i0], did you mean [d]?",
        () -> DigestField.find(fields(indices(KEYWORD), ALL), "dd", "other"));
    assertNull(DigestField.find(fields(null, ALL), null, "d"));
    assertNull(
        DigestField.find(
            fields(indices("'d':{'type':'keyword','doc_values':false}"), ALL), null, "d"));
  }

  public void testDigestFieldOfOtherClusters() {
    assertNull(DigestField.find(fields(TestIndices.of(List.of("far"), KEYWORD), ALL), null, "d"));
    assertEquals(
        "d", DigestField.find(fields(TestIndices.of(List.of("far"), KEYWORD), ALL), "d", "other"));
  }

  public void testDigestFieldWithoutValues() {
    assertRefused(
        "[digest_field] must be a keyword field with doc values,"
            + " [d] is of type [long] in index [i0]",
        () -> DigestField.find(fields(indices("'d':{'type':'long'}"), ALL), "d", "other"));
  }

  public void testWhatIsHiddenIsNotThere() {
    String v = "'v':{'type':'keyword'},'short':{'type':'alias','path':'v'}";
    Function<String, FieldPredicate> visible =
        index -> index.equals("i0") ? Hidden.of("v") : FieldPredicate.ACCEPT_ALL;
    FieldMappings mappings = fields(indices(v, v), visible);
    assertEquals(List.of("i1"), List.copyOf(mappings.definitionsOf("v").keySet()));
    assertEquals(
        "an alias shows no more than what it stands for",
        List.of("i1"),
        List.copyOf(mappings.definitionsOf("short").keySet()));
    assertEquals(Set.of("i0", "i1"), mappings.indicesWithAlias("short"));
    assertEquals(Set.of(), mappings.indicesWithAlias("v"));
  }

  public void testHiddenDigestFieldIsNotThere() {
    Function<String, FieldPredicate> visible = index -> Hidden.of("d");
    assertNull(DigestField.find(fields(indices(KEYWORD), visible), null, "d"));
    for (String mapping : List.of(KEYWORD, "'d':{'type':'long'}")) {
      assertRefused(
          "its type is not told",
          "[digest_field] [d] does not exist in [i0]",
          () -> DigestField.find(fields(indices(mapping), visible), "d", "other"));
    }
  }
}
