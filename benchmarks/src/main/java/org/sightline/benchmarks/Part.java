package org.sightline.benchmarks;

/** Measures rows that have a goal. */
interface Part extends MeasuringPart<Row, Report> {}
