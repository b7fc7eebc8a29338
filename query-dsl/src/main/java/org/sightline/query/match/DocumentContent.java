package org.sightline.query.match;

import java.util.List;
import org.elasticsearch.common.xcontent.support.XContentMapValues;
import org.elasticsearch.search.SearchHit;
import org.sightline.runtime.inference.EncodedImages;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;

/**
 * Reads what is scored from a document's {@code _source}.
 *
 * @param field path of the image or text
 * @param image whether it is an image
 * @param maxImageBytes largest encoded image that is accepted
 */
record DocumentContent(String field, boolean image, long maxImageBytes) {

  /** How messages call the content of a document: {@code document [1]: [photo]}. */
  String name(SearchHit hit) {
    return "document [" + hit.getId() + "]: [" + field + "]";
  }

  /**
   * @return the input, or null when the document has no such field or an empty one
   * @throws InferenceException of kind {@code INVALID_INPUT}, naming the document
   */
  InferenceInput read(SearchHit hit) {
    if (hit.hasSource() == false) {
      return null;
    }
    Object value = XContentMapValues.extractValue(field, hit.getSourceAsMap());
    if (value instanceof List<?> values && values.size() == 1) {
      value = values.get(0);
    }
    if (value == null || value instanceof List<?> values && values.isEmpty()) {
      return null;
    }
    if (value instanceof String text) {
      if (text.isBlank()) {
        return null;
      }
      return image ? decode(hit, text) : new InferenceInput.Text(text);
    }
    String got =
        value instanceof List<?> values
            ? values.size() + " values"
            : value.getClass().getSimpleName();
    throw InferenceException.invalid(
        name(hit) + " must be one " + (image ? "base64 image" : "text") + ", got [" + got + "]");
  }

  private InferenceInput decode(SearchHit hit, String text) {
    try {
      return InferenceInput.Image.of(EncodedImages.fromText(field, text, maxImageBytes));
    } catch (InferenceException e) {
      throw InferenceException.invalid("document [" + hit.getId() + "]: " + e.getMessage());
    }
  }
}
