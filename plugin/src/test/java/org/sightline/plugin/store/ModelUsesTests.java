package org.sightline.plugin.store;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.elasticsearch.cluster.ClusterName;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.ComponentTemplate;
import org.elasticsearch.cluster.metadata.ComposableIndexTemplate;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.cluster.metadata.Template;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.compress.CompressedXContent;
import org.elasticsearch.index.IndexVersion;
import org.elasticsearch.ingest.IngestMetadata;
import org.elasticsearch.ingest.PipelineConfiguration;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.xcontent.XContentType;
import org.sightline.plugin.store.ModelUses.Field;
import org.sightline.plugin.store.ModelUses.Users;
import org.sightline.runtime.inference.ModelInfo;

public class ModelUsesTests extends ESTestCase {
  private static final String ONE = "1".repeat(64);
  private static final String TWO = "2".repeat(64);

  private ProjectMetadata.Builder project = ProjectMetadata.builder(ProjectId.DEFAULT);
  private ClusterState state = ClusterState.EMPTY_STATE;
  private final ModelUses uses = new ModelUses(() -> state);
  private long version;

  private static String vector(String modelId, String version) {
    String named = version == null ? "" : ",'sightline.version':'" + version + "'";
    return "{'type':'dense_vector','meta':{'sightline.model_id':'" + modelId + "'" + named + "}}";
  }

  private static String mapping(String properties) {
    return "{'_doc':{'properties':{" + properties + "}}}";
  }

  private void index(String name, String mapping) {
    project.put(
        IndexMetadata.builder(name)
            .settings(indexSettings(IndexVersion.current(), 1, 0))
            .putMapping(mapping.replace('\'', '"')));
  }

  private void pipelines(String... idsAndProcessors) {
    Map<String, PipelineConfiguration> all = new HashMap<>();
    for (int i = 0; i < idsAndProcessors.length; i += 2) {
      String config = "{'processors':[" + idsAndProcessors[i + 1] + "]}";
      all.put(
          idsAndProcessors[i],
          new PipelineConfiguration(
              idsAndProcessors[i], new BytesArray(config.replace('\'', '"')), XContentType.JSON));
    }
    project.putCustom(IngestMetadata.TYPE, new IngestMetadata(all));
  }

  private void publish() {
    ProjectMetadata built = project.build();
    state =
        ClusterState.builder(ClusterName.DEFAULT)
            .metadata(Metadata.builder().version(++version).put(built))
            .build();
    project = ProjectMetadata.builder(built);
  }

  private static ModelInfo model(String id, String version) {
    return new ModelInfo(id, version, "f", "d", "l", 4, 1, "cosine", 1, 0, Set.of());
  }

  private static Users users(List<String> indices, List<String> pipelines, List<String> templates) {
    return new Users(new TreeSet<>(indices), new TreeSet<>(pipelines), new TreeSet<>(templates));
  }

  public void testFieldsAreFoundWhereverTheyStand() {
    index("plain", mapping("'title':{'type':'text','meta':{'unit':'x'}}"));
    index("photos", mapping("'v':" + vector("clip", "1111111111111111")));
    index(
        "nested",
        mapping(
            "'photos':{'type':'nested','properties':{'v':"
                + vector("clip", null)
                + "}},'title':{'type':'text','fields':{'v':"
                + vector("blip", null)
                + "}}"));
    publish();
    assertEquals(
        List.of(
            new Field("nested", "photos.v", "clip", null),
            new Field("nested", "title.v", "blip", null),
            new Field("photos", "v", "clip", "1111111111111111")),
        uses.fields());
    assertEquals(Set.of("blip", "clip"), uses.models());
    assertEquals(users(List.of("nested", "photos"), List.of(), List.of()), uses.of("clip"));
    assertTrue(uses.of("siglip").isEmpty());
  }

  public void testProcessorsAreFoundWhereverTheyStand() {
    pipelines(
        "plain",
        "{'image_text_embedding':{'model_id':'clip'}}",
        "other",
        "{'set':{'field':'model_id','value':'clip'}},{'inference':{'model_id':'clip'}}",
        "deep",
        "{'foreach':{'field':'x','processor':{'image_classification':{'model_id':'clip'}}}}",
        "failing",
        "{'fail':{'message':'m','on_failure':[{'image_caption':{'model_id':'cap',"
            + "'match_model_id':'clip'}}]}}");
    publish();
    assertEquals(users(List.of(), List.of("deep", "failing", "plain"), List.of()), uses.of("clip"));
    assertEquals(users(List.of(), List.of("failing"), List.of()), uses.of("cap"));
    assertEquals(Set.of("cap", "clip"), uses.models());
  }

  public void testTemplatesAreUsersAndNotIndices() throws Exception {
    CompressedXContent typed =
        new CompressedXContent(mapping("'v':" + vector("clip", null)).replace('\'', '"'));
    CompressedXContent bare =
        new CompressedXContent(
            ("{'properties':{'v':" + vector("clip", null) + "}}").replace('\'', '"'));
    project.put("component", new ComponentTemplate(new Template(null, typed, null), 1L, null));
    project.put(
        "template",
        ComposableIndexTemplate.builder()
            .indexPatterns(List.of("photos-*"))
            .template(new Template(null, bare, null))
            .build());
    publish();
    assertEquals(users(List.of(), List.of(), List.of("component", "template")), uses.of("clip"));
    assertEquals(List.of(), uses.fields());
    assertEquals(Set.of(), uses.models());
  }

  public void testWhoIsTouchedByAVersion() {
    index("named", mapping("'v':" + vector("clip", ONE.substring(0, 16))));
    index("unnamed", mapping("'v':" + vector("clip", null)));
    pipelines("p", "{'image_text_embedding':{'model_id':'clip'}}");
    publish();
    Users all = users(List.of("named", "unnamed"), List.of("p"), List.of());
    assertEquals(all, uses.touchedBy(model("clip", TWO), true));
    // nothing was in service: nobody but the mapping says what the vectors were made with
    assertEquals(
        users(List.of("named"), List.of(), List.of()), uses.touchedBy(model("clip", TWO), false));
    assertTrue(uses.touchedBy(model("clip", ONE), false).isEmpty());
    // the version that the mapping names comes back
    assertEquals(
        users(List.of("unnamed"), List.of("p"), List.of()),
        uses.touchedBy(model("clip", ONE), true));
    assertTrue(uses.touchedBy(model("blip", TWO), true).isEmpty());
  }

  public void testAChangeIsSeen() {
    index("one", mapping("'v':" + vector("clip", null)));
    publish();
    assertEquals(users(List.of("one"), List.of(), List.of()), uses.of("clip"));
    index("two", mapping("'v':" + vector("clip", null)));
    assertEquals("not before it is published", 1, uses.fields().size());
    publish();
    assertEquals(users(List.of("one", "two"), List.of(), List.of()), uses.of("clip"));
  }

  public void testMessagesNameTenOfEach() {
    TreeSet<String> many = new TreeSet<>();
    for (int i = 10; i < 30; i++) {
      many.add("i" + i);
    }
    assertEquals(
        "indices [i10, i11, i12, i13, i14, i15, i16, i17, i18, i19] and 10 more and pipelines [p]",
        new Users(many, new TreeSet<>(Set.of("p")), new TreeSet<>()).toString());
    assertEquals("index templates [t]", users(List.of(), List.of(), List.of("t")).toString());
  }
}
