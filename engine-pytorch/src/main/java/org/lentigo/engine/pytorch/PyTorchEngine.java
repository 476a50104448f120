package org.lentigo.engine.pytorch;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.lentigo.network.Graph;
import org.lentigo.network.Op;
import org.lentigo.training.Engine;
import org.lentigo.training.Precision;

/**
 * Walks a graph with libtorch's functional operators. Each thread has a replica of the network and
 * takes its share of the batch from one end of the graph to the other: the threads meet twice a
 * step instead of at every operation, which on two cores is a fifth faster than libtorch's own
 * threads, and far less bothered by other programs.
 *
 * <p>The replicas read the same trainable parameters; gradients and BatchNorm's running statistics
 * are their own and are added up in the order of the shares, so that the outcome depends on the
 * number of threads but not on their timing. Maps are kept channels-last, which oneDNN's
 * convolutions prefer.
 */
final class PyTorchEngine implements Engine {
  private static final double BATCH_NORM_MOMENTUM = 0.1;

  private final Graph graph;
  private final Precision precision;
  private final FloatPointer parameters;
  private final FloatBuffer parameterView;
  private final FloatBuffer gradientView;
  private final List<Replica> replicas = new ArrayList<>();

  /** Native code that still runs while libtorch is taken down would crash the process. */
  private final Thread atExit = new Thread(this::stop, "engine-stop");

  /** Images of each replica in the last forward pass; empty when there is nothing to go back. */
  private int[] passShares = {};

  PyTorchEngine(Graph graph, int threads) {
    this(graph, threads, 1, Precision.FLOAT32);
  }

  /**
   * @param threads replicas of the network
   * @param threadsEach of libtorch's own that each replica has
   * @param precision of the training passes
   */
  PyTorchEngine(Graph graph, int threads, int threadsEach, Precision precision) {
    if (threads < 1) {
      throw new IllegalArgumentException("the engine needs at least 1 thread, got " + threads);
    }
    this.graph = graph;
    this.precision = precision;
    // OpenBLAS has a pool of its own, whose threads would spin beside the replicas'.
    openblas.blas_set_num_threads(1);
    int count = graph.parameters().values().stream().mapToInt(Graph.Parameter::size).sum();
    try (PointerScope scope = new PointerScope()) {
      parameters = new FloatPointer(count).retainReference();
    }
    parameterView = parameters.asBuffer();
    gradientView = FloatBuffer.allocate(count);
    for (int i = 0; i < threads; i++) {
      replicas.add(new Replica("engine-" + i, threadsEach, count));
    }
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  @Override
  public FloatBuffer parameters() {
    return parameterView.duplicate();
  }

  @Override
  public FloatBuffer gradients() {
    return gradientView.duplicate();
  }

  @Override
  public float[][] forward(float[] images, int count, int size) {
    // BatchNorm wants at least two images for its statistics.
    int[] shares = shares(count, Math.max(1, count / 2));
    passShares = new int[0];
    List<float[][]> parts =
        onEach(shares, (replica, first, share) -> replica.forward(images, first, share, size));
    averageStatistics(shares, count);
    passShares = shares;
    float[][] values = new float[graph.outputs().size()][];
    for (int output = 0; output < values.length; output++) {
      int index = output;
      values[output] = joined(parts.stream().map(part -> part[index]).toList());
    }
    return values;
  }

  @Override
  public void backward(float[][] outputGradients) {
    if (passShares.length == 0) {
      throw new IllegalStateException("backward needs a forward pass before it");
    }
    int images = Arrays.stream(passShares).sum();
    List<float[]> parts =
        onEach(
            passShares,
            (replica, first, share) -> {
              float[][] own = new float[outputGradients.length][];
              for (int i = 0; i < own.length; i++) {
                int plane = outputGradients[i].length / images;
                own[i] =
                    Arrays.copyOfRange(outputGradients[i], first * plane, (first + share) * plane);
              }
              return replica.backward(own);
            });
    for (float[] part : parts) {
      for (int i = 0; i < part.length; i++) {
        gradientView.put(i, gradientView.get(i) + part[i]);
      }
    }
    passShares = new int[0];
  }

  @Override
  public float[] infer(float[] images, int count, int size) {
    return joined(
        onEach(
            shares(count, count),
            (replica, first, share) -> replica.infer(images, first, share, size)));
  }

  /** Divides images among at most {@code most} replicas as evenly as can be. */
  private int[] shares(int count, int most) {
    int[] shares = new int[Math.min(replicas.size(), most)];
    for (int i = 0; i < shares.length; i++) {
      shares[i] = count / shares.length + (i < count % shares.length ? 1 : 0);
    }
    return shares;
  }

  private interface Work<T> {
    T of(Replica replica, int firstImage, int images);
  }

  /** Does every replica's share of the work, each on its own thread; results in their order. */
  private <T> List<T> onEach(int[] shares, Work<T> work) {
    List<Future<T>> running = new ArrayList<>();
    int first = 0;
    for (int i = 0; i < shares.length; i++) {
      Replica replica = replicas.get(i);
      int start = first;
      int share = shares[i];
      try {
        running.add(replica.submit(() -> work.of(replica, start, share)));
      } catch (RejectedExecutionException e) {
        throw new IllegalStateException("the training engine is closed", e);
      }
      first += share;
    }
    return running.stream().map(PyTorchEngine::result).toList();
  }

  /** Waits even if interrupted: native code cannot be stopped half-way. */
  private static <T> T result(Future<T> future) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw new IllegalStateException("the training engine failed: " + e.getCause(), e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static float[] joined(List<float[]> parts) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    float[] all = new float[parts.stream().mapToInt(part -> part.length).sum()];
    int offset = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, offset, part.length);
      offset += part.length;
    }
    return all;
  }

  /** Each replica has moved the running statistics by its own share of the batch. */
  private void averageStatistics(int[] shares, int count) {
    int offset = 0;
    for (Graph.Parameter parameter : graph.parameters().values()) {
      if (!parameter.trainable()) {
        for (int i = offset; i < offset + parameter.size(); i++) {
          double sum = 0;
          for (int r = 0; r < shares.length; r++) {
            sum += replicas.get(r).own.get(i) * (shares[r] / (double) count);
          }
          parameterView.put(i, (float) sum);
        }
      }
      offset += parameter.size();
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The process is ending already, and the hook with it.
    }
    stop();
    replicas.forEach(Replica::close);
    parameters.releaseReference();
  }

  /** Lets the threads finish what they are at and takes no more. */
  private void stop() {
    replicas.forEach(replica -> replica.thread.shutdown());
    for (Replica replica : replicas) {
      try {
        if (!replica.thread.awaitTermination(60, TimeUnit.SECONDS)) {
          return;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** The network as one thread sees it. */
  private final class Replica {
    private final ExecutorService thread;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    /** Laid out as the parameters: gradients of the trainable ones, values of the others. */
    private final FloatPointer memory;

    private final FloatBuffer own;

    /** What a forward pass leaves for the backward pass: libtorch hangs the rest on them. */
    private List<Tensor> passOutputs = List.of();

    Replica(String name, int threadsEach, int count) {
      thread =
          Executors.newSingleThreadExecutor(
              task -> {
                Thread made =
                    new Thread(
                        () -> {
                          torch.set_num_threads(threadsEach);
                          task.run();
                        },
                        name);
                made.setDaemon(true);
                return made;
              });
      try (PointerScope scope = new PointerScope()) {
        memory = new FloatPointer(count).retainReference();
        own = memory.asBuffer();
        own.put(new float[count]).rewind();
        int offset = 0;
        for (Map.Entry<String, Graph.Parameter> entry : graph.parameters().entrySet()) {
          Graph.Parameter parameter = entry.getValue();
          Tensor tensor = view(parameter.trainable() ? parameters : memory, offset, parameter);
          if (parameter.trainable()) {
            tensor.set_requires_grad(true);
            tensor.mutable_grad().put(view(memory, offset, parameter));
          }
          tensors.put(entry.getKey(), tensor.retainReference());
          offset += parameter.size();
        }
      }
    }

    private static Tensor view(FloatPointer memory, int offset, Graph.Parameter parameter) {
      long[] shape = parameter.shape().stream().mapToLong(Integer::longValue).toArray();
      return torch.from_blob(memory.getPointer(offset), shape);
    }

    <T> Future<T> submit(Callable<T> task) {
      return thread.submit(task);
    }

    float[][] forward(float[] images, int first, int count, int size) {
      endPass();
      loadStatistics();
      try (PointerScope scope = new PointerScope()) {
        passOutputs = run(images, first, count, size, true);
        float[][] values = new float[passOutputs.size()][];
        for (int i = 0; i < values.length; i++) {
          values[i] = values(passOutputs.get(i).<Tensor>retainReference());
        }
        return values;
      }
    }

    /** The gradients of this share, laid out as the parameters; 0 where there is none. */
    float[] backward(float[][] outputGradients) {
      zeroGradients();
      try (PointerScope scope = new PointerScope()) {
        // The derivative of sum(output * g) by the output is g, so one scalar carries all outputs.
        Tensor total = torch.zeros(1);
        for (int i = 0; i < outputGradients.length; i++) {
          Tensor output = passOutputs.get(i);
          Tensor gradient =
              borrow(outputGradients[i], 0, outputGradients[i].length, outputGradients[i].length)
                  .view_as(output);
          total = total.add(output.mul(gradient).sum());
        }
        total.backward();
      }
      endPass();
      float[] gradients = new float[own.capacity()];
      forEach(true, (offset, length) -> own.get(offset, gradients, offset, length));
      return gradients;
    }

    float[] infer(float[] images, int first, int count, int size) {
      loadStatistics();
      try (PointerScope scope = new PointerScope();
          AutoGradMode noGradients = new AutoGradMode(false)) {
        return values(run(images, first, count, size, false).get(0));
      }
    }

    private interface Range {
      void at(int offset, int length);
    }

    private void forEach(boolean trainable, Range range) {
      int offset = 0;
      for (Graph.Parameter parameter : graph.parameters().values()) {
        if (parameter.trainable() == trainable) {
          range.at(offset, parameter.size());
        }
        offset += parameter.size();
      }
    }

    private void loadStatistics() {
      forEach(false, (offset, length) -> own.put(offset, parameterView, offset, length));
    }

    private void zeroGradients() {
      forEach(true, (offset, length) -> own.put(offset, new float[length]));
    }

    private void endPass() {
      passOutputs.forEach(Tensor::releaseReference);
      passOutputs = List.of();
    }

    private void close() {
      endPass();
      tensors.values().forEach(Tensor::releaseReference);
      tensors.clear();
      memory.releaseReference();
    }

    /** A tensor over memory that goes with the enclosing scope. */
    private static Tensor borrow(float[] values, int first, int length, long... shape) {
      return torch.from_blob(new FloatPointer(length).put(values, first, length), shape);
    }

    /** A tensor with memory of its own: the backward pass reads it after the scope has ended. */
    private static Tensor image(float[] values, int first, long[] shape) {
      MemoryFormatOptional channelsLast = new MemoryFormatOptional(torch.MemoryFormat.ChannelsLast);
      int each = Math.toIntExact(shape[1] * shape[2] * shape[3]);
      int length = Math.toIntExact(shape[0] * each);
      return borrow(values, first * each, length, shape).clone(channelsLast);
    }

    private static float[] values(Tensor tensor) {
      Tensor plain = tensor.contiguous();
      float[] values = new float[Math.toIntExact(plain.numel())];
      new FloatPointer(plain.data_ptr_float()).get(values);
      return values;
    }

    private List<Tensor> run(float[] images, int first, int count, int size, boolean training) {
      Map<String, Tensor> made = new HashMap<>();
      for (Graph.Node node : graph.nodes()) {
        List<Tensor> in = new ArrayList<>();
        for (String input : node.inputs()) {
          in.add(get(made, input));
        }
        Tensor out =
            node.op() instanceof Op.Input input
                ? rounded(
                    image(images, first, new long[] {count, input.channels(), size, size}),
                    training)
                : apply(node, in, training);
        made.put(node.name(), out);
      }
      return graph.outputs().stream()
          .map(output -> get(made, output).to(torch.ScalarType.Float))
          .toList();
    }

    private static Tensor get(Map<String, Tensor> tensors, String name) {
      Tensor tensor = tensors.get(name);
      if (tensor == null) {
        throw new IllegalStateException("no tensor is called '" + name + "'");
      }
      return tensor;
    }

    private Tensor apply(Graph.Node node, List<Tensor> in, boolean training) {
      Tensor x = in.get(0);
      Op op = node.op();
      if (op instanceof Op.Conv c && training && isWrongInBfloat16(c)) {
        Tensor single = x.to(torch.ScalarType.Float);
        return rounded(convolved(node, c, single, false), training);
      } else if (op instanceof Op.Conv c) {
        return convolved(node, c, x, training);
      } else if (op instanceof Op.TransposedConv c) {
        long[] padding = {c.padding(), c.padding()};
        return torch.conv_transpose2d(
            x,
            weight(node, training),
            bias(node, c.bias(), training),
            new long[] {2, 2},
            padding,
            padding,
            1,
            1,
            1);
      } else if (op instanceof Op.BatchNorm) {
        return torch.batch_norm(
            x,
            new TensorOptional(parameter(node, "weight")),
            new TensorOptional(parameter(node, "bias")),
            new TensorOptional(parameter(node, "running_mean")),
            new TensorOptional(parameter(node, "running_var")),
            training,
            BATCH_NORM_MOMENTUM,
            Op.BatchNorm.EPSILON,
            false);
      } else if (op instanceof Op.Relu) {
        return torch.relu(x);
      } else if (op instanceof Op.Relu6) {
        return torch.relu6(x);
      } else if (op instanceof Op.Prelu) {
        return torch.prelu(x, weight(node, training));
      } else if (op instanceof Op.Gelu) {
        return torch.gelu(x);
      } else if (op instanceof Op.Sigmoid) {
        return torch.sigmoid(x);
      } else if (op instanceof Op.MaxPool p) {
        return torch.max_pool2d(x, p.size(), p.size());
      } else if (op instanceof Op.Upsample u) {
        long[] size = {x.size(2) * u.factor(), x.size(3) * u.factor()};
        return torch.upsample_bilinear2d(x, size, false);
      } else if (op instanceof Op.Resize) {
        return torch.upsample_bilinear2d(
            x, new long[] {in.get(1).size(2), in.get(1).size(3)}, false);
      } else if (op instanceof Op.AdaptiveAverage a) {
        return torch.adaptive_avg_pool2d(x, a.size(), a.size());
      } else if (op instanceof Op.GlobalAverage) {
        return torch.adaptive_avg_pool2d(x, 1, 1);
      } else if (op instanceof Op.ChannelMean) {
        return x.mean(new long[] {1}, true, new ScalarTypeOptional());
      } else if (op instanceof Op.ChannelMax) {
        return torch.amax(x, new long[] {1}, true);
      } else if (op instanceof Op.Concat) {
        return torch.cat(new TensorVector(in.toArray(new Tensor[0])), 1);
      } else if (op instanceof Op.Multiply) {
        return x.mul(in.get(1));
      } else if (op instanceof Op.Add) {
        return x.add(in.get(1));
      }
      return applyRare(node, in, training);
    }

    private Tensor convolved(Graph.Node node, Op.Conv c, Tensor x, boolean training) {
      long[] stride = {c.stride(), c.stride()};
      long[] padding = {c.paddingHeight(), c.paddingWidth()};
      long[] dilation = {c.dilation(), c.dilation()};
      return torch.conv2d(
          x,
          weight(node, training),
          bias(node, c.bias(), training),
          stride,
          padding,
          dilation,
          c.groups());
    }

    /**
     * Whether oneDNN 3.7's gradients of the weights are garbage: jit_bf16 for avx512_core_bf16,
     * dilated, with channels that do not fill its last block of 16 (88 to 64 channels, dilation 4,
     * at 40 x 40: NaN, or 1e38).
     */
    private boolean isWrongInBfloat16(Op.Conv c) {
      return precision == Precision.BFLOAT16
          && c.dilation() > 1
          && c.groups() == 1
          && (c.in() % 16 != 0 || c.out() % 16 != 0);
    }

    /** What only some networks have. */
    private Tensor applyRare(Graph.Node node, List<Tensor> in, boolean training) {
      Tensor x = in.get(0);
      Op op = node.op();
      if (op instanceof Op.LayerNorm n) {
        Tensor last = x.permute(0, 2, 3, 1);
        return torch
            .layer_norm(
                last,
                new long[] {n.channels()},
                new TensorOptional(parameter(node, "weight")),
                new TensorOptional(parameter(node, "bias")),
                Op.LayerNorm.EPSILON,
                false)
            .permute(0, 3, 1, 2);
      } else if (op instanceof Op.GroupNorm n) {
        return torch.group_norm(
            x,
            n.groups(),
            new TensorOptional(parameter(node, "weight")),
            new TensorOptional(parameter(node, "bias")),
            Op.GroupNorm.EPSILON,
            false);
      } else if (op instanceof Op.DoubleNorm) {
        Tensor soft = torch.softmax(x.reshape(x.size(0), x.size(1), -1), 2);
        Tensor sum = soft.sum(new long[] {1}, true, new ScalarTypeOptional());
        return soft.div(sum.add(new Scalar(Op.DoubleNorm.EPSILON)))
            .reshape(x.size(0), x.size(1), x.size(2), x.size(3));
      } else if (op instanceof Op.Shift shift) {
        return shifted(x, shift.down());
      } else if (op instanceof Op.Slice slice) {
        return x.narrow(1, slice.from(), slice.to() - slice.from());
      } else if (op instanceof Op.Unpool) {
        Tensor whole = in.get(1);
        Tensor places = torch.max_pool2d_with_indices(whole, 2, 2).get1();
        return torch.max_unpool2d(x, places, whole.size(2), whole.size(3));
      } else if (op instanceof Op.ChannelConv c) {
        Tensor row = x.reshape(x.size(0), 1, x.size(1));
        Tensor convolved =
            torch.conv1d(
                row,
                weight(node, training),
                new TensorOptional(),
                new long[] {1},
                new long[] {c.kernel() / 2},
                new long[] {1},
                1);
        return convolved.reshape(x.size(0), x.size(1), 1, 1);
      }
      throw new AssertionError(op);
    }

    /** Each part of the channels with zeros on one side and as much cut off on the other. */
    private static Tensor shifted(Tensor x, boolean down) {
      int axis = down ? 2 : 3;
      int most = Op.Shift.MOST;
      Tensor wide =
          torch.constant_pad_nd(
              x, down ? new long[] {0, 0, most, most} : new long[] {most, most, 0, 0});
      int channels = (int) x.size(1);
      TensorVector parts = new TensorVector();
      int from = 0;
      for (int c = 1; c <= channels; c++) {
        int distance = Op.Shift.of(from, channels);
        if (c == channels || Op.Shift.of(c, channels) != distance) {
          Tensor part = wide.narrow(1, from, c - from);
          parts.push_back(part.narrow(axis, most - distance, x.size(axis)));
          from = c;
        }
      }
      return torch.cat(parts, 1);
    }

    private Tensor weight(Graph.Node node, boolean training) {
      return rounded(parameter(node, "weight"), training);
    }

    private TensorOptional bias(Graph.Node node, boolean has, boolean training) {
      return has
          ? new TensorOptional(rounded(parameter(node, "bias"), training))
          : new TensorOptional();
    }

    /**
     * What a pass multiplies, in its precision. Normalisations take their statistics and their own
     * parameters in single precision from maps of either.
     */
    private Tensor rounded(Tensor tensor, boolean training) {
      return training && precision == Precision.BFLOAT16
          ? tensor.to(torch.ScalarType.BFloat16)
          : tensor;
    }

    private Tensor parameter(Graph.Node node, String part) {
      return get(tensors, node.tensors() + "." + part);
    }
  }
}
