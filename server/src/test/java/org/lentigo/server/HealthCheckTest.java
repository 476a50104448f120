package org.lentigo.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class HealthCheckTest {
  @Test
  void onlyAnAnswerOf200IsWell() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    String address = "http://127.0.0.1:" + server.getAddress().getPort();
    for (int status : new int[] {200, 503}) {
      server.createContext(
          "/" + status,
          exchange -> {
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
          });
    }
    server.start();
    try {
      assertThat(HealthCheck.isWell(address + "/200")).isTrue();
      assertThat(HealthCheck.isWell(address + "/503")).isFalse();
    } finally {
      server.stop(0);
    }
    assertThat(HealthCheck.isWell(address + "/200")).isFalse();
  }
}
