package org.lentigo.cli;

/** How every command ends. The footer of each {@code --help} and the README say the same. */
final class ExitCode {
  /** All that was asked for is done. */
  static final int DONE = 0;

  /** Some of it failed: a file, a model, the output folder or the disk. */
  static final int FAILED = 1;

  /** The command line is wrong; nothing was done. */
  static final int USAGE = 2;

  private ExitCode() {}
}
