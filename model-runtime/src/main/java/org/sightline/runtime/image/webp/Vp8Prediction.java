package org.sightline.runtime.image.webp;

/** Predicts blocks from their neighbours above and to the left (RFC 6386, section 12). */
final class Vp8Prediction {
  static final int DC = 0;
  static final int TRUE_MOTION = 1;
  static final int VERTICAL = 2;
  static final int HORIZONTAL = 3;

  private Vp8Prediction() {}

  /** Predicts a macroblock's luma (size 16) or chroma (size 8) as a whole. */
  static void large(Plane plane, int x, int y, int size, int mode) {
    int flat = mode == DC ? mean(plane, x, y, size) : 0;
    int corner = plane.at(x - 1, y - 1);
    for (int row = 0; row < size; row++) {
      int left = plane.at(x - 1, y + row);
      for (int column = 0; column < size; column++) {
        int value =
            switch (mode) {
              case DC -> flat;
              case VERTICAL -> plane.at(x + column, y - 1);
              case HORIZONTAL -> left;
              default -> Plane.clip(left + plane.at(x + column, y - 1) - corner);
            };
        plane.set(x + column, y + row, value);
      }
    }
  }

  /** The mean of those neighbours that lie within the picture; 128 where none does. */
  private static int mean(Plane plane, int x, int y, int size) {
    int sum = 0;
    int count = 0;
    if (y > 0) {
      for (int i = 0; i < size; i++) {
        sum += plane.at(x + i, y - 1);
      }
      count += size;
    }
    if (x > 0) {
      for (int i = 0; i < size; i++) {
        sum += plane.at(x - 1, y + i);
      }
      count += size;
    }
    return count == 0 ? 128 : (sum + count / 2) / count;
  }

  /**
   * Predicts a luma block of 4 by 4.
   *
   * @param edge {@code [13]}: left neighbours from below, the corner, 8 above from the left
   */
  static void small(Plane plane, int x, int y, int mode, int[] edge) {
    for (int row = 0; row < 4; row++) {
      for (int column = 0; column < 4; column++) {
        plane.set(x + column, y + row, small(mode, row, column, edge));
      }
    }
  }

  private static int small(int mode, int row, int column, int[] e) {
    return switch (mode) {
      case DC -> (e[0] + e[1] + e[2] + e[3] + e[5] + e[6] + e[7] + e[8] + 4) >> 3;
      case TRUE_MOTION -> Plane.clip(e[3 - row] + e[5 + column] - e[4]);
      case VERTICAL -> mean(e, 5 + column);
      case HORIZONTAL -> row == 3 ? (e[1] + 3 * e[0] + 2) >> 2 : mean(e, 3 - row);
      case 4 -> mean(e, 4 - row + column);
      case 5 -> verticalRight(row, column, e);
      case 6 -> row + column == 6 ? (e[11] + 3 * e[12] + 2) >> 2 : mean(e, 6 + row + column);
      case 7 -> verticalLeft(row, column, e);
      case 8 -> horizontalDown(row, column, e);
      default -> horizontalUp(row + row + column, e);
    };
  }

  private static int verticalRight(int row, int column, int[] e) {
    int at = 2 * column - row;
    if (at >= 0) {
      int middle = 4 + column - row / 2;
      return (row & 1) == 0 ? pair(e, middle) : mean(e, middle);
    }
    return mean(e, column == 1 ? 4 : 5 - row);
  }

  private static int verticalLeft(int row, int column, int[] e) {
    if (column == 3 && row >= 2) {
      return mean(e, row == 2 ? 10 : 11);
    }
    int first = 5 + column + row / 2;
    return (row & 1) == 0 ? pair(e, first) : mean(e, first + 1);
  }

  private static int horizontalDown(int row, int column, int[] e) {
    int at = 2 * (3 - row) + column;
    if (at <= 7) {
      return (at & 1) == 0 ? pair(e, at / 2) : mean(e, at / 2 + 1);
    }
    return mean(e, at - 3);
  }

  private static int horizontalUp(int at, int[] e) {
    if (at > 5) {
      return e[0];
    }
    if (at == 5) {
      return (e[1] + 3 * e[0] + 2) >> 2;
    }
    return (at & 1) == 0 ? pair(e, 2 - at / 2) : mean(e, 2 - at / 2);
  }

  private static int pair(int[] e, int first) {
    return (e[first] + e[first + 1] + 1) >> 1;
  }

  private static int mean(int[] e, int middle) {
    return (e[middle - 1] + 2 * e[middle] + e[middle + 1] + 2) >> 2;
  }
}
