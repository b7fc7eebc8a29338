package org.sightline.plugin.app;

import org.elasticsearch.action.get.GetRequest;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.search.fetch.subphase.FetchSourceContext;

/**
 * Which picture of which document is asked for, and how large.
 *
 * @param field path of the picture in {@code _source}
 * @param offset of the picture in a list, from 0
 * @param size longest side of the thumbnail, in pixels
 */
record ThumbnailRequest(
    String index, String id, String routing, String field, int offset, int size) {
  private static final int LEAST_SIZE = 16;
  private static final int LARGEST_SIZE = 512;
  private static final int DEFAULT_SIZE = 256;

  ThumbnailRequest {
    if (field == null || field.isBlank()) {
      throw new IllegalArgumentException(
          "[field] is missing: the path of the picture in the document, such as [photo]");
    }
    if (size < LEAST_SIZE || size > LARGEST_SIZE) {
      throw new IllegalArgumentException(
          "[size] must be from "
              + LEAST_SIZE
              + " to "
              + LARGEST_SIZE
              + " pixels, got ["
              + size
              + "]");
    }
    if (offset < 0) {
      throw new IllegalArgumentException("[offset] must not be negative, got [" + offset + "]");
    }
  }

  static ThumbnailRequest of(RestRequest request) {
    return new ThumbnailRequest(
        request.param("index"),
        request.param("id"),
        request.param("routing"),
        request.param("field"),
        request.paramAsInt("offset", 0),
        request.paramAsInt("size", DEFAULT_SIZE));
  }

  /** Fetches the field, with the rights of whoever sends this. */
  GetRequest toGet() {
    return new GetRequest(index, id)
        .routing(routing)
        .fetchSourceContext(FetchSourceContext.of(true, new String[] {field}, null));
  }

  /** How messages call the picture. */
  String name() {
    return "document [" + id + "] of [" + index + "]: [" + field + "]";
  }
}
