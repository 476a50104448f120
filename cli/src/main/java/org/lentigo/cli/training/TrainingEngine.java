package org.lentigo.cli.training;

import java.util.ServiceLoader;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.training.Engine;

/** The engine that trains, which lies in a module that is found at run time. */
public final class TrainingEngine {
  private TrainingEngine() {}

  /**
   * The one on the class path.
   *
   * @param command the command that brings it, for the message
   */
  public static Engine.Provider find(String command) throws CommandFailure {
    return ServiceLoader.load(Engine.Provider.class)
        .findFirst()
        .orElseThrow(
            () ->
                CommandFailure.failed(
                    "no training engine is on the class path; start with ./lentigo "
                        + command
                        + ", which brings it"));
  }
}
