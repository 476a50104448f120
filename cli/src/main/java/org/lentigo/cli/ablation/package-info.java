/**
 * The paper's tables, and a comparison with other networks: every row trained, scored and measured
 * alike.
 */
@NullMarked
package org.lentigo.cli.ablation;

import org.jspecify.annotations.NullMarked;
