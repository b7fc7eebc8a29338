/**
 * The parts of the runtime, each measured alone with JMH: time and allocation of one operation, on
 * real inputs and through the classes that a node uses. What does not need a node does not start
 * one.
 *
 * <p>The numbers tell where time and memory go; goals are about the whole and stand in {@link
 * org.sightline.benchmarks}. No test asserts a time.
 */
package org.sightline.parts;
