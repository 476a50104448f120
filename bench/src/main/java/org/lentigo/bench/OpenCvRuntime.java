package org.lentigo.bench;

import nu.pattern.OpenCV;
import org.lentigo.network.Model;
import org.lentigo.network.OnnxWriter;
import org.lentigo.runtime.internal.OutsideRuntime;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.dnn.Dnn;
import org.opencv.dnn.Net;

/** OpenCV's DNN module on the file that {@code lentigo export} writes. */
public final class OpenCvRuntime implements OutsideRuntime {
  @Override
  public String name() {
    return "OpenCV DNN " + Core.VERSION;
  }

  @Override
  public Runner open(Model model, int threads) {
    OpenCV.loadLocally();
    // One number for the process: the bench opens one setting at a time.
    Core.setNumThreads(threads);
    int size = model.preprocessing().size();
    Net net = Dnn.readNetFromONNX(new MatOfByte(OnnxWriter.encode(model)));
    Mat input = new Mat(new int[] {1, 3, size, size}, CvType.CV_32F);
    return new Runner() {
      @Override
      public void infer(float[] planes, float[] probabilities) {
        input.put(new int[] {0, 0, 0, 0}, planes);
        net.setInput(input, "image");
        Mat output = net.forward("probability");
        output.get(new int[] {0, 0, 0, 0}, probabilities);
        output.release();
      }

      @Override
      public void close() {
        input.release();
      }
    };
  }
}
