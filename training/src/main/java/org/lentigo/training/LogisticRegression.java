package org.lentigo.training;

import java.util.Arrays;

/**
 * Fits {@code y ~ 1 / (1 + exp(-(c0 + c1 x1 + ...)))} for targets from 0 to 1 by minimising the
 * binary cross-entropy, summed over the rows, plus a quadratic penalty: Newton's method, its steps
 * halved while they make things worse. Sums run in a fixed order in strict arithmetic, so that
 * every machine gets the same bits.
 */
final class LogisticRegression {
  private static final int STEPS = 50;
  private static final int HALVINGS = 20;
  private static final double CLOSE = 1e-9;

  private LogisticRegression() {}

  /** The rows to fit; gone through several times. */
  interface Rows {
    void forEach(Row row);
  }

  /** Takes one row. */
  interface Row {
    /**
     * @param x a 1 for the intercept, then the features; not kept, so that the array may be used
     *     again
     * @param y the target, 0 to 1
     */
    void accept(double[] x, double y);
  }

  /**
   * Fits.
   *
   * @param start the coefficients to begin with, the intercept first; the penalty draws towards
   *     them
   * @param penalty of each coefficient, above 0: this times half its squared distance from the
   *     start
   * @return the coefficients
   */
  static double[] fit(Rows rows, double[] start, double[] penalty) {
    double[] at = start.clone();
    Loss loss = new Loss(rows, at, start, penalty);
    for (int step = 0; step < STEPS; step++) {
      double[] move = solve(loss.curvature, loss.slope);
      Loss next = loss;
      double[] to = at;
      for (int halving = 0; halving < HALVINGS; halving++) {
        to = at.clone();
        for (int i = 0; i < to.length; i++) {
          to[i] -= move[i];
          move[i] /= 2;
        }
        next = new Loss(rows, to, start, penalty);
        if (next.value <= loss.value) {
          break;
        }
      }
      if (!(next.value <= loss.value)) {
        break;
      }
      boolean done = loss.value - next.value <= CLOSE * Math.abs(loss.value);
      at = to;
      loss = next;
      if (done) {
        break;
      }
    }
    return at;
  }

  /** The loss and its first and second derivatives at some coefficients. */
  private static final class Loss {
    private double value;
    private final double[] slope;
    private final double[][] curvature;

    Loss(Rows rows, double[] at, double[] start, double[] penalty) {
      int n = at.length;
      slope = new double[n];
      curvature = new double[n][n];
      rows.forEach(
          (x, y) -> {
            double z = 0;
            for (int i = 0; i < n; i++) {
              z += at[i] * x[i];
            }
            double e = StrictMath.exp(-Math.abs(z));
            value += Math.max(z, 0) - y * z + StrictMath.log1p(e);
            double p = z >= 0 ? 1 / (1 + e) : e / (1 + e);
            double weight = e / ((1 + e) * (1 + e));
            for (int i = 0; i < n; i++) {
              slope[i] += (p - y) * x[i];
              for (int k = 0; k <= i; k++) {
                curvature[i][k] += weight * x[i] * x[k];
              }
            }
          });
      for (int i = 0; i < n; i++) {
        value += penalty[i] * (at[i] - start[i]) * (at[i] - start[i]) / 2;
        slope[i] += penalty[i] * (at[i] - start[i]);
        curvature[i][i] += penalty[i];
      }
    }
  }

  /**
   * Solves a small symmetric positive definite system by Cholesky's decomposition.
   *
   * @param matrix its lower triangle
   */
  private static double[] solve(double[][] matrix, double[] right) {
    int n = right.length;
    double[][] l = new double[n][n];
    double[] x = Arrays.copyOf(right, n);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = matrix[i][j];
        for (int k = 0; k < j; k++) {
          sum -= l[i][k] * l[j][k];
        }
        l[i][j] = i == j ? Math.sqrt(Math.max(sum, Double.MIN_NORMAL)) : sum / l[j][j];
      }
    }
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < i; k++) {
        x[i] -= l[i][k] * x[k];
      }
      x[i] /= l[i][i];
    }
    for (int i = n - 1; i >= 0; i--) {
      for (int k = i + 1; k < n; k++) {
        x[i] -= l[k][i] * x[k];
      }
      x[i] /= l[i][i];
    }
    return x;
  }
}
