package org.sightline.cli.download;

import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.TransferException;

/** What a status that no other try changes means to the user. */
final class Refusals {
  private Refusals() {}

  /**
   * The error for a status that is neither a success nor passes.
   *
   * @param what was asked for
   */
  static TransferException of(Answer answer, String what) {
    String from = "HTTP " + answer.status() + " from [" + Addresses.shown(answer.uri()) + "]";
    return switch (answer.status()) {
      case 401, 403 ->
          new TransferException(
              answer.withToken()
                  ? "["
                      + what
                      + "] is not open to this token: accept the model's terms on the hub with the"
                      + " token's account, or give another token ("
                      + from
                      + ")"
                  : "["
                      + what
                      + "] does not exist, is private or is gated: for the last two accept the"
                      + " model's terms on the hub and give a token in HF_TOKEN or --token-file ("
                      + from
                      + ")");
      case 404, 410 -> new TransferException("[" + what + "] does not exist (" + from + ")");
      default -> new TransferException("[" + what + "] cannot be fetched (" + from + ")");
    };
  }
}
