package org.lentigo.training;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.lentigo.imaging.AtomicFiles;

/**
 * The state of a run, which every step changes, and the file that keeps it. There is no random
 * state among it: every draw is a function of the configuration's seed, the epoch and the image's
 * index.
 */
final class Checkpoint {
  private static final int MAGIC = 0x4c454e54; // "LENT"

  /** Of what follows; any change to it, or to what it means, is a new one. */
  private static final int FORMAT = 6;

  /** From this one on the version of Lentigo that wrote the file stands behind the format. */
  private static final int FIRST_SIGNED_FORMAT = 5;

  private static final int MAX_LENGTH = 1 << 28;

  /** The version of Lentigo that wrote the file; empty if it was not read from one. */
  String writtenBy = "";

  /** The configuration as YAML; a resumed run must have the same. */
  final String config;

  /** Of the images and masks; a resumed run must have the same. */
  final String dataHash;

  /**
   * What the model's provenance says of the run's beginning: the model it began with, if any, and
   * its ancestry. A resumed run need not be told again.
   */
  final SortedMap<String, String> origin;

  /** SHA-256 of the teacher's file; empty if there is none. A resumed run must have the same. */
  final String teacherHash;

  /**
   * The part of a cross-validation that is held out, such as {@code 1 of 5}; empty if there is
   * none. A resumed run must hold out the same.
   */
  final String fold;

  /** The normalisation of R, G and B. */
  final float[] mean;

  final float[] std;

  /** Flat, as {@link Engine#parameters()}; so are the next three. */
  final float[] parameters;

  /** The moving average of {@code parameters}. */
  final float[] average;

  /** AdamW's first and second moments. */
  final float[] first;

  final float[] second;

  /** The epoch being trained, counted from 0. */
  int epoch;

  /** The batch of that epoch to be trained next, counted from 0. */
  int batch;

  /** Optimiser steps done. */
  long step;

  /** Over the batches of this epoch so far. */
  double lossSum;

  long imagesSeen;
  double epochSeconds;

  /** Since the run began, pauses between a kill and a resume left out. */
  double seconds;

  /** Whether the average did at least as well as the weights at the last validation. */
  boolean averageIsBetter = true;

  /** What the better of both reached there, 0 to 1; NaN before the first. */
  double latestJaccard = Double.NaN;

  /** A run's beginning. */
  Checkpoint(
      String config,
      String dataHash,
      SortedMap<String, String> origin,
      String teacherHash,
      String fold,
      float[] mean,
      float[] std,
      float[] parameters) {
    this(
        config,
        dataHash,
        origin,
        teacherHash,
        fold,
        mean,
        std,
        parameters,
        parameters.clone(),
        new float[parameters.length],
        new float[parameters.length]);
  }

  private Checkpoint(
      String config,
      String dataHash,
      SortedMap<String, String> origin,
      String teacherHash,
      String fold,
      float[] mean,
      float[] std,
      float[] parameters,
      float[] average,
      float[] first,
      float[] second) {
    this.config = config;
    this.dataHash = dataHash;
    this.origin = Collections.unmodifiableSortedMap(new TreeMap<>(origin));
    this.teacherHash = teacherHash;
    this.fold = fold;
    this.mean = mean;
    this.std = std;
    this.parameters = parameters;
    this.average = average;
    this.first = first;
    this.second = second;
  }

  /**
   * Writes the file.
   *
   * @param version of Lentigo, this one
   */
  void write(Path file, String version) throws IOException {
    AtomicFiles.writeDurably(
        file,
        stream -> {
          CRC32 checksum = new CRC32();
          DataOutputStream out = new DataOutputStream(new CheckedOutputStream(stream, checksum));
          out.writeInt(MAGIC);
          out.writeInt(FORMAT);
          write(out, version);
          write(out, config);
          write(out, dataHash);
          out.writeInt(origin.size());
          for (Map.Entry<String, String> entry : origin.entrySet()) {
            write(out, entry.getKey());
            write(out, entry.getValue());
          }
          write(out, teacherHash);
          write(out, fold);
          for (float[] values : new float[][] {mean, std, parameters, average, first, second}) {
            ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
            bytes.asFloatBuffer().put(values);
            out.writeInt(values.length);
            out.write(bytes.array());
          }
          out.writeInt(epoch);
          out.writeInt(batch);
          out.writeLong(step);
          out.writeDouble(lossSum);
          out.writeLong(imagesSeen);
          out.writeDouble(epochSeconds);
          out.writeDouble(seconds);
          out.writeBoolean(averageIsBetter);
          out.writeDouble(latestJaccard);
          out.writeLong(checksum.getValue());
          out.flush();
        });
  }

  /**
   * Reads a checkpoint.
   *
   * @param version of Lentigo, this one, for the message
   * @throws IOException if it cannot be read, is of another format, or is damaged
   */
  static Checkpoint read(Path file, String version) throws IOException {
    CRC32 checksum = new CRC32();
    try (DataInputStream in =
        new DataInputStream(
            new CheckedInputStream(
                new BufferedInputStream(Files.newInputStream(file)), checksum))) {
      if (in.readInt() != MAGIC) {
        throw new IOException(file + ": not a checkpoint of Lentigo; train anew in another folder");
      }
      int format = in.readInt();
      String writtenBy = format < FIRST_SIGNED_FORMAT ? "of before 0.1.0" : text(in);
      if (format != FORMAT) {
        throw new IOException(
            "%s: written by Lentigo %s (format %d), and this is Lentigo %s (format %d); resume with the one that wrote it, or go on from what it has learnt in another folder: --init %s"
                .formatted(
                    file, writtenBy, format, version, FORMAT, file.resolveSibling(Trainer.MODEL)));
      }
      Checkpoint checkpoint =
          new Checkpoint(
              text(in),
              text(in),
              map(in),
              text(in),
              text(in),
              floats(in),
              floats(in),
              floats(in),
              floats(in),
              floats(in),
              floats(in));
      checkpoint.writtenBy = writtenBy;
      checkpoint.epoch = in.readInt();
      checkpoint.batch = in.readInt();
      checkpoint.step = in.readLong();
      checkpoint.lossSum = in.readDouble();
      checkpoint.imagesSeen = in.readLong();
      checkpoint.epochSeconds = in.readDouble();
      checkpoint.seconds = in.readDouble();
      checkpoint.averageIsBetter = in.readBoolean();
      checkpoint.latestJaccard = in.readDouble();
      long computed = checksum.getValue();
      if (in.readLong() != computed) {
        throw new IOException(
            file + ": the checkpoint is damaged: its checksum differs; train anew");
      }
      return checkpoint;
    } catch (EOFException e) {
      throw new IOException(file + ": the checkpoint is damaged: it ends early; train anew", e);
    }
  }

  private static void write(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static SortedMap<String, String> map(DataInputStream in) throws IOException {
    SortedMap<String, String> map = new TreeMap<>();
    for (int left = length(in); left > 0; left--) {
      map.put(text(in), text(in));
    }
    return map;
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(in.readNBytes(length(in)), StandardCharsets.UTF_8);
  }

  private static float[] floats(DataInputStream in) throws IOException {
    float[] values = new float[length(in)];
    byte[] bytes = new byte[4 * values.length];
    in.readFully(bytes);
    ByteBuffer.wrap(bytes).asFloatBuffer().get(values);
    return values;
  }

  private static int length(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > MAX_LENGTH) {
      throw new IOException("the checkpoint is damaged: a part claims the length " + length);
    }
    return length;
  }
}
