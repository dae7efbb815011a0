import { readFileSync } from 'node:fs'

import type { CustomResourceDefinition } from '@machinepool/api'
import { parse } from 'yaml'

/**
 * Upstream's CRDs are reference data beside the project, not part of it: a clone of its own has none. `CI=true` makes
 * their absence a failure; elsewhere the comparison says that it was not made.
 */
const upstreamFolder = new URL('../../../shared/upstream-crds/', import.meta.url)
const samplesFolder = new URL('../../../shared/samples/', import.meta.url)

export function readUpstreamCrd(file: string): CustomResourceDefinition {
  return parse(readFileSync(new URL(file, upstreamFolder), 'utf8')) as CustomResourceDefinition
}

export { samplesFolder, upstreamFolder }
