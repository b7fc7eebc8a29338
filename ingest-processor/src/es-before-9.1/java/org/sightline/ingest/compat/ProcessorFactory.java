package org.sightline.ingest.compat;

import org.elasticsearch.ingest.Processor;

/** Creates processors; there are no projects before 9.1. */
@FunctionalInterface
public interface ProcessorFactory extends Processor.Factory {}
