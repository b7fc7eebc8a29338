package org.sightline.demo;

import java.util.List;
import java.util.Locale;

/**
 * Shows search results as pictures, because a terminal cannot: a self-contained HTML page with one
 * block a query, the first stage above the reranked hits. HTML and not a drawn image, since drawing
 * text needs fonts that a server may not have.
 */
final class ResultsPage {
  private static final String HEAD =
      """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><title>Sightline: first light</title>
      <style>
        body { font: 15px/1.4 system-ui, sans-serif; color: #22262b; background: #fff;
               margin: 24px auto; max-width: 1080px; padding: 0 16px; }
        h1 { font-size: 20px; margin: 0 0 4px; }
        h2 { font-size: 16px; margin: 22px 0 6px; }
        .stage { display: flex; align-items: flex-start; gap: 10px; margin: 4px 0; }
        .stage > b { width: 92px; flex: none; padding-top: 22px; font-weight: 500; color: #5d6670; }
        figure { margin: 0; width: 104px; text-align: center; }
        figure img { width: 64px; height: 64px; border: 1px solid #e3e6ea; border-radius: 8px;
                     padding: 3px; background: #fff; }
        figcaption { font-size: 11px; color: #5d6670; line-height: 1.25; }
      </style></head><body>
      <h1>Sightline: first light</h1>
      """;

  /**
   * A picture that was found.
   *
   * @param name its name in the gallery
   * @param emoji the picture as a character, for terminals
   * @param score the score in the response
   * @param photo data URI or bare base64 of a PNG
   */
  record Hit(String name, String emoji, double score, String photo) {}

  /**
   * One query with its hits, best first.
   *
   * @param query what was asked, as a person would say it
   * @param firstStage hits by vector similarity
   * @param reranked the same window after image-text matching
   */
  record Block(String query, List<Hit> firstStage, List<Hit> reranked) {
    Block {
      firstStage = List.copyOf(firstStage);
      reranked = List.copyOf(reranked);
    }
  }

  private ResultsPage() {}

  /** The page as HTML. */
  static String render(List<Block> blocks) {
    StringBuilder html = new StringBuilder(HEAD);
    for (Block block : blocks) {
      html.append("<h2>").append(escape(block.query())).append("</h2>\n");
      appendStage(html, "first stage", block.firstStage());
      appendStage(html, "reranked", block.reranked());
    }
    return html.append("</body></html>\n").toString();
  }

  private static void appendStage(StringBuilder html, String label, List<Hit> hits) {
    html.append("<div class=\"stage\"><b>").append(label).append("</b>\n");
    for (Hit hit : hits) {
      String source =
          hit.photo().startsWith("data:") ? hit.photo() : "data:image/png;base64," + hit.photo();
      html.append("<figure><img alt=\"\" src=\"")
          .append(escape(source))
          .append("\"><figcaption>")
          .append(escape(hit.name()))
          .append("<br>")
          .append(String.format(Locale.ROOT, "%.3f", hit.score()))
          .append("</figcaption></figure>\n");
    }
    html.append("</div>\n");
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
