// Products of 8-bit integers with a scale for each block of 64: the multiplications of a language model's layers.
//
// Swift has no access to the processor's instruction for sums of four products of bytes (VNNI), which makes such a
// product up to four times as fast as one of floats.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Inputs that share one scale.
#define TENGU_INTEGER_BLOCK 64
/// Outputs of one panel of packed weights.
#define TENGU_INTEGER_PANEL 32

/// Whether this processor has the instructions that the functions below need (AVX-512 with VNNI). The other functions may
/// only be called if it has.
int tengu_has_integer_product(void);

/// Bytes of packed weights; `inputs` is a multiple of TENGU_INTEGER_BLOCK.
size_t tengu_integer_weight_bytes(size_t inputs, size_t outputs);

/// Packs one panel of TENGU_INTEGER_PANEL outputs.
/// - rows: [count, inputs], the weights of the panel's outputs; `count` is at most TENGU_INTEGER_PANEL, and the outputs
///   beyond it become zero.
/// - packed: the beginning of the panel, panel * tengu_integer_weight_bytes(inputs, TENGU_INTEGER_PANEL) bytes into
///   the memory, which is aligned to 64 bytes.
void tengu_integer_pack(const float *rows, size_t count, size_t inputs, uint8_t *packed);

/// Bytes of `rows` rounded rows of `inputs` numbers, with their scales.
size_t tengu_integer_row_bytes(size_t inputs, size_t rows);

/// Rounds rows of floats to bytes.
/// - x: [rows, inputs] with `stride` floats from row to row.
/// - rounded: tengu_integer_row_bytes bytes, aligned to 64.
void tengu_integer_round(const float *x, size_t stride, size_t rows, size_t inputs, uint8_t *rounded);

/// y = x W, or y += x W if `accumulate` is not 0. The bits of a row do not depend on the other rows.
/// - rounded: [rows, inputs] from tengu_integer_round.
/// - packed: [inputs, outputs] from tengu_integer_pack.
/// - y: [rows, outputs] with `stride` floats from row to row.
void tengu_integer_multiply(const uint8_t *rounded, size_t rows, const uint8_t *packed, size_t inputs, size_t outputs,
                            float *y, size_t stride, int accumulate);
