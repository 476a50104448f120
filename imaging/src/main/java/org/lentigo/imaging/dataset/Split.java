package org.lentigo.imaging.dataset;

/** The parts an owner may publish a data set in. */
public enum Split {
  TRAIN,
  VALIDATION,
  TEST
}
