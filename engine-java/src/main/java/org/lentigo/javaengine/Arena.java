package org.lentigo.javaengine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Places values in one array so that two share a place only if no step needs both.
 *
 * <p>First fit by size, largest first, which on these networks ends within a few percent of the
 * bound (the most that is alive at once).
 */
final class Arena {
  /** Values start at multiples of this many floats: a cache line. */
  static final int ALIGNMENT = 16;

  /** The most floats an array holds on every JVM. */
  static final int MOST = Integer.MAX_VALUE - 64;

  /**
   * Where the arena starts in its array. HotSpot puts an array's values 16 bytes into the object,
   * and a large object at the start of a region, so that this value lies on a cache line.
   */
  static final int START = 12;

  private record Life(Value value, int first, int last) {}

  private final Map<Value, Life> lives = new LinkedHashMap<>();

  /** Says that step number {@code step} touches the value. */
  void touch(Value value, int step) {
    lives.merge(
        value,
        new Life(value, step, step),
        (a, b) -> new Life(value, Math.min(a.first, b.first), Math.max(a.last, b.last)));
  }

  /**
   * Places every value from {@code start} on.
   *
   * @return the first free offset
   */
  long place(long start) {
    List<Life> placed = new ArrayList<>();
    List<Life> todo = new ArrayList<>(lives.values());
    todo.sort((a, b) -> Long.compare(b.value.size(), a.value.size()));
    long end = start;
    for (Life life : todo) {
      long size = roundUp(life.value.size());
      long offset = start;
      for (Life other : placed) {
        boolean together = other.first <= life.last && life.first <= other.last;
        if (together && other.value.offset < offset + size) {
          offset = Math.max(offset, other.value.offset + roundUp(other.value.size()));
        }
      }
      if (offset + size > MOST) {
        throw new IllegalArgumentException(
            "the network needs more than "
                + MOST
                + " values at this input size; give it a smaller one");
      }
      life.value.offset = (int) offset;
      end = Math.max(end, offset + size);
      int at = 0;
      while (at < placed.size() && placed.get(at).value.offset <= offset) {
        at++;
      }
      placed.add(at, life);
    }
    return end;
  }

  static long roundUp(long size) {
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
