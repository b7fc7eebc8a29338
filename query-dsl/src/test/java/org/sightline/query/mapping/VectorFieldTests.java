package org.sightline.query.mapping;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.elasticsearch.plugins.FieldPredicate;
import org.elasticsearch.plugins.MapperPlugin;
import org.elasticsearch.test.ESTestCase;
import org.junit.function.ThrowingRunnable;
import org.sightline.query.testing.Hidden;
import org.sightline.query.testing.TestIndices;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.ModelInfo;

/** The field that a search compares with: whether it is one, of which model, with what range. */
public class VectorFieldTests extends ESTestCase {
  private static final ModelCatalog MODELS =
      new ModelCatalog() {
        @Override
        public SortedSet<String> ids() {
          return new TreeSet<>(Set.of("blip", "clip"));
        }

        @Override
        public Optional<ModelInfo> find(String id) {
          return ids().contains(id)
              ? Optional.of(
                  new ModelInfo(id, "ab12".repeat(16), "", "", "", 8, 1, "cosine", 1, 0, Set.of()))
              : Optional.empty();
        }
      };

  private static VectorField field(String path, String... mappings) {
    return VectorField.of(
        new MappingCache().fieldsOf(TestIndices.local(mappings), MapperPlugin.NOOP_FIELD_FILTER),
        path);
  }

  private static void assertRefused(String message, ThrowingRunnable call) {
    assertEquals(message, expectThrows(IllegalArgumentException.class, call).getMessage());
  }

  private static String vector(String more) {
    return "'v':{'type':'dense_vector','dims':8" + more + "}";
  }

  private static String nested(String name, String properties) {
    return "'" + name + "':{'type':'nested','properties':{" + properties + "}}";
  }

  private static String object(String name, String properties) {
    return "'" + name + "':{'properties':{" + properties + "}}";
  }

  public void testFieldsThatDoNotExist() {
    String mapping =
        "'photo':{'type':'binary'},'photo_vector':{'type':'dense_vector','dims':8},"
            + "'title_vector':{'type':'dense_vector','dims':8}";
    assertRefused(
        "[field] [photo_vectr] does not exist in [i0], did you mean [photo_vector]?",
        () -> field("photo_vectr", mapping));
    assertRefused(
        "[field] [title] does not exist in [i0], did you mean [title_vector]?",
        () -> field("title", mapping));
    assertRefused(
        "[field] [embedding] does not exist in [i0, i1], the dense_vector fields there are"
            + " [photo_vector, title_vector]",
        () -> field("embedding", mapping, "'photo':{'type':'long'}"));
    assertRefused(
        "[field] [v] does not exist in [i0], there is no dense_vector field",
        () -> field("v", "'photo':{'type':'binary'}"));
    field("photo_vector", "'a':{'type':'long'}", mapping);
    field("v", "");
  }

  public void testFieldsThatAreNoVectors() {
    assertRefused(
        "[field] must be a dense_vector field, [title] is of type [text] in index [i1], did you"
            + " mean [title_vector]?",
        () ->
            field(
                "title",
                "'title_vector':{'type':'dense_vector','dims':8}",
                "'title':{'type':'text'},'tiled':{'type':'text'}"));
    assertRefused(
        "[field] must be a dense_vector field, [a] is of type [nested] in index [i0], did you mean"
            + " [a.v]?",
        () -> field("a", nested("a", vector(""))));
    assertRefused(
        "[field] must be a dense_vector field, [a] is of type [object] in index [i0], there is no"
            + " dense_vector field",
        () -> field("a", "'a':{'enabled':false}"));
  }

  private static Optional<String> nestedPath(String path, String... mappings) {
    return field(path, mappings).nestedPath();
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
  }

  public void testNestedPathsThatDiffer() {
    assertRefused(
        "[a.v] must be in the same nested object in all indices of a search,"
            + " by index it is in {i0=a, i1=not nested}",
        () -> nestedPath("a.v", nested("a", vector("")), object("a", vector(""))));
  }

  private static String model(String id) {
    return vector(",'meta':{'sightline.model_id':'" + id + "','unit':'none'}");
  }

  private static String require(String named, String... mappings) {
    return field("v", mappings).requireModel(named, MODELS);
  }

  public void testModelOfAField() {
    assertEquals("clip", require(null, model("clip")));
    assertEquals(
        "those that name none follow the others", "clip", require(null, model("clip"), vector("")));
    assertEquals("clip", require("clip", model("clip"), vector("")));
    assertEquals("blip", require("blip", vector("")));
    assertEquals("inference says that there is none", "none", require("none", model("clip")));
  }

  public void testNoModel() {
    String message =
        "[model_id] is required: no mapping of [v] names a model as [meta][sightline.model_id]";
    assertRefused(message, () -> require(null, vector("")));
    assertRefused(
        message + ", the keys of its [meta] are [sightline.model, unit]",
        () ->
            require(
                null,
                vector(",'meta':{'sightline.model':'clip'}"),
                vector(",'meta':{'unit':'none'}")));
    assertRefused(
        message,
        () ->
            VectorField.of(
                    new MappingCache()
                        .fieldsOf(
                            TestIndices.local(model("clip"), vector("")),
                            index ->
                                index.equals("i0") ? Hidden.of("v") : FieldPredicate.ACCEPT_ALL),
                    "v")
                .requireModel(null, MODELS));
  }

  public void testModelsThatDiffer() {
    assertRefused(
        "[field] [v] has vectors of different models, by index {i0=clip, i1=blip}: search indices"
            + " of one model",
        () -> require(null, model("clip"), model("blip")));
    assertRefused(
        "[model_id] is [blip], but the vectors of [v] in index [i1] are of model [clip] by its"
            + " [meta][sightline.model_id]: leave [model_id] out, or search a field of model"
            + " [blip]",
        () -> require("blip", model("blip"), model("clip")));
  }

  public void testVersionsThatDiffer() {
    String meta = ",'meta':{'sightline.model_id':'clip','sightline.version':'%s'}";
    for (String same : new String[] {"ab12".repeat(16), "ab12".repeat(4), "ab12".repeat(3)}) {
      assertEquals("clip", require(null, vector(String.format(Locale.ROOT, meta, same))));
    }
    String other = vector(String.format(Locale.ROOT, meta, "cd34cd34cd34cd34"));
    for (String named : new String[] {null, "clip"}) {
      assertRefused(
          "the vectors of [v] in index [i1] are of version [cd34cd34cd34cd34] of model [clip] by"
              + " its [meta][sightline.version], a search would encode with version"
              + " [ab12ab12ab12ab12]: embed the index again with that version, or put version"
              + " [cd34cd34cd34cd34] back",
          () -> require(named, model("clip"), other));
    }
  }

  private static void range(float similarity, String options) {
    field("v", vector(options)).requireInRange(similarity);
  }

  public void testSimilarityHasTheRangeOfTheField() {
    for (float similarity : new float[] {-1, 0, 0.5f, 1}) {
      range(similarity, "");
      range(similarity, ",'similarity':'dot_product'");
      range(similarity, ",'similarity':'max_inner_product'");
    }
    range(100, ",'similarity':'l2_norm'");
    range(8, ",'element_type':'bit'");
    range(-1000, ",'similarity':'max_inner_product'");
    range(1000, ",'element_type':'byte','similarity':'dot_product'");
    assertRefused(
        "[similarity] must be in [-1, 1] where vectors are compared by [cosine], as [v] in index"
            + " [i0], got [1.5]",
        () -> range(1.5f, ""));
    assertRefused(
        "[similarity] must be in [-1, 1] where vectors are compared by [dot_product], as [v] in"
            + " index [i0], got [-2.0]",
        () -> range(-2, ",'similarity':'dot_product'"));
    assertRefused(
        "[similarity] must be in [-1, 1] where vectors are compared by [cosine], as [v] in index"
            + " [i0], got [80.0]",
        () -> range(80, ",'element_type':'byte'"));
    for (String distance : new String[] {"'similarity':'l2_norm'", "'element_type':'bit'"}) {
      assertRefused(
          "[similarity] must be at least 0, the largest distance, where vectors are compared by"
              + " [l2_norm], as [v] in index [i0], got [-0.5]",
          () -> range(-0.5f, "," + distance));
    }
  }
}
