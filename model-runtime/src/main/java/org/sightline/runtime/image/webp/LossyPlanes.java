package org.sightline.runtime.image.webp;

/**
 * A decoded lossy picture: luma, and chroma of half its width and height. Rows are converted when
 * they are read: chroma is interpolated between its samples with weights 9, 3, 3, 1 in the two
 * roundings of the reference decoder, then BT.601 with a luma range of 16 to 235.
 */
final class LossyPlanes implements ArgbRows {
  private final int width;
  private final int height;
  private final Plane luma;
  private final Plane blue;
  private final Plane red;
  private final int[] blues;
  private final int[] reds;

  LossyPlanes(int width, int height, Plane luma, Plane blue, Plane red) {
    this.width = width;
    this.height = height;
    this.luma = luma;
    this.blue = blue;
    this.red = red;
    this.blues = new int[width];
    this.reds = new int[width];
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  @Override
  public void row(int y, int[] argb) {
    int near = y >> 1;
    int last = (height + 1 >> 1) - 1;
    int far = Math.max(0, Math.min(last, (y & 1) == 0 ? near - 1 : near + 1));
    interpolate(blue, near, far, blues);
    interpolate(red, near, far, reds);
    for (int x = 0; x < width; x++) {
      int light = luma.samples[y * luma.width + x] & 0xFF;
      argb[x] = argb(light, blues[x], reds[x]);
    }
  }

  private void interpolate(Plane plane, int near, int far, int[] to) {
    byte[] s = plane.samples;
    int n = near * plane.width;
    int f = far * plane.width;
    to[0] = 3 * (s[n] & 0xFF) + (s[f] & 0xFF) + 2 >> 2;
    int pairs = width - 1 >> 1;
    for (int x = 1; x <= pairs; x++) {
      int nearLeft = s[n + x - 1] & 0xFF;
      int nearRight = s[n + x] & 0xFF;
      int farLeft = s[f + x - 1] & 0xFF;
      int farRight = s[f + x] & 0xFF;
      int sum = nearLeft + nearRight + farLeft + farRight + 8;
      int falling = sum + 2 * (nearRight + farLeft) >> 3;
      int rising = sum + 2 * (nearLeft + farRight) >> 3;
      to[2 * x - 1] = falling + nearLeft >> 1;
      to[2 * x] = rising + nearRight >> 1;
    }
    if ((width & 1) == 0) {
      to[width - 1] = 3 * (s[n + pairs] & 0xFF) + (s[f + pairs] & 0xFF) + 2 >> 2;
    }
  }

  private static int argb(int y, int u, int v) {
    int light = y * 19077 >> 8;
    int red = light + (v * 26149 >> 8) - 14234;
    int green = light - (u * 6419 >> 8) - (v * 13320 >> 8) + 8708;
    int blue = light + (u * 33050 >> 8) - 17685;
    return 0xFF000000
        | Plane.clip(red >> 6) << 16
        | Plane.clip(green >> 6) << 8
        | Plane.clip(blue >> 6);
  }
}
