/**
 * What users give as {@code input}: parsed, written back, sent between nodes, and resolved to one
 * query vector.
 *
 * <p>Promise: parsing needs no services and bounds how many inputs there are; bytes are decoded
 * only when a query vector is asked for, and never more of them than allowed. What stands in an
 * index is read as the user who asks.
 */
package org.sightline.query.input;
