import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { createKubectl, type Kubectl } from './kubectl.ts'
import { machinePools } from './machine-pool-kinds.ts'
import { poolKey, startPoolWorld, type PoolWorld } from './machine-pool-world.ts'

let world: PoolWorld
let kubectl: Kubectl

afterEach(async () => {
  await kubectl.close()
  await world.stop()
})

const pool = (version: string, spec: object = {}): string =>
  JSON.stringify({
    apiVersion: `cluster.x-k8s.io/${version}`,
    kind: 'MachinePool',
    metadata: { namespace: 'default', name: 'np' },
    spec: {
      clusterName: 'prod',
      replicas: 1,
      template: {
        spec: {
          clusterName: 'prod',
          version: 'v1.33.1',
          bootstrap: { dataSecretName: 'given' },
          infrastructureRef:
            version === 'v1beta1'
              ? { apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha9', kind: 'TestMachinePool', name: 'np' }
              : { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'TestMachinePool', name: 'np' },
          ...spec,
        },
      },
    },
  })

describe('clients of v1beta1', () => {
  beforeEach(async () => {
    world = await startPoolWorld()
    kubectl = await createKubectl(world.management.kubeconfig())
  })

  test('apply, read, scale and wait in their own version', async () => {
    const applied = await kubectl(['apply', '-f', '-'], pool('v1beta1', { nodeDrainTimeout: '1m30s' }))
    expect(applied).toMatchObject({
      code: 0,
      stderr: 'Warning: cluster.x-k8s.io/v1beta1 MachinePool is deprecated; use cluster.x-k8s.io/v1beta2 MachinePool\n',
    })
    expect((await world.client.get(machinePools, poolKey)).spec.template.spec.deletion).toEqual({
      nodeDrainTimeoutSeconds: 90,
      nodeDeletionTimeoutSeconds: 10,
    })
    const old = 'machinepools.v1beta1.cluster.x-k8s.io'
    const read = await kubectl(['get', old, 'np', '-o', 'json'])
    expect(JSON.parse(read.stdout)).toMatchObject({
      apiVersion: 'cluster.x-k8s.io/v1beta1',
      spec: {
        template: {
          spec: { nodeDrainTimeout: '1m30s', infrastructureRef: { kind: 'TestMachinePool', name: 'np' } },
        },
      },
    })
    const table = await kubectl(['get', old])
    expect(table.stdout.split('\n')[0]?.split(/\s{2,}/)).toEqual([
      'NAME',
      'CLUSTER',
      'REPLICAS',
      'PHASE',
      'AGE',
      'VERSION',
    ])
    expect(await kubectl(['scale', old, 'np', '--replicas', '2'])).toMatchObject({ code: 0 })
    expect((await world.client.get(machinePools, poolKey)).spec.replicas).toBe(2)
    // The second apply sees its own last one: nothing changes but what it says.
    expect((await kubectl(['apply', '-f', '-'], pool('v1beta1', { nodeDrainTimeout: '1m30s' }))).stdout).toContain('np')
    await eventually(async () => {
      const { stdout } = await kubectl(['get', old, 'np', '-o', 'jsonpath={.status.conditions[*].type}'])
      expect(stdout.split(' ')).toEqual(expect.arrayContaining(['Ready', 'BootstrapReady', 'InfrastructureReady']))
    })
  })

  test('negative replicas are refused, naming the field', async () => {
    const bad = pool('v1beta2').replace('"replicas":1', '"replicas":-1')
    const { code, stderr } = await kubectl(['apply', '-f', '-'], bad)
    expect(code).toBe(1)
    expect(stderr).toContain('spec.replicas')
  })

  test('a bootstrap config shared by two pools is said in a condition of the second', async () => {
    const config = {
      apiVersion: 'bootstrap.cluster.x-k8s.io/v1beta2',
      kind: 'KubeadmConfig',
      metadata: { namespace: 'default', name: 'shared' },
      spec: { verbosity: 1 },
    }
    const bootstrap = {
      bootstrap: { configRef: { apiGroup: 'bootstrap.cluster.x-k8s.io', kind: 'KubeadmConfig', name: 'shared' } },
    }
    expect(await kubectl(['apply', '-f', '-'], JSON.stringify(config))).toMatchObject({ code: 0, stderr: '' })
    expect(await kubectl(['apply', '-f', '-'], pool('v1beta2', bootstrap))).toMatchObject({ code: 0, stderr: '' })
    await eventually(async () => {
      const { stdout } = await kubectl([
        'get',
        'kubeadmconfig',
        'shared',
        '-o',
        'jsonpath={.metadata.ownerReferences[0].name}',
      ])
      expect(stdout).toBe('np')
    })
    await kubectl(
      ['apply', '-f', '-'],
      pool('v1beta2', bootstrap).replace('"name":"np"},"spec"', '"name":"second"},"spec"'),
    )
    await eventually(async () => {
      const second = await world.client.get(machinePools, { namespace: 'default', name: 'second' })
      const condition = second.status?.conditions?.find(({ type }) => type === 'BootstrapConfigReady')
      expect(condition).toMatchObject({ status: 'False', reason: 'OwnedByOther' })
      expect(condition?.message).toContain('already controlled by MachinePool np')
    })
  })
})

describe('with the MachinePool gate off', () => {
  beforeEach(async () => {
    world = await startPoolWorld({ gates: { MachinePool: false } })
    kubectl = await createKubectl(world.management.kubeconfig())
  })

  test.each(['v1beta1', 'v1beta2'])('MachinePools of %s are refused with how to turn it on', async (version) => {
    const { code, stderr } = await kubectl(['apply', '-f', '-'], pool(version))
    expect(code).toBe(1)
    expect(stderr).toContain(
      'can be set only if the MachinePool feature gate is enabled (--feature-gates=MachinePool=true)',
    )
  })
})
