package org.sightline.query.mapping;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.plugins.FieldPredicate;
import org.elasticsearch.plugins.MapperPlugin;
import org.elasticsearch.test.ESTestCase;
import org.junit.function.ThrowingRunnable;
import org.sightline.query.testing.Hidden;
import org.sightline.query.testing.TestIndices;

/** Reading mappings: where fields are found, the model they name, their digests. */
public class FieldMappingsTests extends ESTestCase {

  private static final Function<String, FieldPredicate> ALL = MapperPlugin.NOOP_FIELD_FILTER;

  private static ResolvedIndices indices(String... mappings) {
    return TestIndices.local(mappings);
  }

  private static Map<String, Map<String, Object>> definitions(String field, String... mappings) {
    return FieldMappings.of(indices(mappings), ALL).definitionsOf(field);
  }

  private static void assertRefused(String message, ThrowingRunnable call) {
    assertEquals(message, expectThrows(IllegalArgumentException.class, call).getMessage());
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
    assertEquals(Map.of(), FieldMappings.of(null, ALL).definitionsOf("a"));
  }

  private static Optional<String> nestedPath(String field, String... mappings) {
    return FieldMappings.of(indices(mappings), ALL).nestedPathOf(field);
  }

  private static String nested(String name, String properties) {
    return "'" + name + "':{'type':'nested','properties':{" + properties + "}}";
  }

  private static String object(String name, String properties) {
    return "'" + name + "':{'properties':{" + properties + "}}";
  }

  public void testNestedPath() {
    String v = vector("");
    assertEquals(Optional.of("a"), nestedPath("a.v", nested("a", v)));
    assertEquals(Optional.of("a.b"), nestedPath("a.b.v", object("a", nested("b", v))));
    assertEquals(Optional.of("a.b"), nestedPath("a.b.v", nested("a.b", v)));
    assertEquals(
        "objects inside are part of it",
        Optional.of("a"),
        nestedPath("a.b.v", nested("a", object("b", v))));
    assertEquals("innermost", Optional.of("a.b"), nestedPath("a.b.v", nested("a", nested("b", v))));
    assertEquals(
        Optional.of("a"),
        nestedPath("a.short", nested("a", v + ",'short':{'type':'alias','path':'a.v'}")));
    assertEquals(
        "the others have nothing to find", Optional.of("a"), nestedPath("a.v", "", nested("a", v)));
    assertEquals(Optional.empty(), nestedPath("a.v", object("a", v)));
    assertEquals(Optional.empty(), nestedPath("v", v, nested("a", v)));
    assertEquals(Optional.empty(), nestedPath("missing", nested("a", v)));
    assertEquals(Optional.empty(), FieldMappings.of(null, ALL).nestedPathOf("a.v"));
  }

  public void testNestedPathsThatDiffer() {
    assertRefused(
        "[a.v] must be in the same nested object in all indices of a search,"
            + " by index it is in {i0=a, i1=not nested}",
        () -> nestedPath("a.v", nested("a", vector("")), object("a", vector(""))));
  }

  private static String vector(String meta) {
    return "'v':{'type':'dense_vector','dims':8" + meta + "}";
  }

  private static String require(String... mappings) {
    return FieldMappings.of(indices(mappings), ALL).requireModelOf("v");
  }

  public void testModelOfAField() {
    String clip = vector(",'meta':{'sightline.model_id':'clip','unit':'none'}");
    assertEquals("clip", require(clip));
    assertEquals("those that name none follow the others", "clip", require(clip, vector("")));
  }

  public void testNoModel() {
    assertRefused(
        "[model_id] is required: no mapping of [v] names a model as [meta][sightline.model_id]",
        () -> require(vector("")));
  }

  public void testModelsThatDiffer() {
    assertRefused(
        "[model_id] is required: the mappings of [v] name different models, by index {i0=clip,"
            + " i1=blip}",
        () ->
            require(
                vector(",'meta':{'sightline.model_id':'clip'}"),
                vector(",'meta':{'sightline.model_id':'blip'}")));
  }

  private static final String KEYWORD = "'d':{'type':'keyword'}";
  private static final String DYNAMIC =
      "'d':{'type':'text','fields':{'keyword':{'type':'keyword'}}}";

  public void testDigestField() {
    assertEquals("d", DigestField.find(indices(KEYWORD), ALL, null, "d"));
    assertEquals("d", DigestField.find(indices(KEYWORD), ALL, "d", "other"));
    assertEquals("d.keyword", DigestField.find(indices(DYNAMIC), ALL, null, "d"));
    assertEquals("d", DigestField.find(indices(KEYWORD, ""), ALL, null, "d"));
    assertEquals(
        "serves one of them",
        "d.keyword",
        DigestField.find(indices(KEYWORD, DYNAMIC), ALL, null, "d"));
    assertNull(DigestField.find(indices(""), ALL, null, "d"));
    assertNull(DigestField.find(indices(""), ALL, "d", "other"));
    assertNull(DigestField.find(null, ALL, null, "d"));
    assertNull(
        DigestField.find(indices("'d':{'type':'keyword','doc_values':false}"), ALL, null, "d"));
  }

  public void testDigestFieldOfOtherClusters() {
    assertNull(DigestField.find(TestIndices.of(List.of("far"), KEYWORD), ALL, null, "d"));
    assertEquals("d", DigestField.find(TestIndices.of(List.of("far"), KEYWORD), ALL, "d", "other"));
  }

  public void testDigestFieldWithoutValues() {
    assertRefused(
        "[digest_field] must be a keyword field with doc values,"
            + " [d] is of type [long] in index [i0]",
        () -> DigestField.find(indices("'d':{'type':'long'}"), ALL, "d", "other"));
  }

  public void testWhatIsHiddenIsNotThere() {
    String clip = vector(",'meta':{'sightline.model_id':'clip'}");
    String alias = "'short':{'type':'alias','path':'v'}";
    ResolvedIndices indices = indices(clip + "," + alias, clip + "," + alias);
    Function<String, FieldPredicate> visible =
        index -> index.equals("i0") ? Hidden.of("v") : FieldPredicate.ACCEPT_ALL;
    FieldMappings mappings = FieldMappings.of(indices, visible);
    assertEquals(List.of("i1"), List.copyOf(mappings.definitionsOf("v").keySet()));
    assertEquals(
        "an alias shows no more than what it stands for",
        List.of("i1"),
        List.copyOf(mappings.definitionsOf("short").keySet()));
    assertEquals(Set.of("i0", "i1"), mappings.indicesWithAlias("short"));
    assertEquals(Set.of(), mappings.indicesWithAlias("v"));
    assertRefused(
        "[model_id] is required: no mapping of [v] names a model as [meta][sightline.model_id]",
        () -> FieldMappings.of(indices(clip), i -> Hidden.of("v")).requireModelOf("v"));
    assertEquals(
        Optional.empty(),
        FieldMappings.of(indices(nested("a", vector(""))), i -> Hidden.of("a.v"))
            .nestedPathOf("a.v"));
  }

  public void testHiddenDigestFieldIsNotThere() {
    Function<String, FieldPredicate> visible = index -> Hidden.of("d");
    assertNull(DigestField.find(indices(KEYWORD), visible, null, "d"));
    assertNull(DigestField.find(indices(KEYWORD), visible, "d", "other"));
    assertNull(
        "its type is not told",
        DigestField.find(indices("'d':{'type':'long'}"), visible, "d", "x"));
  }
}
