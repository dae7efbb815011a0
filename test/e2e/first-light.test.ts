import { readFileSync } from 'node:fs'

import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DeleteAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling'
import { CreateLaunchTemplateCommand, DeleteLaunchTemplateCommand, EC2Client } from '@aws-sdk/client-ec2'
import { nodes, pods, secrets } from '@machinepool/kube'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { poolManifest, startLight, type Light } from './first-light/light.ts'
import { documentedSample } from './first-light/sample.ts'

let light: Light

beforeAll(async () => {
  light = await startLight({ clusters: ['capa', 'doomed'] })
})

afterAll(() => light.close())

async function kubectl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await light.kubectl(args)
  if (code !== 0) throw new Error(stderr)
  return stdout
}

/** Instances of the simulated cloud that are not gone, by id. */
function livingInstances(group: string): string[] {
  return light.aws
    .region()
    .instances()
    .filter(({ state, tags }) => state !== 'terminated' && tags.some(({ Value }) => Value === group))
    .map(({ id }) => id)
}

async function expectNothingLeft(name: string) {
  expect(
    light.aws
      .region()
      .launchTemplates()
      .filter((template) => template.name.startsWith(name)),
  ).toEqual([])
  await eventually(() => expect(livingInstances(name)).toEqual([]))
}

describe('creation', () => {
  test('takes at most 8 calls of the cloud and 12 writes of the two controllers', async () => {
    await light.system.client.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'default', name: 'own-image' },
      data: {
        value: Buffer.from('#!/bin/true').toString('base64'),
        format: Buffer.from('cloud-config').toString('base64'),
      },
    })
    light.aws.calls.reset()
    const before = await light.revision()
    await light.apply(poolManifest({ name: 'budget', replicas: 2, bootstrapSecret: 'own-image' }))
    await light.running('budget', 2)
    const applied = 2
    const writes = (await light.revision()) - before - applied
    expect(writes).toBeLessThanOrEqual(12)
    expect(light.aws.calls.count()).toBeLessThanOrEqual(8)
  })

  test('of the documented sample, verbatim, reaches Running 2/2', async () => {
    const { path, variables } = documentedSample()
    const text = readFileSync(path, 'utf8')
    await light.apply(text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => variables[name] ?? ''))
    await light.running('capa-mp-0', 2)
    expect(await kubectl('get', 'machinepools', 'capa-mp-0')).toMatch(/capa-mp-0 +capa +.*Running/)
  })
})

describe('size, by kubectl scale', () => {
  test('a pool whose minSize is 1 stops there, and says so', async () => {
    await kubectl('scale', 'machinepool', 'capa-mp-0', '--replicas=0')
    await eventually(async () => {
      expect(light.group('capa-mp-0')?.members).toHaveLength(1)
      expect(await light.trouble('capa-mp-0', 'BelowMinSize')).toMatch(/minSize|minimum/)
    })
    await kubectl('scale', 'machinepool', 'capa-mp-0', '--replicas=1')
    await light.running('capa-mp-0', 1)
    await eventually(async () => expect(await light.trouble('capa-mp-0', 'BelowMinSize')).toBeUndefined())
  })

  test('2 to 5 to 1: Nodes are cordoned, a budget holds their pods, then exactly their instances go', async () => {
    await light.apply(poolManifest({ name: 'steps', replicas: 2 }))
    await light.running('steps', 2)
    await kubectl('scale', 'machinepool', 'steps', '--replicas=5')
    await light.running('steps', 5)
    const all = await light.nodesOf('steps')
    await runPods(all.map(({ metadata }) => metadata.name!))
    await budget(5)

    await kubectl('scale', 'machinepool', 'steps', '--replicas=1')
    const leaving = await eventually(async () => {
      const cordoned = (await light.nodesOf('steps')).filter(({ spec }) => spec?.unschedulable)
      expect(cordoned).toHaveLength(4)
      expect(await light.trouble('steps', 'Draining')).toMatch(/^BlockedByDisruptionBudget: .*all-of-them/)
      return cordoned
    })
    expect(light.group('steps')?.members.map(({ state }) => state)).toEqual(Array(5).fill('InService'))
    const seen = await light.workload.list(pods, { namespace: 'default' })
    expect(seen.items).toHaveLength(5)

    await budget(0)
    await light.running('steps', 1)
    const left = light.group('steps')!.members.map(({ id }) => id)
    const gone = leaving.map(({ spec }) => spec!.providerID!.split('/').at(-1)!)
    expect(gone).not.toContain(left[0])
    expect(
      light.aws
        .region()
        .instances()
        .filter(({ id, state }) => gone.includes(id) && state !== 'terminated' && state !== 'shutting-down'),
    ).toEqual([])
    await eventually(async () => {
      const { items } = await light.workload.list(pods, { namespace: 'default' })
      expect(items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toHaveLength(1)
    })
  })

  test('1 to 0 to 2', async () => {
    await kubectl('scale', 'machinepool', 'steps', '--replicas=0')
    await light.running('steps', 0)
    expect(light.group('steps')?.members).toEqual([])
    await kubectl('scale', 'machinepool', 'steps', '--replicas=2')
    await light.running('steps', 2)
  })
})

describe('trouble is a condition that clears by itself', () => {
  test('a bootstrap Secret that is missing', async () => {
    await light.apply(poolManifest({ name: 'unbooted', replicas: 1, bootstrapSecret: 'not-there' }))
    await eventually(async () => expect(await light.trouble('unbooted', 'Ready', 'False')).toMatch(/not-there/))
    await light.system.client.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'default', name: 'not-there' },
      data: { value: Buffer.from('#!/bin/true').toString('base64') },
    })
    await light.running('unbooted', 1)
    expect(await light.trouble('unbooted', 'Ready')).toMatch(/^Ready/)
  })

  const faults = [
    ['expired credentials', 'ExpiredToken', /credential|token/i],
    ['throttling', 'Throttling', /[Rr]ate exceeded|throttl/],
    ['an AWS 500', 'InternalError', /internal error|500/i],
  ] as const
  // Together, because each waits until the engine tries again by itself.
  test.concurrent.each(faults)('%s', async (_, error, words) => {
    const name = `with-${error.toLowerCase()}`
    const remove = light.aws.faults.add({
      operation: 'autoscaling:CreateAutoScalingGroup',
      error,
      when: ({ input }) => input['AutoScalingGroupName'] === name,
    })
    await light.apply(poolManifest({ name, replicas: 1, bootstrapSecret: 'own-image' }))
    await eventually(async () => expect(await light.trouble(name, 'Ready', 'False')).toMatch(words))
    remove()
    await light.running(name, 1)
  })

  test('credentials that expire under a pool that runs, and under one that begins', async () => {
    await light.apply(poolManifest({ name: 'running', replicas: 1, bootstrapSecret: 'own-image' }))
    await light.running('running', 1)
    const remove = light.aws.faults.add({ operation: '*', error: 'ExpiredToken' })
    await light.apply(poolManifest({ name: 'beginning', replicas: 1, bootstrapSecret: 'own-image' }))
    for (const name of ['running', 'beginning']) {
      await eventually(async () =>
        expect(await light.trouble(name, 'Ready', 'False')).toMatch(/^CredentialsExpired: .*expired/),
      )
    }
    // What could not be looked at stays as it was last seen (R3).
    expect((await light.pool('running')).spec.providerIDList).toHaveLength(1)
    remove()
    await light.running('beginning', 1)
    await light.running('running', 1)
    await eventually(async () => expect(await light.trouble('running', 'Ready')).toMatch(/^Ready/))
  }, 150_000)

  test('a group of the same name that belongs to somebody else', async () => {
    const aws = foreignClient()
    try {
      await aws.createGroup('claimed')
      await light.apply(poolManifest({ name: 'claimed', replicas: 1, bootstrapSecret: 'own-image' }))
      await eventually(async () => {
        expect(await light.trouble('claimed', 'NameConflict')).toMatch(/^NameConflict: claimed exists .* not touched/)
      })
      expect(light.group('claimed')).toMatchObject({ max: 1, tags: [] })
      await aws.deleteGroup('claimed')
    } finally {
      aws.close()
    }
    await light.running('claimed', 1)
    expect(await light.trouble('claimed', 'NameConflict')).toBeUndefined()
  })
})

describe('deletion', () => {
  test('leaves nothing in the cloud and no Node', async () => {
    const known = (await light.nodesOf('steps')).map(({ metadata }) => metadata.name)
    expect(known).toHaveLength(2)
    await kubectl('delete', 'machinepool', 'steps', '--timeout=50s')
    expect(light.group('steps')).toBeUndefined()
    await expectNothingLeft('steps')
    await eventually(async () => {
      const { items } = await light.workload.list(nodes)
      expect(items.filter(({ metadata }) => known.includes(metadata.name))).toEqual([])
    })
  })

  test('also when the Cluster was deleted first', async () => {
    await light.apply(poolManifest({ name: 'orphaned', replicas: 1, cluster: 'doomed' }))
    await light.running('orphaned', 1)
    await kubectl('delete', 'cluster', 'doomed', '--timeout=50s')
    await kubectl('delete', 'machinepool', 'orphaned', '--timeout=50s')
    expect(light.group('orphaned')).toBeUndefined()
    await expectNothingLeft('orphaned')
  })
})

describe('bad input is refused by kubectl apply with the path of the field', () => {
  const good = poolManifest({ name: 'bad', replicas: 1, min: 0, max: 3 })
  const bad = [
    ['minSize above maxSize', ['minSize: 0', 'minSize: 5'], /spec.*(minSize|maxSize)/],
    ['a negative number', ['replicas: 1', 'replicas: -1'], /spec\.replicas/],
    ['an unknown field', ['minSize: 0', 'minSice: 0'], /spec\.minSice/],
    ['a wrong type', ['replicas: 1', 'replicas: "many"'], /spec\.replicas/],
    ['no clusterName', ['\n  clusterName: capa', ''], /spec\.clusterName/],
  ] as const
  test.each(bad)('%s', async (_, [from, to], path) => {
    expect(good).toContain(from)
    const { code, stderr } = await light.kubectl(['apply', '-f', '-'], good.replace(from, to))
    expect(stderr).toMatch(path)
    expect(code).not.toBe(0)
  })
})

async function runPods(nodeNames: readonly string[]) {
  for (const [index, nodeName] of nodeNames.entries()) {
    await light.workload.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'default', name: `web-${index}`, labels: { app: 'web' } },
      spec: { nodeName, containers: [{ name: 'web', image: 'web' }] },
    })
  }
  await eventually(async () => {
    const { items } = await light.workload.list(pods, { namespace: 'default' })
    expect(items.map(({ status }) => status?.phase)).toEqual(nodeNames.map(() => 'Running'))
  })
}

async function budget(minAvailable: number) {
  const manifest = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'all-of-them' },
    spec: { minAvailable, selector: { matchLabels: { app: 'web' } } },
  }
  const { code, stderr } = await light.workloadKubectl(['apply', '-f', '-'], JSON.stringify(manifest))
  if (code !== 0) throw new Error(stderr)
}

/** Somebody else in the same account. */
function foreignClient() {
  const options = {
    endpoint: light.aws.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDFOREIGN', secretAccessKey: 'secret' },
  }
  const autoScaling = new AutoScalingClient(options)
  const ec2 = new EC2Client(options)
  return {
    async createGroup(name: string) {
      const image = light.aws.region().instances()[0]!.imageId
      await ec2.send(
        new CreateLaunchTemplateCommand({
          LaunchTemplateName: name,
          LaunchTemplateData: { ImageId: image, InstanceType: 'm5.large' },
        }),
      )
      await autoScaling.send(
        new CreateAutoScalingGroupCommand({
          AutoScalingGroupName: name,
          MinSize: 0,
          MaxSize: 1,
          VPCZoneIdentifier: 'subnet-123',
          LaunchTemplate: { LaunchTemplateName: name },
        }),
      )
    },
    async deleteGroup(name: string) {
      await autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: name, ForceDelete: true }))
      await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName: name }))
    },
    close() {
      autoScaling.destroy()
      ec2.destroy()
    },
  }
}
