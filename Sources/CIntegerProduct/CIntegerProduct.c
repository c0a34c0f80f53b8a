#include "CIntegerProduct.h"

#include <math.h>
#include <string.h>

#define BLOCK TENGU_INTEGER_BLOCK
#define PANEL TENGU_INTEGER_PANEL

// A panel has one record for each block of inputs: what a product begins with (-128 times the sum of the block's weights,
// for each output), the scales, and the weights, four inputs of each output after the other.
#define RECORD (PANEL * 4 + PANEL * 4 + PANEL * BLOCK)

size_t tengu_integer_weight_bytes(size_t inputs, size_t outputs) {
  return (outputs + PANEL - 1) / PANEL * (inputs / BLOCK) * RECORD;
}

// The rows' bytes come first, then the scales [blocks] of each row.
size_t tengu_integer_row_bytes(size_t inputs, size_t rows) { return rows * inputs + rows * (inputs / BLOCK) * 4; }

#ifdef __x86_64__
#include <immintrin.h>

#define VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))

int tengu_has_integer_product(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni");
}

// The largest magnitude of a block.
VNNI static inline float magnitude(const float *x) {
  __m512 top = _mm512_setzero_ps();
  for (int i = 0; i < BLOCK; i += 16) top = _mm512_max_ps(top, _mm512_abs_ps(_mm512_loadu_ps(x + i)));
  return _mm512_reduce_max_ps(top);
}

void tengu_integer_pack(const float *rows, size_t count, size_t inputs, uint8_t *packed) {
  for (size_t block = 0; block < inputs / BLOCK; block++) {
    uint8_t *record = packed + block * RECORD;
    int32_t *start = (int32_t *)record;
    float *scales = (float *)(record + PANEL * 4);
    int8_t *weights = (int8_t *)(record + PANEL * 8);
    memset(record, 0, RECORD);
    for (size_t output = 0; output < count; output++) {
      const float *source = rows + output * inputs + block * BLOCK;
      float top = 0;
      for (int i = 0; i < BLOCK; i++) top = fabsf(source[i]) > top ? fabsf(source[i]) : top;
      const float scale = top / 127;
      int32_t sum = 0;
      for (int i = 0; i < BLOCK; i++) {
        const int32_t value = top > 0 ? (int32_t)lrintf(source[i] / scale) : 0;
        weights[(size_t)(i / 4) * PANEL * 4 + output * 4 + (size_t)(i % 4)] = (int8_t)value;
        sum += value;
      }
      scales[output] = scale;
      start[output] = -128 * sum;
    }
  }
}

VNNI void tengu_integer_round(const float *x, size_t stride, size_t rows, size_t inputs, uint8_t *rounded) {
  float *scales = (float *)(rounded + rows * inputs);
  const size_t blocks = inputs / BLOCK;
  for (size_t row = 0; row < rows; row++) {
    for (size_t block = 0; block < blocks; block++) {
      const float *source = x + row * stride + block * BLOCK;
      uint8_t *target = rounded + row * inputs + block * BLOCK;
      const float top = magnitude(source);
      scales[row * blocks + block] = top / 127;
      const __m512 factor = _mm512_set1_ps(top > 0 ? 127 / top : 0);
      for (int i = 0; i < BLOCK; i += 16) {
        const __m512i value = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(source + i), factor));
        // Unsigned, because the instruction multiplies unsigned by signed bytes.
        const __m512i shifted = _mm512_add_epi32(value, _mm512_set1_epi32(128));
        _mm_storeu_si128((__m128i *)(target + i), _mm512_cvtusepi32_epi8(shifted));
      }
    }
  }
}

// `count` rows times one panel; the compiler makes one function for each count.
VNNI static inline __attribute__((always_inline)) void multiply_rows(
    const int count, const uint8_t *x, const float *scales, const uint8_t *panel, size_t inputs, float *y, size_t stride,
    size_t outputs, int accumulate) {
  const size_t blocks = inputs / BLOCK;
  __m512 sums[12][2];
#pragma clang loop unroll(full)
  for (int row = 0; row < count; row++) sums[row][0] = sums[row][1] = _mm512_setzero_ps();
  for (size_t block = 0; block < blocks; block++) {
    const uint8_t *record = panel + block * RECORD;
    const __m512i start0 = _mm512_load_si512(record), start1 = _mm512_load_si512(record + 64);
    const uint8_t *weights = record + PANEL * 8;
    __m512i parts[12][2];
#pragma clang loop unroll(full)
    for (int row = 0; row < count; row++) parts[row][0] = start0, parts[row][1] = start1;
    const uint8_t *bytes = x + block * BLOCK;
#pragma clang loop unroll_count(2)
    for (int i = 0; i < BLOCK / 4; i++) {
      const __m512i w0 = _mm512_load_si512(weights + i * PANEL * 4);
      const __m512i w1 = _mm512_load_si512(weights + i * PANEL * 4 + 64);
#pragma clang loop unroll(full)
      for (int row = 0; row < count; row++) {
        int32_t four;
        memcpy(&four, bytes + (size_t)row * inputs + i * 4, 4);
        const __m512i value = _mm512_set1_epi32(four);
        parts[row][0] = _mm512_dpbusd_epi32(parts[row][0], value, w0);
        parts[row][1] = _mm512_dpbusd_epi32(parts[row][1], value, w1);
      }
    }
    const __m512 scale0 = _mm512_load_ps((const float *)(record + PANEL * 4));
    const __m512 scale1 = _mm512_load_ps((const float *)(record + PANEL * 4) + 16);
#pragma clang loop unroll(full)
    for (int row = 0; row < count; row++) {
      const __m512 scale = _mm512_set1_ps(scales[(size_t)row * blocks + block]);
      sums[row][0] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(parts[row][0]), _mm512_mul_ps(scale, scale0), sums[row][0]);
      sums[row][1] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(parts[row][1]), _mm512_mul_ps(scale, scale1), sums[row][1]);
    }
  }
  const __mmask16 mask0 = outputs >= 16 ? 0xFFFF : (__mmask16)((1u << outputs) - 1);
  const __mmask16 mask1 = outputs >= 32 ? 0xFFFF : outputs > 16 ? (__mmask16)((1u << (outputs - 16)) - 1) : 0;
#pragma clang loop unroll(full)
  for (int row = 0; row < count; row++) {
    float *target = y + (size_t)row * stride;
    if (accumulate) {
      sums[row][0] = _mm512_add_ps(sums[row][0], _mm512_maskz_loadu_ps(mask0, target));
      sums[row][1] = _mm512_add_ps(sums[row][1], _mm512_maskz_loadu_ps(mask1, target + 16));
    }
    _mm512_mask_storeu_ps(target, mask0, sums[row][0]);
    _mm512_mask_storeu_ps(target + 16, mask1, sums[row][1]);
  }
}

#define ROWS(count) \
  case count: \
    multiply_rows(count, x, scales, panel, inputs, y, stride, outputs, accumulate); \
    break;

VNNI static void multiply_some(size_t count, const uint8_t *x, const float *scales, const uint8_t *panel, size_t inputs,
                               float *y, size_t stride, size_t outputs, int accumulate) {
  switch (count) {
    ROWS(1) ROWS(2) ROWS(3) ROWS(4) ROWS(5) ROWS(6) ROWS(7) ROWS(8) ROWS(9) ROWS(10) ROWS(11) ROWS(12)
  }
}

// Rows whose bytes stay in the second-level cache while all panels pass.
#define ROWS_AT_ONCE 384

VNNI void tengu_integer_multiply(const uint8_t *rounded, size_t rows, const uint8_t *packed, size_t inputs,
                                 size_t outputs, float *y, size_t stride, int accumulate) {
  const float *scales = (const float *)(rounded + rows * inputs);
  const size_t blocks = inputs / BLOCK;
  for (size_t first = 0; first < rows; first += ROWS_AT_ONCE) {
    const size_t end = first + ROWS_AT_ONCE < rows ? first + ROWS_AT_ONCE : rows;
    for (size_t output = 0; output < outputs; output += PANEL) {
      const uint8_t *panel = packed + output / PANEL * blocks * RECORD;
      for (size_t row = first; row < end; row += 12)
        multiply_some(end - row < 12 ? end - row : 12, rounded + row * inputs, scales + row * blocks, panel, inputs,
                      y + row * stride + output, stride, outputs - output, accumulate);
    }
  }
}

#else

int tengu_has_integer_product(void) { return 0; }
void tengu_integer_pack(const float *rows, size_t count, size_t inputs, uint8_t *packed) {}
void tengu_integer_round(const float *x, size_t stride, size_t rows, size_t inputs, uint8_t *rounded) {}
void tengu_integer_multiply(const uint8_t *rounded, size_t rows, const uint8_t *packed, size_t inputs, size_t outputs,
                            float *y, size_t stride, int accumulate) {}

#endif
