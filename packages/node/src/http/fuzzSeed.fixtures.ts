/**
 * The seed of the tests with random requests: fixed, so that a run can be repeated; `JURAT_FUZZ_SEED=n` takes another.
 * @module
 */

/** The seed, and how fast-check is told. */
export const fuzzSeed = { seed: Number(process.env['JURAT_FUZZ_SEED'] ?? 1) }
