package org.lentigo.server;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;

/**
 * Asks a running server whether it is well: for a container, which has no other program to do so.
 */
public final class HealthCheck {
  private HealthCheck() {}

  /**
   * Exit code 0 if it answers 200 within five seconds, 1 if not.
   *
   * @param args the address of {@code /health/ready} or {@code /health/live}
   */
  public static void main(String[] args) {
    System.exit(isWell(args[0]) ? 0 : 1);
  }

  static boolean isWell(String address) {
    try {
      HttpURLConnection connection =
          (HttpURLConnection) URI.create(address).toURL().openConnection();
      connection.setConnectTimeout(5000);
      connection.setReadTimeout(5000);
      return connection.getResponseCode() == 200;
    } catch (IOException e) {
      System.err.println(address + ": " + e.getMessage());
      return false;
    }
  }
}
