package org.sightline.cli.push;

import java.net.URI;
import javax.net.ssl.SSLContext;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.TransferException;

/**
 * A cluster and who asks it.
 *
 * @param base address without a slash at its end
 * @param login goes to that address only
 * @param trust certificates to trust, null for those that Java trusts
 */
public record Cluster(URI base, Login login, SSLContext trust) {

  /**
   * Checks the address.
   *
   * @param address as the user gave it
   * @throws TransferException when it is none, or certificates are given and it is not https
   */
  public static Cluster of(String address, Login login, SSLContext trust) {
    URI uri = Addresses.base(address, "the cluster's address");
    if (trust != null && uri.getScheme().equals("http")) {
      throw new TransferException(
          "certificates are for https: the cluster's address must begin with it, got ["
              + address
              + "]");
    }
    return new Cluster(uri, login, trust);
  }

  /** Whether who reads along on the way learns a password or an API key. */
  public boolean exposesLogin() {
    return login.isSecret() && Addresses.isOpen(base);
  }

  /**
   * The address of a model.
   *
   * @param more path below it, empty or with a slash at its beginning
   */
  URI model(String id, String more) {
    return URI.create(base + "/_sightline/models/" + Addresses.segment(id) + more);
  }

  /** For messages. */
  @Override
  public String toString() {
    return base.toString();
  }
}
