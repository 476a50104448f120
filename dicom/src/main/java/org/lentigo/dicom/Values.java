package org.lentigo.dicom;

import java.util.regex.Pattern;
import org.lentigo.dicom.DataSet.Element;

/** Whether values are as PS3.5, table 6.2-1, wants them. */
final class Values {
  private static final Pattern DATE =
      Pattern.compile("[0-9]{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])");
  private static final Pattern TIME =
      Pattern.compile(
          "([01][0-9]|2[0-3])([0-5][0-9]([0-5][0-9]|60)?)?(?<=[0-9]{6})?(\\.[0-9]{1,6})?");
  private static final Pattern AGE = Pattern.compile("[0-9]{3}[DWMY]");
  private static final Pattern CODE = Pattern.compile("[A-Z0-9 _]{0,16}");
  private static final Pattern CHARACTER_SETS =
      Pattern.compile(
          "(ISO[ _]IR [0-9]+|ISO 2022 IR [0-9]+|GB18030|GBK)?(\\\\ISO 2022 IR [0-9]+)*");
  private static final Pattern ZONE = Pattern.compile("[+-][0-9]{4}");

  private Values() {}

  /** Of elements with text of one value; an empty one is well formed. */
  static boolean wellFormed(Element element) {
    if (element.items != null || element.fragments != null) {
      return false;
    }
    String text = element.text();
    if (text.isEmpty()) {
      return element.vr == Vr.known(element.tag);
    }
    if (element.vr != Vr.known(element.tag)) {
      return false;
    }
    if (element.tag == Tag.CHARACTER_SET) {
      return CHARACTER_SETS.matcher(text).matches();
    }
    if (element.tag == Tag.TIMEZONE) {
      return ZONE.matcher(text).matches();
    }
    if (element.tag == Tag.SEX) {
      return text.matches("[MFO]");
    }
    return switch (element.vr) {
      case DA -> DATE.matcher(text).matches();
      case TM -> TIME.matcher(text).matches();
      case AS -> AGE.matcher(text).matches();
      case CS -> CODE.matcher(text).matches();
      case UI -> Uids.valid(text);
      // A character may take four bytes, and escape sequences some more.
      case SH -> plain(text, 16 * 4);
      case LO -> plain(text, 64 * 4);
      case PN -> plain(text.replace('\u001b', ' '), 3 * 64 * 4);
      default -> true;
    };
  }

  /** Without control characters but for ESC, which changes character sets. */
  private static boolean plain(String text, int most) {
    return text.length() <= most && text.chars().allMatch(c -> c >= ' ' && c != 0x7f || c == 0x1b);
  }
}
