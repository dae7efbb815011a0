import type { Benchmark } from './benchmark.ts'
import { nodes } from './nodes.ts'
import { simulator } from './simulator.ts'

/** Every benchmark there is; a new one is a file and a line here. */
export const benchmarks: readonly Benchmark[] = [nodes, simulator]
