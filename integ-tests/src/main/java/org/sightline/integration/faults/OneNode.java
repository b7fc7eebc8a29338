package org.sightline.integration.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.load.PhotoIndex;

/**
 * A node that is slow for its load: one thread for each session, batches of eight, queues of 256
 * inputs. Its heap is taken from the system at the start, so that it does not grow.
 */
public final class OneNode implements AutoCloseable {
  private final ElasticsearchCluster cluster;
  private final HttpJson client;
  private final Gallery pictures;

  /** Starts the node. */
  public OneNode(Distribution distribution, Gallery gallery, Scale scale) {
    pictures = gallery;
    List<String> options = new ArrayList<>(scale.compiler());
    options.addAll(List.of("-Xms512m", "-Xmx512m", "-XX:+AlwaysPreTouch"));
    NodeSpec spec =
        new NodeSpec("one-node", 0, Map.of(), options)
            .with("sightline.inference.threads", "1")
            .with("sightline.inference.max_batch", "8")
            .with("sightline.inference.queue_size", "256");
    cluster = ElasticsearchCluster.of(distribution, "one-node", spec).start();
    client = new HttpJson(cluster.http());
  }

  ElasticsearchNode node() {
    return cluster.node(0);
  }

  HttpJson client() {
    return client;
  }

  NodeCounters counters() {
    return new NodeCounters(client);
  }

  Gallery pictures() {
    return pictures;
  }

  /** An empty index of pictures that no cache knows. */
  PhotoIndex index(String name, String model) {
    return new PhotoIndex(client, name, model, number -> pictures.get(number).unique(number))
        .createWithoutTitles(1, 0, false);
  }

  @Override
  public void close() {
    client.close();
    cluster.close();
  }
}
