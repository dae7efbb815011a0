import { machineKind, resourceOf, type Machine } from '@machinepool/api'
import type { Resource } from '@machinepool/kube'
import { awsMachinePoolMachineKind, type AWSMachinePoolMachine } from '@machinepool/provider-aws'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { startPools, type Pools } from './pools.ts'

const minute = 60_000
const infraMachines: Resource<AWSMachinePoolMachine> = resourceOf(awsMachinePoolMachineKind)
const machines: Resource<Machine> = resourceOf(machineKind)

let pools: Pools
beforeEach(async () => {
  pools = await startPools({}, { machines: true })
})
afterEach(() => pools.close())

const objects = () => pools.api.list(infraMachines)
const group = () => pools.aws.region().groups()[0]!

/** A Machine for each machine object, as the core makes them. */
function putMachines(): void {
  for (const { metadata } of objects()) {
    pools.api.put(machines, {
      apiVersion: 'cluster.x-k8s.io/v1beta2',
      kind: 'Machine',
      metadata: { ...metadata, finalizers: ['machine.cluster.x-k8s.io'], ownerReferences: [] },
      spec: {
        clusterName: 'bench',
        bootstrap: {},
        infrastructureRef: {
          apiGroup: 'infrastructure.cluster.x-k8s.io',
          kind: 'AWSMachinePoolMachine',
          name: metadata.name!,
        },
      },
    })
  }
}

test('CAPA-047 each instance has an object with the labels, owner and provider id that the core looks for', async () => {
  await pools.settled('np', 2)
  const { members } = group()
  expect(pools.pool('np')?.status?.infrastructureMachineKind).toBe('AWSMachinePoolMachine')
  expect(objects().map(({ spec }) => spec?.providerID)).toEqual(
    expect.arrayContaining(members.map(({ id, zone }) => `aws:///${zone}/${id}`)),
  )
  expect(objects()).toHaveLength(2)
  for (const { metadata, spec, status } of objects()) {
    const member = members.find(({ id }) => id === spec?.instanceID)!
    expect(metadata).toMatchObject({
      labels: { 'cluster.x-k8s.io/cluster-name': 'bench', 'cluster.x-k8s.io/pool-name': 'np' },
      ownerReferences: [{ kind: 'AWSMachinePool', name: 'np' }],
    })
    expect(spec).toMatchObject({ instanceType: member.type, availabilityZone: member.zone })
    expect(status).toMatchObject({ ready: true, initialization: { provisioned: true }, instanceState: 'Running' })
  }
})

test('CAPA-048 an instance that EC2 does not describe is no error, and one that has gone gets no object', async () => {
  pools.aws.faults.add({ operation: 'DescribeInstances', error: { code: 'InvalidInstanceID.NotFound' } })
  await pools.settled('np', 2)
  const [first] = group().members
  pools.aws.region().failInstance(first!.id)
  await pools.run(2 * minute)
  const ids = group().members.map(({ id }) => id)
  expect(ids).not.toContain(first!.id)
  expect(objects().map(({ spec }) => spec?.instanceID)).toEqual(expect.arrayContaining(ids))
  expect(objects()).toHaveLength(2)
})

test('CAPA-049 the Machine of an instance that has left is deleted, and no other', async () => {
  await pools.settled('np', 2)
  putMachines()
  const [first] = group().members
  const name = objects().find(({ spec }) => spec?.instanceID === first!.id)!.metadata.name
  pools.aws.region().failInstance(first!.id)
  await pools.run(2 * minute)
  const deleted = pools.api.list(machines).filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
  expect(deleted.map(({ metadata }) => metadata.name)).toEqual([name])
})
