package org.sightline.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sightline.cli.web.TransferException;

/** Secrets come from the environment or from files, never from the command line. */
final class Secrets {
  private static final int MAX_BYTES = 4096;

  private Secrets() {}

  /**
   * The text of a file.
   *
   * @param what it is, for messages
   */
  static String read(String file, String what) {
    try {
      Path path = Path.of(file);
      if (Files.size(path) > MAX_BYTES) {
        throw new TransferException("[" + file + "] is too long for a " + what);
      }
      return Files.readString(path);
    } catch (CharacterCodingException e) {
      throw new TransferException("[" + file + "] holds no text", e);
    } catch (IOException e) {
      throw new TransferException("the " + what + " cannot be read: " + e, e);
    }
  }
}
