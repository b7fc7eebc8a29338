package org.sightline.runtime.image.webp;

/** Smooths the edges of blocks (RFC 6386, section 15). */
final class Vp8LoopFilter {
  /** Set where the edges between the small blocks of a macroblock are filtered too. */
  static final int INNER = 8;

  private final Vp8Header header;
  private final Plane luma;
  private final Plane[] chroma;
  private final int columns;

  Vp8LoopFilter(Vp8Header header, Plane luma, Plane blue, Plane red, int columns) {
    this.header = header;
    this.luma = luma;
    this.chroma = new Plane[] {blue, red};
    this.columns = columns;
  }

  /**
   * @param macroblocks segment, plus 4 where blocks are small, plus {@link #INNER}
   */
  void apply(byte[] macroblocks) {
    for (int i = 0; i < macroblocks.length; i++) {
      int what = macroblocks[i];
      Vp8Header.FilterStrength strength = header.filters[what & 3][what >> 2 & 1];
      if (strength.level() > 0) {
        macroblock(i % columns, i / columns, strength, (what & INNER) != 0);
      }
    }
  }

  private void macroblock(int column, int row, Vp8Header.FilterStrength strength, boolean inner) {
    edges(column, row, strength, inner, true);
    edges(column, row, strength, inner, false);
  }

  /** Either the vertical edges, across which one filters along a row, or the horizontal ones. */
  private void edges(
      int column, int row, Vp8Header.FilterStrength strength, boolean inner, boolean vertical) {
    if ((vertical ? column : row) > 0) {
      edge(luma, 16 * column, 16 * row, 16, vertical, strength, true);
      for (Plane plane : chroma) {
        edge(plane, 8 * column, 8 * row, 8, vertical, strength, true);
      }
    }
    for (int at = 4; inner && at < 16; at += 4) {
      int x = 16 * column + (vertical ? at : 0);
      edge(luma, x, 16 * row + (vertical ? 0 : at), 16, vertical, strength, false);
    }
    if (inner) {
      for (Plane plane : chroma) {
        int x = 8 * column + (vertical ? 4 : 0);
        edge(plane, x, 8 * row + (vertical ? 0 : 4), 8, vertical, strength, false);
      }
    }
  }

  private void edge(
      Plane plane,
      int x,
      int y,
      int length,
      boolean vertical,
      Vp8Header.FilterStrength strength,
      boolean outer) {
    byte[] s = plane.samples;
    int across = vertical ? 1 : plane.width;
    int along = vertical ? plane.width : 1;
    int limit = 2 * (strength.limit() + (outer ? 4 : 0)) + 1;
    int at = y * plane.width + x;
    if (header.simpleFilter) {
      for (int i = 0; plane == luma && i < length; i++, at += along) {
        if (step(s, at, across) <= limit) {
          common(s, at, across);
        }
      }
      return;
    }
    for (int i = 0; i < length; i++, at += along) {
      if (step(s, at, across) > limit || smooth(s, at, across, strength.interior()) == false) {
        continue;
      }
      boolean varied =
          difference(s, at - 2 * across, at - across) > strength.varied()
              || difference(s, at + across, at) > strength.varied();
      if (varied) {
        common(s, at, across);
      } else if (outer) {
        wide(s, at, across);
      } else {
        narrow(s, at, across);
      }
    }
  }

  private static int step(byte[] s, int at, int across) {
    return 4 * difference(s, at - across, at) + difference(s, at - 2 * across, at + across);
  }

  private static boolean smooth(byte[] s, int at, int across, int interior) {
    for (int i = 0; i < 3; i++) {
      if (difference(s, at + i * across, at + (i + 1) * across) > interior
          || difference(s, at - (i + 1) * across, at - (i + 2) * across) > interior) {
        return false;
      }
    }
    return true;
  }

  private static int difference(byte[] s, int a, int b) {
    return Math.abs((s[a] & 0xFF) - (s[b] & 0xFF));
  }

  /** Changes one sample on each side. */
  private static void common(byte[] s, int at, int across) {
    int p1 = s[at - 2 * across] & 0xFF;
    int p0 = s[at - across] & 0xFF;
    int q0 = s[at] & 0xFF;
    int q1 = s[at + across] & 0xFF;
    int a = 3 * (q0 - p0) + signed(p1 - q1);
    s[at - across] = (byte) Plane.clip(p0 + fifth(a + 3 >> 3));
    s[at] = (byte) Plane.clip(q0 - fifth(a + 4 >> 3));
  }

  /** Changes two samples on each side. */
  private static void narrow(byte[] s, int at, int across) {
    int p1 = s[at - 2 * across] & 0xFF;
    int p0 = s[at - across] & 0xFF;
    int q0 = s[at] & 0xFF;
    int q1 = s[at + across] & 0xFF;
    int a = 3 * (q0 - p0);
    int minus = fifth(a + 4 >> 3);
    int outer = minus + 1 >> 1;
    s[at - 2 * across] = (byte) Plane.clip(p1 + outer);
    s[at - across] = (byte) Plane.clip(p0 + fifth(a + 3 >> 3));
    s[at] = (byte) Plane.clip(q0 - minus);
    s[at + across] = (byte) Plane.clip(q1 - outer);
  }

  /** Changes three samples on each side. */
  private static void wide(byte[] s, int at, int across) {
    int p1 = s[at - 2 * across] & 0xFF;
    int p0 = s[at - across] & 0xFF;
    int q0 = s[at] & 0xFF;
    int q1 = s[at + across] & 0xFF;
    int a = signed(3 * (q0 - p0) + signed(p1 - q1));
    for (int i = 0; i < 3; i++) {
      int change = 9 * (3 - i) * a + 63 >> 7;
      int before = at - (i + 1) * across;
      int after = at + i * across;
      s[before] = (byte) Plane.clip((s[before] & 0xFF) + change);
      s[after] = (byte) Plane.clip((s[after] & 0xFF) - change);
    }
  }

  private static int signed(int value) {
    return Math.max(-128, Math.min(127, value));
  }

  private static int fifth(int value) {
    return Math.max(-16, Math.min(15, value));
  }
}
