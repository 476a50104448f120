package org.lentigo.training;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one epoch, made ahead of time by worker threads and delivered in order.
 *
 * <pre>{@code
 * try (BatchLoader batches = new BatchLoader(samples, config, epoch, 0, mean, std)) {
 *   while (batches.hasNext()) {
 *     step(batches.next());
 *   }
 * }
 * }</pre>
 *
 * <p>The order is shuffled by (seed, epoch) and each image's augmentation seeded by (seed, epoch,
 * its index in the list), so that what a batch holds depends neither on thread timing nor on where
 * in the epoch the loader starts. The images left over when the last batch would be incomplete are
 * dropped; every epoch's shuffle drops others. With fewer images than a batch wants, the epoch is
 * one batch of all of them.
 *
 * <p>Not thread-safe: one caller takes the batches.
 */
public final class BatchLoader implements Iterator<Batch>, AutoCloseable {
  private final List<Sample> samples;
  private final TrainingConfig config;
  private final int epoch;
  private final int size;
  private final int count;
  private final int batches;
  private final int[] order;
  private final ExecutorService workers;
  private final Deque<Future<Slot>> ahead = new ArrayDeque<>();
  private @Nullable Slot lent;
  private int submitted;
  private int delivered;

  /** A batch's arrays with the scratch memory to fill them; goes from worker to caller and back. */
  private record Slot(Batch batch, Augmenter augmenter, BoundaryWeights weights) {}

  /**
   * Starts working at once.
   *
   * @param samples in an order that is the same in every run, such as by stem; at least 2
   * @param config gives seed, augmentation, boundary weight, number of threads and the stage
   * @param epoch counted from 0 over all stages
   * @param firstBatch the batch to start with, 0 to {@link #batchesPerEpoch}
   * @param mean of each channel, RGB, subtracted from values of 0 to 1
   * @param std of each channel, which the difference is divided by
   */
  public BatchLoader(
      List<Sample> samples,
      TrainingConfig config,
      int epoch,
      int firstBatch,
      float[] mean,
      float[] std) {
    TrainingConfig.Stage stage = config.stageAt(epoch);
    this.samples = List.copyOf(samples);
    this.config = config;
    this.epoch = epoch;
    this.size = stage.size();
    this.count = Math.min(stage.batch(), samples.size());
    this.batches = batchesPerEpoch(samples.size(), stage);
    if (firstBatch < 0 || firstBatch > batches) {
      throw new IllegalArgumentException(
          "first batch: got " + firstBatch + ", wanted 0 to " + batches);
    }
    this.order = shuffled(samples.size(), seed(config.seed(), epoch, -1));
    this.submitted = firstBatch;
    this.delivered = firstBatch;
    this.workers =
        Executors.newFixedThreadPool(
            config.threads(),
            task -> {
              Thread thread = new Thread(task, "batch-loader");
              thread.setDaemon(true);
              return thread;
            });
    // One batch a worker, and one in the caller's hands.
    for (int i = 0; i <= config.threads(); i++) {
      int pixels = count * size * size;
      submit(
          new Slot(
              new Batch(count, size, new float[3 * pixels], new float[pixels], new float[pixels]),
              new Augmenter(config.augmentation(), mean, std),
              new BoundaryWeights(size, config.loss().boundary())));
    }
  }

  /**
   * Steps an epoch takes: whole batches only, and at least one.
   *
   * @param images at least 2
   * @throws IllegalArgumentException if there are fewer images
   */
  public static int batchesPerEpoch(int images, TrainingConfig.Stage stage) {
    if (images < 2) {
      throw new IllegalArgumentException(
          "training images: got " + images + ", wanted at least 2; add images or hold out fewer");
    }
    return Math.max(1, images / stage.batch());
  }

  @Override
  public boolean hasNext() {
    return delivered < batches;
  }

  /**
   * The next batch, waiting for it if need be. What an earlier call returned is overwritten from
   * now on.
   *
   * @throws NoSuchElementException after the epoch's last batch
   * @throws IllegalStateException if the thread is interrupted while waiting
   */
  @Override
  public Batch next() {
    if (lent != null) {
      submit(lent);
      lent = null;
    }
    Future<Slot> future = ahead.poll();
    if (future == null) {
      throw new NoSuchElementException("epoch " + epoch + " has " + batches + " batches");
    }
    try {
      Slot slot = future.get();
      lent = slot;
      delivered++;
      return slot.batch();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a batch", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("could not make batch " + delivered, e.getCause());
    }
  }

  /** Stops the workers; what they were making ahead is thrown away. */
  @Override
  public void close() {
    workers.shutdownNow();
  }

  private void submit(Slot slot) {
    if (submitted < batches) {
      int number = submitted++;
      ahead.add(workers.submit(() -> fill(slot, number)));
    }
  }

  private Slot fill(Slot slot, int number) {
    Batch batch = slot.batch();
    int pixels = size * size;
    for (int i = 0; i < count; i++) {
      int place = number * count + i;
      int index = order[place];
      // The order is a shuffled one, so its next image is any image.
      Sample skin = samples.get(order[(place + 1) % order.length]);
      slot.augmenter()
          .fill(
              samples.get(index),
              skin,
              seed(config.seed(), epoch, index),
              size,
              batch.images(),
              3 * i * pixels,
              batch.masks(),
              i * pixels);
      slot.weights().fill(batch.masks(), batch.boundary(), i * pixels);
    }
    return slot;
  }

  private static int[] shuffled(int length, long seed) {
    int[] order = new int[length];
    for (int i = 0; i < length; i++) {
      order[i] = i;
    }
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  /** Mixes three numbers so that neighbours give unrelated random streams. */
  private static long seed(long seed, int epoch, int index) {
    SplittableRandom random = new SplittableRandom(seed);
    random = new SplittableRandom(random.nextLong() + epoch);
    return new SplittableRandom(random.nextLong() + index).nextLong();
  }
}
