package org.lentigo.server;

import java.time.Duration;

/**
 * What is the server's own affair, and not set by who runs it; tests do.
 *
 * @param uploadMemory bytes that all uploads together may hold
 * @param discards refused bodies read to their end at a time
 * @param discardBytes how much of one is read
 * @param discardTime how long, at most
 * @param strangers live sessions at a time that have not shown the token yet
 * @param tokenTime how long one may take to show it
 * @param silence how long a live session may send no frame
 * @param goodbye what a client may take to close its side of a live session
 */
record Tuning(
    long uploadMemory,
    int discards,
    long discardBytes,
    Duration discardTime,
    int strangers,
    Duration tokenTime,
    Duration silence,
    Duration goodbye) {

  static Tuning standard() {
    return new Tuning(
        Runtime.getRuntime().maxMemory() / 4,
        16,
        16 << 20,
        Duration.ofSeconds(5),
        16,
        Duration.ofSeconds(10),
        Duration.ofSeconds(60),
        Duration.ofSeconds(1));
  }

  Tuning withUploadMemory(long bytes) {
    return new Tuning(
        bytes, discards, discardBytes, discardTime, strangers, tokenTime, silence, goodbye);
  }

  Tuning withDiscards(int most, long bytes, Duration time) {
    return new Tuning(uploadMemory, most, bytes, time, strangers, tokenTime, silence, goodbye);
  }

  Tuning withStrangers(int most, Duration time) {
    return new Tuning(
        uploadMemory, discards, discardBytes, discardTime, most, time, silence, goodbye);
  }

  Tuning withSilence(Duration time) {
    return new Tuning(
        uploadMemory, discards, discardBytes, discardTime, strangers, tokenTime, time, goodbye);
  }
}
