import { readFileSync } from 'node:fs'

import { createAwsProvider, type AWSMachinePoolSpec } from '@machinepool/provider-aws'
import { afterEach, expect, test } from 'vitest'

import { bootstrapOf, desiredOf, ioOf, poolOf } from './pool.ts'
import { endReplay, replayAws } from './replayed-aws.ts'

afterEach(endReplay)

const recorded = JSON.parse(readFileSync(new URL('recordings/groups.json', import.meta.url), 'utf8')) as {
  readonly AutoScalingGroups: readonly { readonly AutoScalingGroupName: string; readonly AutoScalingGroupARN: string }[]
}

/** What is seen of a recorded group, and what would be done to it for a spec. */
async function look(name: string, spec: Partial<AWSMachinePoolSpec>) {
  const arn = recorded.AutoScalingGroups.find((group) => group.AutoScalingGroupName === name)!.AutoScalingGroupARN
  const aws = replayAws({
    // As AWS answers although one name was asked for: the others must not disturb.
    DescribeAutoScalingGroups: () => recorded,
    DescribeLaunchTemplates: () => ({ LaunchTemplates: [] }),
    DescribeLifecycleHooks: () => ({ LifecycleHooks: [] }),
  })
  const provider = createAwsProvider({ credentials: { accessKeyId: 'a', secretAccessKey: 's' } })
  const pool = poolOf(spec, { key: { namespace: 'default', name }, recorded: { providerID: arn } })
  const { machinePool } = provider
  const observed = await machinePool.observe(pool, ioOf())
  const resolved = await machinePool.resolve(pool, observed, ioOf())
  const revision = machinePool.revision(pool, resolved, bootstrapOf())
  const actions = machinePool.plan(desiredOf(pool, resolved, revision, { size: undefined, hold: false }), observed)
  await provider.close()
  return { observed, actions, text: JSON.stringify(actions), mistakes: aws.mistakes() }
}

const suspended = 'custodian-suspend-force-recording'

test('a recorded group with an instance', async () => {
  const { observed, mistakes } = await look(suspended, {})
  expect(observed).toMatchObject({
    exists: true,
    owner: 'ours',
    size: { desired: 1, min: 0, max: 1 },
    instances: [
      {
        providerID: 'aws:///us-east-1b/i-08f351a51522595da',
        zone: 'us-east-1b',
        state: 'Running',
        health: 'Healthy',
        instanceType: 't3.micro',
        templateId: 'lt-0d738e17104c32f39:1',
        protected: false,
      },
    ],
  })
  expect(mistakes).toEqual([])
})

test('processes that a person suspended, and tags of others, stay', async () => {
  const { actions, text } = await look(suspended, {})
  expect(actions.length).toBeGreaterThan(0)
  expect(text).not.toContain('ResumeProcesses')
  expect(text).not.toContain('SuspendTag')
  expect(text).not.toContain('DeleteTags')
})

test('what is suspended is not suspended again, and resumed when the spec says so by name', async () => {
  expect((await look(suspended, { suspendProcesses: { all: true } })).text).not.toContain('"SuspendProcesses"')
  endReplay()
  const { text } = await look(suspended, { suspendProcesses: { all: true, processes: { launch: false } } })
  expect(text).toContain('"operation":"ResumeProcesses"')
  expect(text).toContain('"ScalingProcesses":["Launch"]')
})

test('a recorded group whose types are described, and none named', async () => {
  const { observed } = await look('c7n-public-test', {})
  expect(observed.size).toEqual({ desired: 0, min: 0, max: 1 })
  expect(observed.group?.group?.MixedInstancesPolicy?.LaunchTemplate?.Overrides).toEqual([
    { InstanceRequirements: { VCpuCount: { Min: 0, Max: 1 }, MemoryMiB: { Min: 0 } } },
  ])
})
