package org.lentigo.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Reads what we write with the protocol-buffer classes made from ONNX's own definition. */
class OnnxWriterTest {

  @Test
  void theFileIsWhatOnnxDefines() throws Exception {
    Model model = ModelFileTest.model("T4-5", 3);
    OnnxMl.ModelProto proto = OnnxMl.ModelProto.parseFrom(OnnxWriter.encode(model));

    assertThat(proto.getIrVersion()).isEqualTo(8);
    assertThat(proto.getOpsetImport(0).getVersion()).isEqualTo(17);
    OnnxMl.GraphProto graph = proto.getGraph();
    assertThat(graph.getInputList()).hasSize(1);
    assertThat(graph.getInput(0).getName()).isEqualTo("image");
    assertThat(
            graph.getInput(0).getType().getTensorType().getShape().getDimList().stream()
                .map(d -> d.getDimValue()))
        .containsExactly(1L, 3L, 224L, 224L);
    assertThat(graph.getOutput(0).getName()).isEqualTo("probability");
    assertThat(graph.getNodeList()).noneMatch(n -> n.getOpType().equals("BatchNormalization"));
    assertThat(proto.getMetadataPropsList())
        .anyMatch(p -> p.getKey().equals("lentigo.mean") && p.getValue().equals("0.71,0.56,0.51"))
        .anyMatch(
            p -> p.getKey().equals("lentigo.model_sha256") && p.getValue().equals(model.sha256()));

    Set<String> known = new HashSet<>();
    known.add("image");
    graph.getInitializerList().forEach(t -> known.add(t.getName()));
    for (OnnxMl.NodeProto node : graph.getNodeList()) {
      for (String input : node.getInputList()) {
        assertThat(input.isEmpty() || known.contains(input)).as(input).isTrue();
      }
      assertThat(known.addAll(node.getOutputList())).as(node.getName()).isTrue();
    }
    assertThat(known).contains("probability");
  }

  @Test
  void weightsAndAttributesArrive() throws Exception {
    Model model = ModelFileTest.model("T4-5", 3);
    OnnxMl.GraphProto graph = OnnxMl.ModelProto.parseFrom(OnnxWriter.encode(model)).getGraph();
    OnnxMl.NodeProto conv =
        graph.getNodeList().stream()
            .filter(n -> n.getName().equals("e5.d16.conv"))
            .findFirst()
            .orElseThrow();
    assertThat(
            conv.getAttributeList().stream()
                .filter(a -> a.getName().equals("dilations"))
                .flatMap(a -> a.getIntsList().stream()))
        .containsExactly(16L, 16L);
    assertThat(
            conv.getAttributeList().stream()
                .filter(a -> a.getName().equals("pads"))
                .flatMap(a -> a.getIntsList().stream()))
        .containsExactly(16L, 16L, 16L, 16L);
    OnnxMl.TensorProto head =
        graph.getInitializerList().stream()
            .filter(t -> t.getName().equals("head.conv.weight"))
            .findFirst()
            .orElseThrow();
    assertThat(head.getDimsList()).containsExactly(1L, 32L, 1L, 1L);
    assertThat(head.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getFloat(0))
        .isEqualTo(model.weights().get("head.conv.weight")[0]);
  }
}
