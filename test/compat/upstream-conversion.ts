import {
  apiVersionOf,
  clusterKind,
  convert,
  kubeadmConfigKind,
  machineKind,
  machinePoolKind,
  type Kind,
  type UnknownApiObject,
} from '@machinepool/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { arbitraryObject, settled as withoutZeroes } from './arbitrary-object.ts'
import type { UpstreamCode } from './upstream-code.ts'

// The same random objects through our conversions and through upstream's own.

const kinds: readonly Kind[] = [machinePoolKind, machineKind, clusterKind, kubeadmConfigKind]
const runs = { numRuns: 150 }

/** Objects as they are compared: what differs on purpose, or says nothing, is made equal. */
function settled(object: UnknownApiObject): UnknownApiObject {
  const result = withoutZeroes(object) as UnknownApiObject & {
    spec?: { diskSetup?: { partitions?: { layout?: boolean; diskLayout?: unknown }[] } }
    status?: { failureDomains?: { name: string }[] }
  }
  // v1beta2 allows one of the two only, and upstream's conversion leaves both.
  for (const partition of result.spec?.diskSetup?.partitions ?? []) {
    if (partition.diskLayout !== undefined) delete partition.layout
  }
  // A map in v1beta1: the order of the list is lost.
  if (Array.isArray(result.status?.failureDomains)) {
    result.status.failureDomains = result.status.failureDomains.toSorted((a, b) => a.name.localeCompare(b.name))
  }
  return result
}

/** Compares conversions; `upstream` is asked while the tests run. */
export function compareConversions(upstream: () => UpstreamCode): void {
  describe.each(kinds.map((kind) => ({ name: kind.kind, kind })))('$name', ({ kind }) => {
    const v1beta1 = apiVersionOf(kind, 'v1beta1')
    const v1beta2 = apiVersionOf(kind, 'v1beta2')

    test('goes to v1beta1 as upstream converts it', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryObject(kind, 'v1beta2'), async (object) => {
          const ours = await upstream().normalise(convert(object, v1beta1))
          expect(settled(ours)).toEqual(settled(await upstream().convert(object, v1beta1)))
        }),
        runs,
      )
    })

    test('goes to v1beta2 as upstream converts it', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryObject(kind, 'v1beta1'), async (object) => {
          const ours = await upstream().normalise(convert(object, v1beta2))
          expect(settled(ours)).toEqual(settled(await upstream().convert(object, v1beta2)))
        }),
        runs,
      )
    })

    test('comes back whole from v1beta1 as upstream wrote it', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryObject(kind, 'v1beta2'), async (object) => {
          const back = convert(await upstream().convert(object, v1beta1), v1beta2)
          expect(settled(await upstream().normalise(back))).toEqual(settled(await upstream().normalise(object)))
        }),
        runs,
      )
    })

    test('upstream reads what was written to v1beta1 here as what it wrote itself', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryObject(kind, 'v1beta2'), async (object) => {
          const back = await upstream().convert(convert(object, v1beta1), v1beta2)
          const own = await upstream().convert(await upstream().convert(object, v1beta1), v1beta2)
          expect(settled(back)).toEqual(settled(own))
        }),
        runs,
      )
    })
  })
}
