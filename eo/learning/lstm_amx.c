/* Stacked LSTMs over many short series in bfloat16, for processors with AMX: what eo/learning/lstm_amx.py compiles.

   64 series at a time. For each period, layer and 16 hidden units, the four gates are products of tiles: 16 series by
   32 inputs (bfloat16) with 32 inputs by 16 units, summed in float32. States of cells stay in float32. Source of the
   instructions: Intel 64 and IA-32 Architectures Optimization Reference Manual, chapter 20 (AMX). */

#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SERIES = 64, ROWS = 16, UNITS = 16, DEPTH = 32, TILE = ROWS * DEPTH, GATES = 4, AT_ONCE = 2 };
enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };

typedef struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} __attribute__((packed)) TileShape;

/* Ask the kernel for the tiles' registers; 0 is yes. */
int lstm_amx_allow(void) { return (int)syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA); }

static inline uint16_t rounded(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

static inline float widened(uint16_t value) {
    uint32_t bits = (uint32_t)value << 16;
    float out;
    memcpy(&out, &bits, 4);
    return out;
}

/* 1 / (1 + 2^t), to 1e-4. */
static inline __m512 falling(__m512 t) {
    __m512 whole = _mm512_roundscale_ps(t, _MM_FROUND_TO_NEAREST_INT), f = _mm512_sub_ps(t, whole);
    __m512 p = _mm512_fmadd_ps(f, _mm512_set1_ps(0.0096181291f), _mm512_set1_ps(0.0555041087f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.2402265070f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.6931471806f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.0f));
    return _mm512_rcp14_ps(_mm512_add_ps(_mm512_scalef_ps(p, whole), _mm512_set1_ps(1.0f)));
}

static inline __m512 sigmoid(__m512 x) { return falling(_mm512_mul_ps(x, _mm512_set1_ps(-1.4426950409f))); }

static inline __m512 hyperbolic_tangent(__m512 x) {
    __m512 half = falling(_mm512_mul_ps(x, _mm512_set1_ps(-2.8853900818f)));
    return _mm512_fmsub_ps(half, _mm512_set1_ps(2.0f), _mm512_set1_ps(1.0f));
}

/* Gates of 16 units of 32 series that are yet to become states: input, forget, cell, output, each 32 by 16. */
typedef struct {
    const float *gates, *bias;
    float *cell;
    uint16_t *hidden;
    int units, left;
} Waiting;

/* Let some of the series that wait take their step. */
static inline void step(Waiting *w, int count) {
    const int size = 2 * ROWS * UNITS;
    if (w->left < count) return;
    w->left -= count;
    for (; count > 0; count--, w->gates += UNITS, w->cell += w->units, w->hidden += w->units) {
        __m512 i = sigmoid(_mm512_add_ps(_mm512_load_ps(w->gates), _mm512_loadu_ps(w->bias)));
        __m512 f = sigmoid(_mm512_add_ps(_mm512_load_ps(w->gates + size), _mm512_loadu_ps(w->bias + w->units)));
        __m512 g = _mm512_add_ps(_mm512_load_ps(w->gates + 2 * size), _mm512_loadu_ps(w->bias + 2 * w->units));
        __m512 o = sigmoid(_mm512_add_ps(_mm512_load_ps(w->gates + 3 * size), _mm512_loadu_ps(w->bias + 3 * w->units)));
        __m512 c = _mm512_fmadd_ps(f, _mm512_loadu_ps(w->cell), _mm512_mul_ps(i, hyperbolic_tangent(g)));
        _mm512_storeu_ps(w->cell, c);
        _mm256_storeu_si256((__m256i *)w->hidden, (__m256i)_mm512_cvtneps_pbh(_mm512_mul_ps(o, hyperbolic_tangent(c))));
    }
}

/* Add the products of two times 16 series with two gates: `depth` inputs of each series, `weights` tile after tile.
   Tiles and vectors are other parts of the processor: meanwhile series that wait take their step. */
static inline void multiply(const uint16_t *inputs, int depth, const uint16_t *weights, Waiting *waiting) {
    for (int k = 0; k < depth; k += DEPTH, weights += GATES * TILE) {
        _tile_loadd(4, inputs + k, depth * 2);
        _tile_loadd(5, inputs + ROWS * depth + k, depth * 2);
        _tile_loadd(6, weights, DEPTH * 2);
        _tile_loadd(7, weights + TILE, DEPTH * 2);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
        step(waiting, AT_ONCE);
    }
}

/* Write a period of 64 series, normalised, zeros for NaN, each number as its bfloat16, what that leaves, and again
   its bfloat16: their weights are bfloat16, the same, and what those leave. */
static void take(const float *series, long there, int periods, int bands, const float *mean, const float *scale,
                 int width, uint16_t *out) {
    memset(out, 0, sizeof(uint16_t) * (size_t)SERIES * width);
    for (long row = 0; row < there; row++, out += width)
        for (int band = 0; band < bands; band++) {
            float value = (series[row * periods * bands + band] - mean[band]) * scale[band];
            if (isnan(value)) continue;
            out[band] = out[2 * bands + band] = rounded(value);
            out[bands + band] = rounded(value - widened(out[band]));
        }
}

/* Fill logits (count, outputs) for series (count, periods, bands). 0 is done, 1 is no memory.
   weights: per layer, per 16 units, per 32 inputs (the series' `width` or the layer below, then the layer itself), per
   gate: a tile. biases: per layer 4 * units. head: (units, outputs), then its bias. */
int lstm_amx(const float *series, long count, long periods, long bands, const float *mean, const float *scale,
             long width, long layers, long units, const uint16_t *weights, const float *biases, const float *head,
             long outputs, float *logits) {
    const size_t states = (size_t)SERIES * units;
    uint16_t *input = aligned_alloc(64, sizeof(uint16_t) * SERIES * width);
    uint16_t *hidden = aligned_alloc(64, sizeof(uint16_t) * 2 * layers * states);
    float *cells = aligned_alloc(64, sizeof(float) * layers * states);
    float gates[2][GATES * 2 * ROWS * UNITS] __attribute__((aligned(64)));
    if (!input || !hidden || !cells) {
        free(input), free(hidden), free(cells);
        return 1;
    }
    TileShape shape = {.palette = 1};
    for (int tile = 0; tile < 8; tile++) shape.bytes[tile] = 64, shape.rows[tile] = ROWS;
    _tile_loadconfig(&shape);
    for (long start = 0; start < count; start += SERIES) {
        const long there = count - start < SERIES ? count - start : SERIES;
        memset(hidden, 0, sizeof(uint16_t) * 2 * layers * states);
        memset(cells, 0, sizeof(float) * layers * states);
        for (int period = 0; period < periods; period++) {
            take(series + (start * periods + period) * bands, there, periods, bands, mean, scale, width, input);
            const uint16_t *below = input, *tiles = weights;
            for (int layer = 0, depth = width; layer < layers; layer++, depth = units) {
                const uint16_t *before = hidden + (2 * layer + period % 2) * states;
                uint16_t *after = hidden + (2 * layer + 1 - period % 2) * states;
                const size_t own = (size_t)depth / DEPTH * GATES * TILE;
                Waiting waiting = {.left = 0};
                for (int unit = 0, turn = 0; unit < units; unit += UNITS) {
                    for (int row = 0; row < SERIES; row += 2 * ROWS, turn = !turn) {
                        for (int pair = 0; pair < 2; pair++) {
                            float *out = gates[turn] + pair * 4 * ROWS * UNITS;
                            const uint16_t *two = tiles + pair * 2 * TILE;
                            _tile_zero(0);
                            _tile_zero(1);
                            _tile_zero(2);
                            _tile_zero(3);
                            multiply(below + (size_t)row * depth, depth, two, &waiting);
                            multiply(before + (size_t)row * units, units, two + own, &waiting);
                            _tile_stored(0, out, UNITS * 4);
                            _tile_stored(2, out + ROWS * UNITS, UNITS * 4);
                            _tile_stored(1, out + 2 * ROWS * UNITS, UNITS * 4);
                            _tile_stored(3, out + 3 * ROWS * UNITS, UNITS * 4);
                        }
                        step(&waiting, waiting.left);
                        const size_t at = (size_t)row * units + unit;
                        const float *bias = biases + layer * GATES * units + unit;
                        waiting = (Waiting){gates[turn], bias, cells + layer * states + at, after + at, units, 2 * ROWS};
                    }
                    tiles += own + (size_t)units / DEPTH * GATES * TILE;
                }
                step(&waiting, waiting.left);
                below = after;
            }
        }
        const uint16_t *last = hidden + (2 * (layers - 1) + periods % 2) * states;
        for (long row = 0; row < there; row++) {
            float *out = logits + (start + row) * outputs;
            memcpy(out, head + (size_t)units * outputs, sizeof(float) * outputs);
            for (int unit = 0; unit < units; unit++) {
                const float value = widened(last[row * units + unit]);
                for (int k = 0; k < outputs; k++) out[k] += value * head[(size_t)unit * outputs + k];
            }
        }
    }
    _tile_release();
    free(input), free(hidden), free(cells);
    return 0;
}
