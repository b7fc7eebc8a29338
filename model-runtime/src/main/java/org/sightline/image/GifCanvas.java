package org.sightline.image;

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

  /** Width and height of the canvas, from the fixed place they have in the file. */
  static int[] size(byte[] encoded) {
    return new int[] {littleEndian(encoded, 6), littleEndian(encoded, 8)};
  }

  static BufferedImage place(byte[] encoded, ImageReader reader, BufferedImage frame)
      throws IOException {
    int[] size = size(encoded);
    int left = 0;
    int top = 0;
    Node root = reader.getImageMetadata(0).getAsTree(IMAGE_METADATA);
    for (Node node = root.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node.getNodeName().equals("ImageDescriptor")) {
        left = attribute(node, "imageLeftPosition");
        top = attribute(node, "imageTopPosition");
      }
    }
    int width = Math.max(size[0], left + frame.getWidth());
    int height = Math.max(size[1], top + frame.getHeight());
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
    canvas.getRaster().setRect(left, top, frame.getRaster());
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
