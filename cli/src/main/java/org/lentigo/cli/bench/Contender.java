package org.lentigo.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.lentigo.network.Model;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Inference;
import org.lentigo.runtime.internal.OutsideRuntime;

/**
 * What {@code lentigo bench} measures: an engine, Lentigo's own or an outside one, with a model.
 *
 * @param name as in the tables
 * @param engine as {@link #named} knows it again in another process
 */
public record Contender(String name, String engine, Model model, Opener opener) {
  /** A network that runs, for any number of callers. */
  public interface Runner extends AutoCloseable {
    /** As {@link Inference#infer}; {@code caller} counts from 0 and is one thread's own. */
    void infer(int caller, float[] planes, float[] probabilities);

    @Override
    void close();
  }

  /** Opens it for a number of callers with a number of threads each. */
  public interface Opener {
    Runner open(int callers, int threads);
  }

  public static Contender of(Engine engine, Model model, boolean nameModel) {
    return new Contender(
        nameModel ? engine + ", " + model.name() : engine.toString(),
        engine.toString(),
        model,
        (callers, threads) -> {
          Inference inference = Inference.open(model, threads, engine);
          return new Runner() {
            @Override
            public void infer(int caller, float[] planes, float[] probabilities) {
              inference.infer(planes, probabilities);
            }

            @Override
            public void close() {
              inference.close();
            }
          };
        });
  }

  /** The outside runtimes on the class path. They serve one caller at a time: each gets its own. */
  public static List<Contender> outside(Model model) {
    List<Contender> found = new ArrayList<>();
    for (OutsideRuntime runtime : ServiceLoader.load(OutsideRuntime.class)) {
      found.add(
          new Contender(
              runtime.name(),
              runtime.name(),
              model,
              (callers, threads) -> {
                List<OutsideRuntime.Runner> own = new ArrayList<>();
                try {
                  for (int i = 0; i < callers; i++) {
                    own.add(runtime.open(model, threads));
                  }
                } catch (RuntimeException | Error e) {
                  own.forEach(OutsideRuntime.Runner::close);
                  throw e;
                }
                return new Runner() {
                  @Override
                  public void infer(int caller, float[] planes, float[] probabilities) {
                    own.get(caller).infer(planes, probabilities);
                  }

                  @Override
                  public void close() {
                    own.forEach(OutsideRuntime.Runner::close);
                  }
                };
              }));
    }
    return found;
  }

  /** The contender of {@link #engine} that name. */
  static Contender named(String engine, Model model) {
    for (Engine own : Engine.values()) {
      if (own.toString().equals(engine)) {
        return of(own, model, false);
      }
    }
    return outside(model).stream()
        .filter(c -> c.engine.equals(engine))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no engine " + engine));
  }

  /** An input for its network, the same on every run. Its content does not change the speed. */
  public float[] planes() {
    int size = model.preprocessing().size();
    float[] planes = new float[3 * size * size];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (float) Math.sin(i * 0.37 + i / size * 0.11);
    }
    return planes;
  }

  /** Room for its network's output. */
  public float[] map() {
    int size = model.preprocessing().size();
    return new float[size * size];
  }
}
