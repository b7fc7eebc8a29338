/**
 * The program behind {@code ./demo}: a gallery of pictures, indexed and searched over HTTP as a
 * user would, with first stage and reranked hits side by side and their recall measured.
 */
package org.sightline.demo;
