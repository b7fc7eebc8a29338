package org.sightline.query.match;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.xcontent.support.XContentMapValues;
import org.elasticsearch.core.Strings;
import org.elasticsearch.search.SearchHit;
import org.sightline.query.mapping.SourceField;
import org.sightline.runtime.encoded.EncodedImages;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;

/**
 * Reads what is scored from a document's {@code _source}.
 *
 * @param field where the images or texts are: one, a list, or one in each object of an array
 * @param image whether they are images
 * @param maxImageBytes largest encoded image that is accepted
 */
record DocumentContent(SourceField field, boolean image, long maxImageBytes) {
  /** Most images or texts of a document. */
  static final int MAX_PARTS = 64;

  /**
   * One image or text of a document.
   *
   * @param position of the document in the window
   * @param document how messages call it
   * @param name how messages call the image or text in it
   * @param text as it stands there, not blank
   */
  record Part(int position, String document, String name, String text) {}

  /** A text of a document that is an image is no reason to search for it. */
  static IllegalArgumentException pictureWithPictures(String field) {
    return new IllegalArgumentException(
        Strings.format(
            "[image_text_match] matches a picture with texts, [field] [%s] holds pictures: for"
                + " pictures like a picture use the query [image_text] or [knn], with the picture as"
                + " [input]; or give a text as [input]",
            field));
  }

  /**
   * All images or texts of a document; empty when it has no such field, or nothing in it.
   *
   * @param position of the document in the window
   * @param source of the hit, which gives it once
   * @throws InferenceException of kind {@code INVALID_INPUT}, naming the document
   */
  List<Part> read(int position, SearchHit hit, Map<String, Object> source) {
    String document = "document [" + hit.getId() + "]: ";
    // null in a list is empty and has its place, so that the others keep theirs
    List<Object> values = new ArrayList<>();
    String path = field.path(hit.getClusterAlias() == null ? hit.getIndex() : null);
    addLeaves(XContentMapValues.extractValue(path, source, ""), values);
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      String name = values.size() == 1 ? field.field() : field.field() + "[" + i + "]";
      if (values.get(i) instanceof String text) {
        if (isMissing(text) == false) {
          parts.add(new Part(position, document, name, text));
        }
      } else {
        throw InferenceException.invalid(
            Strings.format(
                "%s[%s] must be a %s, got [%s]",
                document,
                name,
                image ? "base64 image" : "text",
                values.get(i).getClass().getSimpleName()));
      }
    }
    if (parts.size() > MAX_PARTS) {
      throw InferenceException.invalid(
          Strings.format(
              "%s[%s] has [%d] %s, allowed are at most [%d]",
              document, field.field(), parts.size(), image ? "images" : "texts", MAX_PARTS));
    }
    return parts;
  }

  private boolean isMissing(String text) {
    return image ? EncodedImages.isBlank(text) : InferenceInput.Text.isBlank(text);
  }

  private static void addLeaves(Object value, List<Object> leaves) {
    if (value instanceof List<?> list) {
      list.forEach(element -> addLeaves(element, leaves));
    } else if (value != null) {
      leaves.add(value);
    }
  }

  /**
   * What the runtime gets. Costs time for images, so not for transport threads.
   *
   * @throws InferenceException of kind {@code INVALID_INPUT}, naming the document
   */
  InferenceInput decode(Part part) {
    if (image == false) {
      return new InferenceInput.Text(part.text());
    }
    try {
      return InferenceInput.Image.of(
          EncodedImages.fromText(part.name(), part.text(), maxImageBytes));
    } catch (InferenceException e) {
      throw InferenceException.invalid(part.document() + e.getMessage());
    }
  }
}
