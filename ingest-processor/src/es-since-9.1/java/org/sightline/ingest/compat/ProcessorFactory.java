package org.sightline.ingest.compat;

import java.util.Map;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.ingest.Processor;

/** Creates processors, whatever project their pipeline belongs to. */
@FunctionalInterface
public interface ProcessorFactory extends Processor.Factory {

  /** Creates one; takes what it reads out of the configuration. */
  Processor create(
      Map<String, Processor.Factory> factories,
      String tag,
      String description,
      Map<String, Object> config)
      throws Exception;

  @Override
  default Processor create(
      Map<String, Processor.Factory> factories,
      String tag,
      String description,
      Map<String, Object> config,
      ProjectId projectId)
      throws Exception {
    return create(factories, tag, description, config);
  }
}
