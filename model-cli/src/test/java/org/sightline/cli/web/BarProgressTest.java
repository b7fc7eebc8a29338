package org.sightline.cli.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BarProgressTest {
  private static final String CLEAR = "\r\u001b[K";

  private final AtomicLong nanos = new AtomicLong();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final BarProgress bar =
      new BarProgress(new PrintStream(bytes, true, StandardCharsets.UTF_8), nanos::get);

  private String printed() {
    String text = bytes.toString(StandardCharsets.UTF_8);
    bytes.reset();
    return text;
  }

  @Test
  void showsShareAndRateFiveTimesASecond() {
    bar.start("a.onnx", 4_000_000, 1_000_000);
    assertEquals(CLEAR + "a.onnx  [######                  ] 25 % of 4.0 MB", printed());
    nanos.set(199_999_999);
    bar.advance(500_000);
    assertEquals("", printed());
    nanos.set(1_000_000_000);
    bar.advance(500_000);
    // the rate is that of what came now, not of what was there
    assertEquals(
        CLEAR + "a.onnx  [############            ] 50 % of 4.0 MB, 1.0 MB/s, 2 s left", printed());
    bar.note("a.onnx: HTTP 503, next try in 1 s");
    assertEquals(CLEAR + "a.onnx: HTTP 503, next try in 1 s\n", printed());
    bar.advance(2_000_000);
    bar.end();
    assertEquals(CLEAR + "a.onnx  4.0 MB\n", printed());
  }

  @Test
  void saysWhenDocumentsWillBeDone() {
    bar.start("photos", Progress.Unit.DOCUMENTS, 1_001_000, 1_000);
    printed();
    nanos.set(2_000_000_000);
    bar.advance(20);
    assertEquals(
        CLEAR
            + "photos  [                        ] 0 % of 1,001,000 documents, 10.0/s, 27.8 h left",
        printed());
    nanos.set(4_000_000_000L);
    bar.advance(999_000);
    assertEquals(
        CLEAR
            + "photos  [####################### ] 99 % of 1,001,000 documents, 249755.0/s, 0 s left",
        printed());
    bar.end();
    assertEquals(CLEAR + "photos  1,000,020 documents\n", printed());
  }

  @Test
  void logsHaveALineForEachTenthOfTheDocuments() {
    LineProgress lines = new LineProgress(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    lines.start("photos", Progress.Unit.DOCUMENTS, 40, 0);
    lines.advance(3);
    lines.advance(9);
    lines.advance(28);
    lines.end();
    assertEquals(
        "photos  30 % of 40 documents\nphotos  100 % of 40 documents\nphotos  40 documents\n",
        printed());
  }

  @Test
  void countsBytesWhereNobodySaysHowManyThereAre() {
    bar.start("a.zip", -1, 0);
    assertEquals(CLEAR + "a.zip  0 bytes", printed());
    nanos.set(1_000_000_000);
    bar.advance(2_500);
    assertEquals(CLEAR + "a.zip  2.5 kB, 0.0 MB/s", printed());
  }
}
