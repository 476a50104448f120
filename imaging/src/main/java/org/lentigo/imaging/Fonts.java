package org.lentigo.imaging;

import java.awt.Font;
import java.awt.font.FontRenderContext;

/** Whether Java can draw text here: not every machine has fonts. */
public final class Fonts {
  private static final boolean PRESENT = probe();

  private Fonts() {}

  /** Whether charts and captions can be drawn, as found out when first asked. */
  public static boolean present() {
    return PRESENT;
  }

  /** Each Java says in its own way that there is none, so any failure of one letter is it. */
  private static boolean probe() {
    try {
      FontRenderContext plain = new FontRenderContext(null, false, false);
      new Font(Font.SANS_SERIF, Font.PLAIN, 12).getLineMetrics("x", plain);
      return true;
    } catch (RuntimeException | LinkageError | InternalError e) {
      return false;
    }
  }
}
