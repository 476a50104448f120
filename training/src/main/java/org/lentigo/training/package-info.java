/**
 * Everything about training that needs no engine: configuration, splits, augmentation, batches,
 * schedules and curves.
 */
@NullMarked
package org.lentigo.training;

import org.jspecify.annotations.NullMarked;
