import { apiserver } from './apiserver.ts'
import { awsLifecycle } from './aws-lifecycle.ts'
import { awsSteadyState } from './aws-steady-state.ts'
import type { Benchmark } from './benchmark.ts'
import { converge } from './converge.ts'
import { gcpManager } from './gcp-manager.ts'
import { nodeEvents } from './node-events.ts'
import { nodes } from './nodes.ts'
import { rolling } from './rolling.ts'
import { simulator } from './simulator.ts'

/** Every benchmark there is; a new one is a file and a line here. */
export const benchmarks: readonly Benchmark[] = [
  converge,
  rolling,
  nodeEvents,
  nodes,
  simulator,
  apiserver,
  awsLifecycle,
  awsSteadyState,
  gcpManager,
]
