package org.sightline.runtime.zeroshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelSetTest {
  private static final List<String> PLAIN = List.of("{}");

  private static void assertRefused(List<String> labels, List<String> templates, String message) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new LabelSet(labels, templates));
    assertEquals(message, e.getMessage());
  }

  @Test
  void putsEveryLabelIntoEveryTemplate() {
    LabelSet set = new LabelSet(List.of("cat", "$1 {dog"), List.of("{}", "a {}."));
    assertEquals(List.of("cat", "a cat.", "$1 {dog", "a $1 {dog."), set.texts());
  }

  @Test
  void refusesWhatCannotBeMeant() {
    assertRefused(List.of(), PLAIN, "[labels] must have 1 to 1000 entries, got [0]");
    assertRefused(
        Collections.nCopies(1001, "a"), PLAIN, "[labels] must have 1 to 1000 entries, got [1001]");
    assertRefused(List.of("a", " "), PLAIN, "[labels] must not hold blank labels, got [ ]");
    assertRefused(List.of("?"), PLAIN, "[labels] must not hold blank labels, got [?]");
    assertRefused(List.of("a", "b", "a"), PLAIN, "[labels] must be distinct, got [a] twice");
    assertRefused(List.of("a"), List.of(), "[templates] must have 1 to 100 entries, got [0]");
    assertRefused(
        List.of("a"), List.of("a photo"), "[templates] must have one {} each, got [a photo]");
    assertRefused(
        List.of("a"), List.of("{} or {}"), "[templates] must have one {} each, got [{} or {}]");
  }
}
