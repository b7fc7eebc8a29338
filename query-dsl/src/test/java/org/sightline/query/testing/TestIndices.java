package org.sightline.query.testing;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.elasticsearch.action.OriginalIndices;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.Index;
import org.elasticsearch.index.IndexVersion;

/** What a search knows of its indices on the coordinating node. */
public final class TestIndices {
  private TestIndices() {}

  /** Indices {@code i0}, {@code i1} … with these {@code properties}. */
  public static ResolvedIndices local(String... mappings) {
    return of(List.of(), mappings);
  }

  /** Indices {@code i0}, {@code i1} … with these {@code properties}, and remote clusters. */
  public static ResolvedIndices of(List<String> remotes, String... mappings) {
    Map<Index, IndexMetadata> metadata = new HashMap<>();
    for (int i = 0; i < mappings.length; i++) {
      IndexMetadata index =
          IndexMetadata.builder("i" + i)
              .settings(
                  Settings.builder()
                      .put(IndexMetadata.SETTING_VERSION_CREATED, IndexVersion.current())
                      .put(IndexMetadata.SETTING_INDEX_UUID, "uuid" + i))
              .numberOfShards(1)
              .numberOfReplicas(0)
              .putMapping(Json.of("{'_doc':{'properties':{" + mappings[i] + "}}}"))
              .build();
      metadata.put(index.getIndex(), index);
    }
    OriginalIndices all =
        new OriginalIndices(new String[] {"*"}, IndicesOptions.LENIENT_EXPAND_OPEN);
    Map<String, OriginalIndices> remote = new HashMap<>();
    remotes.forEach(name -> remote.put(name, all));
    return new ResolvedIndices(remote, all, metadata);
  }
}
