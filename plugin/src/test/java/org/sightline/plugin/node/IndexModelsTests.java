package org.sightline.plugin.node;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.elasticsearch.cluster.metadata.AliasMetadata;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.core.Strings;
import org.elasticsearch.index.IndexVersion;
import org.elasticsearch.test.ESTestCase;
import org.sightline.ingest.MappedModel;
import org.sightline.plugin.compat.Project;
import org.sightline.query.mapping.MappingCache;

public class IndexModelsTests extends ESTestCase {
  private static final String MAPPING =
      """
      { "properties": {
          "title": { "type": "text" },
          "photo_vector": { "type": "dense_vector", "meta": { "sightline.model_id": "%s" } },
          "photo_vectors": { "type": "nested", "properties": {
              "offset": { "type": "integer", "meta": { "unit": "1" } },
              "vector": { "type": "dense_vector", "meta": {
                  "sightline.model_id": "siglip", "sightline.version": "0123456789ab" } } } },
          "with.dot": { "properties": {
              "v.w": { "type": "dense_vector", "meta": { "sightline.model_id": "dots" } } } } } }""";

  private static Project indices(String model) {
    IndexMetadata.Builder photos = index("photos-1").putMapping(Strings.format(MAPPING, model));
    photos.putAlias(AliasMetadata.builder("photos").writeIndex(true));
    photos.putAlias(AliasMetadata.builder("both"));
    IndexMetadata.Builder empty = index("photos-0");
    empty.putAlias(AliasMetadata.builder("photos").writeIndex(false));
    empty.putAlias(AliasMetadata.builder("both"));
    return new Project(ProjectMetadata.builder(ProjectId.DEFAULT).put(photos).put(empty).build());
  }

  private static IndexMetadata.Builder index(String name) {
    return IndexMetadata.builder(name).settings(indexSettings(IndexVersion.current(), 1, 0));
  }

  public void testModelsOfFields() {
    AtomicReference<Project> now = new AtomicReference<>(indices("clip"));
    IndexModels models = new IndexModels(now::get, new MappingCache());
    Optional<MappedModel> clip = Optional.of(new MappedModel("clip", null));
    for (int i = 0; i < 2; i++) { // the second time from memory
      assertEquals(clip, models.find("photos-1", "photo_vector"));
      assertEquals(clip, models.find("photos", "photo_vector"));
      assertEquals(
          Optional.of(new MappedModel("siglip", "0123456789ab")),
          models.find("photos", "photo_vectors.vector"));
      assertEquals(
          Optional.of(new MappedModel("dots", null)), models.find("photos", "with.dot.v.w"));
      for (String field :
          new String[] {
            "title", "photo_vectors", "photo_vectors.offset", "photo_vector.vector", "none", "with"
          }) {
        assertEquals(field, Optional.empty(), models.find("photos", field));
      }
    }
    now.set(indices("blip"));
    assertEquals(Optional.of(new MappedModel("blip", null)), models.find("photos", "photo_vector"));
  }

  public void testWithoutAnIndexOrMappingNothingIsSaid() {
    Project now = indices("clip");
    IndexModels models = new IndexModels(() -> now, new MappingCache());
    assertEquals(Optional.empty(), models.find("photos-0", "photo_vector"));
    assertEquals("no such index yet", Optional.empty(), models.find("none", "photo_vector"));
    assertEquals("8.19 does not always tell", Optional.empty(), models.find(null, "photo_vector"));
    assertEquals("which is written?", Optional.empty(), models.find("both", "photo_vector"));
  }
}
