package org.sightline.demo;

import com.fasterxml.jackson.databind.JsonNode;

/** JSON the way people type it into a console: small objects stay on one line. */
final class Bodies {
  private static final int ONE_LINE = 88;
  private static final int LONGEST_VALUE = 60; // base64 pictures are cut

  private Bodies() {}

  static String pretty(JsonNode node) {
    StringBuilder text = new StringBuilder();
    append(text, node, "");
    return text.toString();
  }

  private static void append(StringBuilder text, JsonNode node, String indent) {
    String line = oneLine(node);
    if (!node.isObject() || indent.length() + line.length() <= ONE_LINE) {
      text.append(line);
      return;
    }
    text.append("{\n");
    String inner = indent + "  ";
    var fields = node.properties().iterator();
    while (fields.hasNext()) {
      var field = fields.next();
      text.append(inner).append('"').append(field.getKey()).append("\": ");
      append(text, field.getValue(), inner);
      text.append(fields.hasNext() ? ",\n" : "\n");
    }
    text.append(indent).append('}');
  }

  private static String oneLine(JsonNode node) {
    StringBuilder line = new StringBuilder();
    if (node.isObject()) {
      String separator = "{ ";
      for (var field : node.properties()) {
        line.append(separator).append('"').append(field.getKey()).append("\": ");
        line.append(oneLine(field.getValue()));
        separator = ", ";
      }
      return line.append(node.isEmpty() ? "{}" : " }").toString();
    }
    if (node.isArray()) {
      String separator = "[ ";
      for (JsonNode element : node) {
        line.append(separator).append(oneLine(element));
        separator = ", ";
      }
      return line.append(node.isEmpty() ? "[]" : " ]").toString();
    }
    String value = node.toString();
    return value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE - 2) + "…\"";
  }
}
