package org.sightline.cli.push;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.sightline.cli.web.TransferException;

/** Certificates of the authorities that may vouch for a cluster. */
public final class Trust {
  private Trust() {}

  /**
   * Trusts the certificates of a file and no others.
   *
   * @param file one or more X.509 certificates in PEM, such as Elasticsearch's {@code http_ca.crt}
   * @throws TransferException when there are none
   */
  public static SSLContext of(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends Certificate> certificates =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (certificates.isEmpty()) {
        throw new TransferException("[%s] holds no certificate", file);
      }
      return context(certificates);
    } catch (IOException e) {
      throw new TransferException(e, "the certificates cannot be read: %s", e);
    } catch (CertificateException e) {
      throw new TransferException(e, "[%s] holds no certificates in PEM: %s", file, e.getMessage());
    } catch (GeneralSecurityException e) {
      throw new TransferException(e, "[%s] cannot be trusted: %s", file, e.getMessage());
    }
  }

  private static SSLContext context(Collection<? extends Certificate> certificates)
      throws IOException, GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    for (Certificate certificate : certificates) {
      trusted.setCertificateEntry("ca" + trusted.size(), certificate);
    }
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context;
  }
}
