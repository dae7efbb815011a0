import { labels, machineKind, poolNameLabelValue, apiVersionOf, type Machine, type MachinePool } from '@machinepool/api'
import type { Client, Resource, UnknownObject } from '@machinepool/kube'

import { forEachBounded } from './bounded.ts'
import { contains } from './contains.ts'
import { machines } from './objects.ts'
import { controllerOf, isControlledBy, isPool, ownersWithPool, poolAsController } from './ownership.ts'

/** Upstream's manager name: Machines it made are taken over without leaving fields behind. */
const fieldManager = 'machinepool-controller'
const applyConcurrency = 8

/** Labels that tie a Machine or an infrastructure machine to its pool. */
export function poolSelector(pool: MachinePool): { readonly [key: string]: string } {
  return {
    [labels.clusterName]: pool.spec.clusterName,
    [labels.poolName]: poolNameLabelValue(pool.metadata.name ?? ''),
  }
}

/**
 * The Machine of one infrastructure machine, as applied: named like it, controlled by the pool, with the template's metadata,
 * deletion timeouts and readiness gates. `version` is what the instance's kubelet runs, where that is known.
 */
export function desiredMachine(
  pool: MachinePool,
  infraMachine: UnknownObject,
  infraGroup: string,
  version: string | undefined,
): Machine {
  const { template } = pool.spec
  const { minReadySeconds, readinessGates, deletion } = template.spec
  const failureDomain = infraMachine.spec?.['failureDomain']
  const providerID = infraMachine.spec?.['providerID']
  return {
    apiVersion: apiVersionOf(machineKind),
    kind: machineKind.kind,
    metadata: {
      name: infraMachine.metadata.name ?? '',
      namespace: pool.metadata.namespace ?? '',
      labels: { ...template.metadata?.labels, ...poolSelector(pool) },
      ...(template.metadata?.annotations === undefined ? {} : { annotations: { ...template.metadata.annotations } }),
      ownerReferences: [poolAsController(pool)],
    },
    spec: {
      clusterName: pool.spec.clusterName,
      // The group has the data already; the Machine itself needs none.
      bootstrap: { dataSecretName: '' },
      infrastructureRef: { apiGroup: infraGroup, kind: infraMachine.kind, name: infraMachine.metadata.name ?? '' },
      // The Cluster Autoscaler finds Machines by it, also where no Machine controller runs to copy it.
      ...(typeof providerID === 'string' && providerID !== '' ? { providerID } : {}),
      ...(version === undefined ? {} : { version }),
      ...(typeof failureDomain === 'string' && failureDomain !== '' ? { failureDomain } : {}),
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      ...(readinessGates === undefined ? {} : { readinessGates }),
      ...(deletion === undefined ? {} : { deletion }),
    },
  }
}

export interface MachineSyncInput {
  readonly pool: MachinePool
  readonly infraResource: Resource
  readonly infraMachines: readonly UnknownObject[]
  readonly existing: (name: string) => Machine | undefined
  readonly kubeletVersion: (providerID: string) => string | undefined
}

/** Applies the Machines of a pool, skipping those that already say what they should. */
export interface MachineSync {
  /** Returns what failed. */
  apply(input: MachineSyncInput): Promise<unknown[]>
}

export function createMachineSync(client: Client): MachineSync {
  /** What was last applied, by Machine: a label taken from the template is noticed although the Machine still says more. */
  const applied = new Map<string, string>()

  /** After a restore from a backup its owner reference names the pool by an old UID, which an apply would not take away. */
  async function takeBack(machine: Machine, pool: MachinePool): Promise<void> {
    const owner = controllerOf(machine)
    if (owner === undefined || isControlledBy(machine, pool)) return
    const { namespace = '', name = '', resourceVersion } = machine.metadata
    if (!isPool(owner, pool)) throw new Error(`Machine ${name} is already controlled by ${owner.kind} ${owner.name}`)
    const body = { metadata: { ownerReferences: ownersWithPool(machine, pool), resourceVersion } }
    await client.patch(machines, { namespace, name }, { type: 'merge', body }, { fieldManager })
  }

  return {
    apply({ pool, infraResource, infraMachines, existing, kubeletVersion }) {
      const work = infraMachines.filter((infraMachine) => infraMachine.metadata.deletionTimestamp === undefined)
      return forEachBounded(work, applyConcurrency, async (infraMachine) => {
        const name = infraMachine.metadata.name ?? ''
        const machine = existing(name)
        if (machine?.metadata.deletionTimestamp !== undefined) return
        if (machine !== undefined) await takeBack(machine, pool)
        const providerID = infraMachine.spec?.['providerID']
        const running = typeof providerID === 'string' ? kubeletVersion(providerID) : undefined
        const version = running ?? machine?.spec.version ?? pool.spec.template.spec.version
        const body = desiredMachine(pool, infraMachine, infraResource.group, version)
        const key = `${pool.metadata.namespace}/${name}`
        const fingerprint = JSON.stringify(body)
        if (machine !== undefined && applied.get(key) === fingerprint && contains(machine, body)) return
        await client.patch(
          machines,
          { namespace: pool.metadata.namespace ?? '', name },
          { type: 'apply', body, force: true },
          { fieldManager },
        )
        applied.set(key, fingerprint)
      })
    },
  }
}
