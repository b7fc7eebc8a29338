/**
 * Load on a cluster: an index of pictures, bulk requests, clients that work until they are stopped,
 * and waiting for conditions. Everything happens over HTTP.
 */
package org.sightline.testsupport.load;
