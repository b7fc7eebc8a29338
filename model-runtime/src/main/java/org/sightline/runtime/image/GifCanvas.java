package org.sightline.runtime.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageReader;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;

/**
 * Puts the first frame of a GIF on its canvas. The frame may be smaller than the canvas; what it
 * leaves free shows the transparent colour of the palette, or its first one.
 */
final class GifCanvas {
  private static final String IMAGE_METADATA = "javax_imageio_gif_image_1.0";

  private GifCanvas() {}

  /**
   * Where the first frame lies, on a canvas that has room for it.
   *
   * @param width of the canvas
   * @param height of the canvas
   * @param left column of the canvas in which the frame begins
   * @param top row of the canvas in which the frame begins
   */
  record Layout(int width, int height, int left, int top) {}

  /** The layout from the headers of file and frame; decodes nothing. */
  static Layout layout(byte[] encoded, ImageReader reader) throws IOException {
    int left = 0;
    int top = 0;
    Node root = reader.getImageMetadata(0).getAsTree(IMAGE_METADATA);
    for (Node node = root.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node.getNodeName().equals("ImageDescriptor")) {
        left = attribute(node, "imageLeftPosition");
        top = attribute(node, "imageTopPosition");
      }
    }
    int width = Math.max(littleEndian(encoded, 6), left + reader.getWidth(0));
    int height = Math.max(littleEndian(encoded, 8), top + reader.getHeight(0));
    return new Layout(width, height, left, top);
  }

  static BufferedImage place(Layout layout, BufferedImage frame) {
    int width = layout.width();
    int height = layout.height();
    boolean covers = width == frame.getWidth() && height == frame.getHeight();
    if (covers || !(frame.getColorModel() instanceof IndexColorModel palette)) {
      return frame;
    }
    BufferedImage canvas =
        new BufferedImage(
            palette, palette.createCompatibleWritableRaster(width, height), false, null);
    int[] free = new int[width];
    Arrays.fill(free, Math.max(0, palette.getTransparentPixel()));
    for (int y = 0; y < height; y++) {
      canvas.getRaster().setPixels(0, y, width, 1, free);
    }
    canvas.getRaster().setRect(layout.left(), layout.top(), frame.getRaster());
    return canvas;
  }

  private static int attribute(Node node, String name) {
    NamedNodeMap attributes = node.getAttributes();
    return Integer.parseInt(attributes.getNamedItem(name).getNodeValue());
  }

  private static int littleEndian(byte[] encoded, int at) {
    return encoded.length < at + 2 ? 0 : (encoded[at] & 0xFF) | (encoded[at + 1] & 0xFF) << 8;
  }
}
