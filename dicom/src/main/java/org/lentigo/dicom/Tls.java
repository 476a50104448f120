package org.lentigo.dicom;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Collections;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * TLS 1.2 and 1.3 with a key store: PS3.15, annex B (BCP 195). Its key is this node's; the
 * certificates of others in it are whom the node trusts.
 */
public final class Tls {
  private final SSLContext context;
  private final boolean trusting;

  private Tls(SSLContext context, boolean trusting) {
    this.context = context;
    this.trusting = trusting;
  }

  /**
   * Opens a PKCS #12 file.
   *
   * @throws IOException if it cannot be read or the password is another
   * @throws GeneralSecurityException if there is no key in it that can be used
   */
  public static Tls open(Path file, char[] password) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, password);
    }
    boolean own = false;
    boolean others = false;
    for (String alias : Collections.list(keys.aliases())) {
      own |= keys.isKeyEntry(alias);
      others |= keys.isCertificateEntry(alias);
    }
    if (!own) {
      throw new GeneralSecurityException("there is no private key in it");
    }
    KeyManagerFactory key = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    key.init(keys, password);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(others ? keys : null);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(key.getKeyManagers(), trust.getTrustManagers(), null);
    return new Tls(context, others);
  }

  /** Whether the key store names whom to trust; only then must callers show a certificate. */
  public boolean trusting() {
    return trusting;
  }

  /**
   * Shakes hands with a caller. How long that may take is for whoever closes {@code plain} to say.
   *
   * @throws IOException if it speaks no TLS or shows no certificate that is trusted
   */
  SSLSocket accept(Socket plain) throws IOException {
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, null, true);
    socket.setUseClientMode(false);
    socket.setNeedClientAuth(trusting);
    socket.startHandshake();
    return socket;
  }

  /**
   * Shakes hands with whom we call. Names are not compared: the certificates in the key store are
   * those of the archive itself or of who vouches for it, and not of the web's.
   *
   * @throws IOException if it speaks no TLS or shows another certificate
   */
  SSLSocket connect(Socket plain) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(
                    plain, plain.getInetAddress().getHostAddress(), plain.getPort(), true);
    socket.startHandshake();
    return socket;
  }

  /** In an operator's words, why hands were not shaken. */
  static String reason(IOException failure) {
    String message = String.valueOf(failure.getMessage());
    if (!(failure instanceof SSLException)) {
      return message;
    }
    if (message.contains("unrecognized SSL message")) {
      return "it speaks no TLS";
    }
    if (message.contains("Empty client certificate chain")) {
      return "it shows no certificate";
    }
    if (message.contains("path building failed") || message.contains("path validation failed")) {
      return "its certificate is not among those in the key store";
    }
    return message;
  }
}
