import type { Benchmark } from './benchmark.ts'
import { simulator } from './benchmarks/simulator.ts'

/** Every benchmark there is; a new one is a file and a line here. */
export const benchmarks: readonly Benchmark[] = [simulator]
