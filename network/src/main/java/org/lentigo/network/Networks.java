package org.lentigo.network;

import java.util.List;
import java.util.stream.Stream;

/** Every network there is, by name. */
public final class Networks {
  private Networks() {}

  /** The side of the picture at which costs are counted unless a model says otherwise. */
  public static final int COUNTED_SIZE = 224;

  private static final List<Network> ALL =
      Stream.of(
              UlrtsNet.networks(),
              MobileNetV2UNet.networks(),
              UNet.networks(),
              FastScnn.networks(),
              ENet.networks(),
              UNeXt.networks(),
              MalUNet.networks())
          .flatMap(List::stream)
          .toList();

  /** All of them: those of ULRTS-Net's paper first, in the order of its tables. */
  public static List<Network> all() {
    return ALL;
  }

  /**
   * The network of this name.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names
   */
  public static Network get(String name) {
    return ALL.stream()
        .filter(network -> network.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no network is called '"
                        + name
                        + "'; there are "
                        + String.join(", ", ALL.stream().map(Network::name).toList())));
  }
}
