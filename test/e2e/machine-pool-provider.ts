import { annotations, labels, type Machine, type MachinePool } from '@machinepool/api'
import { isNotFound, type Client, type UnknownObject } from '@machinepool/kube'
import type { Manager, Request } from '@machinepool/runtime'

import { infraMachines, infraPools, machinePools, machines } from './machine-pool-kinds.ts'
import { joinNode } from './node-joins.ts'

const finalizer = 'test/provider'

/**
 * An infrastructure provider with a machine kind that does what the contract says and no more: one infrastructure machine per
 * instance, scale-down and replacement by deleting the owner Machine, annotated ones first. Its instances are Nodes at once.
 */
export function addTestProvider(manager: Manager, workload: Client): void {
  const { client, cache } = manager
  const pools = cache.informer(machinePools).store
  const infra = cache.informer(infraPools).store
  let made = 0

  manager.addController({
    name: 'test-provider',
    watches: [
      { resource: infraPools },
      { resource: machinePools },
      { resource: machines, map: ofLabel },
      { resource: infraMachines, map: ofLabel },
    ],
    async reconcile(request) {
      const pool = pools.get(request)
      const infraPool = infra.get(request)
      if (infraPool === undefined) return undefined
      const { items } = await client.list(infraMachines, { namespace: request.namespace ?? '' })
      for (const gone of items.filter(({ metadata }) => metadata.deletionTimestamp)) {
        await client.patch(infraMachines, keyOf(gone), { type: 'merge', body: { metadata: { finalizers: null } } })
      }
      const live = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      if (infraPool.metadata.deletionTimestamp !== undefined) return tearDown(infraPool, live)
      if (pool === undefined || infraPool.metadata.ownerReferences === undefined) return undefined
      await resize(pool, live)
      await report(infraPool, live)
      return undefined
    },
  })

  async function resize(pool: MachinePool, live: readonly UnknownObject[]): Promise<void> {
    const wanted = pool.spec.replicas ?? 0
    const { version = '' } = pool.spec.template.spec
    const owners = new Map(
      (await client.list(machines, { namespace: 'default' })).items.map((one) => [one.metadata.name, one]),
    )
    const owner = (one: UnknownObject): Machine | undefined => owners.get(one.metadata.name)
    const isOld = (one: UnknownObject): boolean => one.spec?.['version'] !== version
    const staying = live.filter((one) => owner(one)?.metadata.deletionTimestamp === undefined)
    const surge = staying.some(isOld) ? 1 : 0
    if (staying.length < wanted + surge) return launch(pool, version)
    const excess = staying.length - wanted
    if (excess <= 0 || live.length > staying.length) return
    const rank = (one: UnknownObject): number =>
      owner(one)?.metadata.annotations?.[annotations.deleteMachine] === undefined ? (isOld(one) ? 1 : 2) : 0
    const [victim] = staying.toSorted((a, b) => rank(a) - rank(b) || (a.metadata.name! < b.metadata.name! ? -1 : 1))
    const machine = victim && owner(victim)
    // Never the infrastructure machine first: without its Machine nobody would drain.
    if (machine !== undefined) await client.delete(machines, keyOf(machine))
  }

  async function launch(pool: MachinePool, version: string): Promise<void> {
    made += 1
    const name = `${pool.metadata.name}-${made}`
    const providerID = `test:///zone-a/${name}`
    await joinNode(workload, name, providerID, { version })
    await client.create(infraMachines, {
      apiVersion: `${infraMachines.group}/${infraMachines.version}`,
      kind: infraMachines.kind,
      metadata: {
        namespace: 'default',
        name,
        labels: { [labels.clusterName]: 'prod', [labels.poolName]: pool.metadata.name ?? '' },
        finalizers: [finalizer],
      },
      spec: { providerID, version },
    })
    const status = { initialization: { provisioned: true } }
    await client.patch(
      infraMachines,
      { namespace: 'default', name },
      { type: 'merge', body: { status } },
      { subresource: 'status' },
    )
  }

  async function report(infraPool: UnknownObject, live: readonly UnknownObject[]): Promise<void> {
    const providerIDList = live.map(({ spec }) => String(spec?.['providerID'])).toSorted()
    const status = {
      ready: true,
      initialization: { provisioned: true },
      replicas: live.length,
      infrastructureMachineKind: infraMachines.kind,
    }
    await client.patch(infraPools, keyOf(infraPool), { type: 'merge', body: { spec: { providerIDList } } })
    await client.patch(infraPools, keyOf(infraPool), { type: 'merge', body: { status } }, { subresource: 'status' })
  }

  async function tearDown(infraPool: UnknownObject, live: readonly UnknownObject[]): Promise<undefined> {
    for (const one of live) {
      await client.delete(machines, keyOf(one)).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
    }
    if (live.length > 0) return undefined
    await client.patch(infraPools, keyOf(infraPool), { type: 'merge', body: { metadata: { finalizers: null } } })
    return undefined
  }
}

function ofLabel({ object }: { readonly object: { readonly metadata: UnknownObject['metadata'] } }): Request[] {
  const name = object.metadata.labels?.[labels.poolName]
  return name === undefined ? [] : [{ namespace: 'default', name }]
}

function keyOf({ metadata }: { readonly metadata: UnknownObject['metadata'] }): { namespace: string; name: string } {
  return { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
}
