package org.lentigo.engine.pytorch;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.lentigo.network.Graph;
import org.lentigo.network.Op;
import org.lentigo.training.Engine;

/**
 * Walks a graph with libtorch's functional operators. Parameters and gradients lie in two flat
 * native arrays; each tensor of the graph is a view of them, so that the optimiser works on plain
 * buffers and nothing is copied. Maps are kept channels-last, which oneDNN's convolutions prefer.
 */
final class PyTorchEngine implements Engine {
  private static final double BATCH_NORM_MOMENTUM = 0.1;

  private final Graph graph;
  private final FloatPointer parameters;
  private final FloatPointer gradients;
  private final FloatBuffer parameterView;
  private final FloatBuffer gradientView;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  /** What a forward pass leaves for the backward pass: libtorch hangs the rest on them. */
  private List<Tensor> passOutputs = List.of();

  PyTorchEngine(Graph graph, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("the engine needs at least 1 thread, got " + threads);
    }
    this.graph = graph;
    torch.set_num_threads(threads);
    int count = graph.parameters().values().stream().mapToInt(Graph.Parameter::size).sum();
    try (PointerScope scope = new PointerScope()) {
      parameters = new FloatPointer(count).retainReference();
      gradients = new FloatPointer(count).retainReference();
      int offset = 0;
      for (Map.Entry<String, Graph.Parameter> entry : graph.parameters().entrySet()) {
        Graph.Parameter parameter = entry.getValue();
        Tensor tensor = view(parameters, offset, parameter);
        if (parameter.trainable()) {
          tensor.set_requires_grad(true);
          tensor.mutable_grad().put(view(gradients, offset, parameter));
        }
        tensors.put(entry.getKey(), tensor.retainReference());
        offset += parameter.size();
      }
    }
    parameterView = parameters.asBuffer();
    gradientView = gradients.asBuffer();
    gradientView.put(new float[count]).rewind();
  }

  private static Tensor view(FloatPointer memory, int offset, Graph.Parameter parameter) {
    long[] shape = parameter.shape().stream().mapToLong(Integer::longValue).toArray();
    return torch.from_blob(memory.getPointer(offset), shape);
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
    endPass();
    try (PointerScope scope = new PointerScope()) {
      passOutputs = run(images, count, size, true);
      float[][] values = new float[passOutputs.size()][];
      for (int i = 0; i < values.length; i++) {
        values[i] = values(passOutputs.get(i).<Tensor>retainReference());
      }
      return values;
    }
  }

  @Override
  public void backward(float[][] outputGradients) {
    if (passOutputs.isEmpty()) {
      throw new IllegalStateException("backward needs a forward pass before it");
    }
    try (PointerScope scope = new PointerScope()) {
      // The derivative of sum(output * g) by the output is g, so one scalar carries all outputs.
      Tensor total = torch.zeros(1);
      for (int i = 0; i < outputGradients.length; i++) {
        Tensor output = passOutputs.get(i);
        Tensor gradient = borrow(outputGradients[i], outputGradients[i].length).view_as(output);
        total = total.add(output.mul(gradient).sum());
      }
      total.backward();
    }
    endPass();
  }

  @Override
  public float[] infer(float[] images, int count, int size) {
    try (PointerScope scope = new PointerScope();
        AutoGradMode noGradients = new AutoGradMode(false)) {
      return values(run(images, count, size, false).get(0));
    }
  }

  private void endPass() {
    passOutputs.forEach(Tensor::releaseReference);
    passOutputs = List.of();
  }

  /** A tensor over memory that goes with the enclosing scope. */
  private static Tensor borrow(float[] values, long... shape) {
    return torch.from_blob(new FloatPointer(values), shape);
  }

  /** A tensor with memory of its own: the backward pass reads it after the scope has ended. */
  private static Tensor image(float[] values, long[] shape) {
    MemoryFormatOptional channelsLast = new MemoryFormatOptional(torch.MemoryFormat.ChannelsLast);
    return borrow(values, shape).clone(channelsLast);
  }

  private static float[] values(Tensor tensor) {
    Tensor plain = tensor.contiguous();
    float[] values = new float[Math.toIntExact(plain.numel())];
    new FloatPointer(plain.data_ptr_float()).get(values);
    return values;
  }

  private List<Tensor> run(float[] images, int count, int size, boolean training) {
    Map<String, Tensor> made = new HashMap<>();
    for (Graph.Node node : graph.nodes()) {
      List<Tensor> in = new ArrayList<>();
      for (String input : node.inputs()) {
        in.add(get(made, input));
      }
      Tensor out =
          node.op() instanceof Op.Input input
              ? image(images, new long[] {count, input.channels(), size, size})
              : apply(node, in, training);
      made.put(node.name(), out);
    }
    return graph.outputs().stream().map(output -> get(made, output)).toList();
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
    if (op instanceof Op.Conv c) {
      long[] stride = {c.stride(), c.stride()};
      long[] padding = {c.padding(), c.padding()};
      long[] dilation = {c.dilation(), c.dilation()};
      TensorOptional bias =
          c.bias() ? new TensorOptional(parameter(node, "bias")) : new TensorOptional();
      return torch.conv2d(
          x, parameter(node, "weight"), bias, stride, padding, dilation, c.groups());
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
    } else if (op instanceof Op.Sigmoid) {
      return torch.sigmoid(x);
    } else if (op instanceof Op.MaxPool p) {
      return torch.max_pool2d(x, p.size(), p.size());
    } else if (op instanceof Op.Upsample u) {
      long[] size = {x.size(2) * u.factor(), x.size(3) * u.factor()};
      return torch.upsample_bilinear2d(x, size, false);
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
    throw new AssertionError(op);
  }

  private Tensor parameter(Graph.Node node, String part) {
    return get(tensors, node.name() + "." + part);
  }

  @Override
  public void close() {
    endPass();
    tensors.values().forEach(Tensor::releaseReference);
    tensors.clear();
    parameters.releaseReference();
    gradients.releaseReference();
  }
}
