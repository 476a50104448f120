package org.lentigo.javaengine;

import java.util.Collection;
import java.util.List;

/**
 * A part of the plan: tasks that do not depend on one another, each of which writes its own part of
 * the step's values. What a task computes does not depend on the thread that runs it.
 */
abstract class Step {
  final String name;
  final Kernels kernels;

  Step(String name, Kernels kernels) {
    this.name = name;
    this.kernels = kernels;
  }

  /** Values it reads. */
  abstract Collection<Value> reads();

  /** Values it writes. */
  abstract List<Value> writes();

  /** How many tasks it has. */
  abstract int tasks();

  /** How many floats of the arena each thread needs for itself, with undefined content. */
  int scratch() {
    return 0;
  }

  /**
   * Runs one task.
   *
   * @param m the arena
   * @param scratch where this thread's scratch starts
   */
  abstract void run(float[] m, int task, int scratch);

  @Override
  public String toString() {
    return name + " [" + getClass().getSimpleName() + "] -> " + writes().get(0).shape;
  }
}
