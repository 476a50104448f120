package org.lentigo.cli;

import org.lentigo.runtime.internal.LentigoVersion;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"lentigo " + LentigoVersion.get()};
  }
}
