package org.sightline.demo;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResultsPageTest {

  @Test
  void showsBothStagesAndEscapesWhatUsersWrote() {
    String page =
        ResultsPage.render(
            List.of(
                new ResultsPage.Block(
                    "a <b> & \"c\"",
                    List.of(new ResultsPage.Hit("first", "", 0.5, "AAAA")),
                    List.of(
                        new ResultsPage.Hit("second", "", 0.25, "data:image/png;base64,BBBB")))));
    assertTrue(page.contains("<h2>a &lt;b&gt; &amp; &quot;c&quot;</h2>"), page);
    assertTrue(page.contains("src=\"data:image/png;base64,AAAA\""), page);
    assertTrue(page.contains("src=\"data:image/png;base64,BBBB\""), page);
    assertTrue(page.indexOf("first<br>0.500") < page.indexOf("second<br>0.250"), page);
    assertFalse(page.contains("a <b>"), page);
  }
}
