package org.sightline.demo;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Properties;

/**
 * What the user asked for. The shell script {@code demo} has checked it and hands it over as system
 * properties.
 *
 * @param mode how the demo ends
 * @param fresh whether what earlier starts left is removed first
 * @param port where the node answers on loopback
 * @param checkout root of the checkout
 * @param terminal whether a person watches the output
 * @param pictures folder that is indexed in place of the gallery; null for the gallery
 * @param model that embeds the pictures: an id, or a source to install it from; null for the node's
 *     best
 * @param rerank the same of the model that reranks them; null for none
 */
record DemoOptions(
    Mode mode,
    boolean fresh,
    int port,
    Path checkout,
    boolean terminal,
    Path pictures,
    String model,
    String rerank) {

  /** How the demo ends. */
  enum Mode {
    /** Stays up until Ctrl-C. */
    STAY,
    /** Measures, prints JSON, stops the node. */
    ONCE,
    /** Leaves the node running. */
    KEEP,
    /** Stops a node that was left running. */
    STOP
  }

  static DemoOptions from(Properties properties) {
    return new DemoOptions(
        Mode.valueOf(properties.getProperty("sightline.demo.mode").toUpperCase(Locale.ROOT)),
        Boolean.parseBoolean(properties.getProperty("sightline.demo.fresh")),
        Integer.parseInt(properties.getProperty("sightline.demo.port")),
        Path.of(properties.getProperty("sightline.demo.checkout")),
        Boolean.parseBoolean(properties.getProperty("sightline.demo.terminal")),
        given(properties, "pictures") == null ? null : Path.of(given(properties, "pictures")),
        given(properties, "model"),
        given(properties, "rerank"));
  }

  /** The script hands over what is not given as an empty text. */
  private static String given(Properties properties, String name) {
    String value = properties.getProperty("sightline.demo." + name, "");
    return value.isEmpty() ? null : value;
  }

  /** The pictures and their names. */
  Path gallery() {
    return checkout.resolve("gallery-demo/gallery/noto.zip");
  }

  /** A zip that the build has put beside the program. */
  Path distribution(String name) {
    return checkout.resolve("gallery-demo/target/distribution").resolve(name);
  }

  /** Where Elasticsearch is unpacked and keeps its data. */
  Path workFolder() {
    return checkout.resolve(".cache/demo");
  }
}
