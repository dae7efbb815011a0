import type { Capabilities } from '@machinepool/contract'
import { createMemoryHarness, doubles, type CloudBehaviour, type ConformanceSuite } from '@machinepool/contract/testing'

/** The reference provider, on a cloud in memory that behaves like one family of groups. */
function memorySuite(
  name: string,
  behaviour: Partial<CloudBehaviour>,
  capabilities: Partial<Capabilities> = {},
): ConformanceSuite {
  const harness = () => createMemoryHarness({ behaviour, capabilities })
  return { name: `memory/${name}`, harness, capabilities: harness().provider.capabilities }
}

export const memorySuites: readonly ConformanceSuite[] = [
  memorySuite('reference', {}),
  memorySuite('holding', doubles.holding),
  memorySuite('twoWrites', doubles.twoWrites),
  memorySuite('recreating', doubles.recreating),
  memorySuite('slow', doubles.slow),
  memorySuite('selfRolling', doubles.selfRolling),
  memorySuite('machines', doubles.holding, { machines: true }),
]
