package org.lentigo.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;

/** Fingers on a page. The browser itself makes of them what it makes of fingers on a screen. */
final class Touch {
  private final CDPSession session;

  Touch(Page page) {
    session = page.context().newCDPSession(page);
  }

  /**
   * Puts down those fingers that are not down yet.
   *
   * @param fingers all that are down then: x and y in the page's pixels
   */
  void start(double[]... fingers) {
    send("touchStart", fingers);
  }

  void move(double[]... fingers) {
    send("touchMove", fingers);
  }

  /** Lifts them all. */
  void end() {
    send("touchEnd");
  }

  private void send(String type, double[]... fingers) {
    JsonArray points = new JsonArray();
    for (int i = 0; i < fingers.length; i++) {
      JsonObject point = new JsonObject();
      point.addProperty("id", i);
      point.addProperty("x", fingers[i][0]);
      point.addProperty("y", fingers[i][1]);
      points.add(point);
    }
    JsonObject event = new JsonObject();
    event.addProperty("type", type);
    event.add("touchPoints", points);
    session.send("Input.dispatchTouchEvent", event);
  }
}
