package org.sightline.benchmarks;

/**
 * One line of the table.
 *
 * @param id by which it is asked for
 * @param what is measured
 * @param rival that it is compared with
 * @param goal for the median
 */
record Row(String id, String what, String rival, Goal goal) implements Measured {}
