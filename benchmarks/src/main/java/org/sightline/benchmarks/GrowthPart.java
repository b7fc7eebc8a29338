package org.sightline.benchmarks;

/** Measures things that grow. */
interface GrowthPart extends MeasuringPart<Growth, GrowthReport> {}
