package org.sightline.runtime.zeroshot;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.sightline.runtime.inference.InferenceInput;

/**
 * Labels and the sentences they are put into. Every label is embedded in every template, and the
 * embeddings are averaged (prompt ensembling; Radford et al., arXiv 2103.00020, section 3.1.4).
 *
 * @param labels 1 to {@value #MAX_LABELS}, distinct, none blank
 * @param templates 1 to {@value #MAX_TEMPLATES}, each with one {@code {}} where the label goes
 */
public record LabelSet(List<String> labels, List<String> templates) {
  public static final int MAX_LABELS = 1000;
  public static final int MAX_TEMPLATES = 100;

  /** What CLIP's authors use for photographs when there is nothing better to say. */
  public static final List<String> DEFAULT_TEMPLATES = List.of("a photo of a {}.");

  private static final String PLACE = "{}";

  /**
   * @throws IllegalArgumentException naming {@code labels} or {@code templates}
   */
  public LabelSet {
    labels = List.copyOf(labels);
    templates = List.copyOf(templates);
    requireCount("labels", labels.size(), MAX_LABELS);
    requireCount("templates", templates.size(), MAX_TEMPLATES);
    Set<String> seen = new HashSet<>();
    for (String label : labels) {
      if (InferenceInput.Text.isBlank(label)) {
        throw new IllegalArgumentException(
            "[labels] must not hold blank labels, got [" + label + "]");
      }
      if (!seen.add(label)) {
        throw new IllegalArgumentException("[labels] must be distinct, got [" + label + "] twice");
      }
    }
    for (String template : templates) {
      int place = template.indexOf(PLACE);
      if (place < 0 || template.indexOf(PLACE, place + 1) >= 0) {
        throw new IllegalArgumentException(
            "[templates] must have one " + PLACE + " each, got [" + template + "]");
      }
    }
  }

  private static void requireCount(String field, int count, int max) {
    if (count < 1 || count > max) {
      throw new IllegalArgumentException(
          "[" + field + "] must have 1 to " + max + " entries, got [" + count + "]");
    }
  }

  /** The texts to embed: all templates of the first label, then those of the second, and so on. */
  List<String> texts() {
    List<String> texts = new ArrayList<>(labels.size() * templates.size());
    for (String label : labels) {
      for (String template : templates) {
        texts.add(template.replace(PLACE, label));
      }
    }
    return texts;
  }
}
