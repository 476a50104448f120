import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import javax.imageio.ImageIO;

/** Fails unless two masks are of one size and differ in at most one pixel of a thousand. */
class NearlySame {
  public static void main(String[] args) throws IOException {
    BufferedImage wanted = read(args[0]);
    BufferedImage seen = read(args[1]);
    int width = wanted.getWidth();
    int height = wanted.getHeight();
    if (seen.getWidth() != width || seen.getHeight() != height) {
      fail(
          "%s is %d x %d, wanted %d x %d"
              .formatted(args[1], seen.getWidth(), seen.getHeight(), width, height));
    }
    long differing = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        differing += wanted.getRGB(x, y) == seen.getRGB(x, y) ? 0 : 1;
      }
    }
    long most = (long) width * height / 1000;
    if (differing > most) {
      fail(args[1] + " differs in " + differing + " pixels, wanted at most " + most);
    }
  }

  private static BufferedImage read(String file) throws IOException {
    BufferedImage image = ImageIO.read(new File(file));
    if (image == null) {
      fail(file + " is no picture");
    }
    return image;
  }

  private static void fail(String reason) {
    System.err.println(reason);
    System.exit(1);
  }
}
