import { existsSync, readdirSync, readFileSync } from 'node:fs'

import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import { createAwsProvider } from '@machinepool/provider-aws'
import { afterEach, describe, expect, test } from 'vitest'

import { bootstrapOf, desiredOf, ioOf, poolOf } from './pool.ts'
import { endReplay, replayAws, type Answer, type Script } from './replayed-aws.ts'

/** Reference data beside the project; a clone of its own has none, and replays only what it has copied. */
const folder = new URL('../../../../shared/recordings/aws/', import.meta.url)
const present = existsSync(folder)

afterEach(endReplay)

test('the recordings are there to replay, or this is not CI', async ({ annotate }) => {
  if (!present) await annotate(`${folder.pathname} is missing: only the recordings in the project were replayed`)
  expect(present || process.env['CI'] !== 'true', `${folder.pathname} is missing`).toBe(true)
})

interface Recording {
  readonly calls?: readonly { readonly operation: string; readonly httpStatus: number; readonly response: object }[]
  readonly exchanges?: readonly {
    readonly request: { readonly body?: string }
    readonly response: { readonly status: number; readonly body: string }
  }[]
  readonly operation?: string
  readonly isError?: boolean
  readonly responseXml?: string
}

/** Every recorded answer to one of our operations: parsed by boto3, or as it came over the wire. */
function answersTo(wanted: string): readonly { readonly name: string; readonly answer: Answer }[] {
  if (!present) return []
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'))
  return files.toSorted().flatMap((file) => {
    const found = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Recording
    const parsed = (found.calls ?? [])
      .filter(({ operation, httpStatus }) => operation === wanted && httpStatus === 200)
      .map(({ response }) => response)
    const wire = (found.exchanges ?? [])
      .filter(({ request }) => new URLSearchParams(request.body ?? '').get('Action') === wanted)
      .map(({ response }) => response.body)
    const raw = found.operation === wanted && found.isError !== true && found.responseXml ? [found.responseXml] : []
    return [...parsed, ...wire, ...raw].map((answer, index) => ({ name: `${file} ${index}`, answer }))
  })
}

const calm: Script = {
  DescribeLaunchTemplates: () => ({ LaunchTemplates: [] }),
  DescribeLifecycleHooks: () => ({ LifecycleHooks: [] }),
  DescribeInstances: () => ({ Reservations: [] }),
  DescribeScalingActivities: () => ({ Activities: [] }),
}

const gone = new Set(['Terminated', 'Detached'])

/** Reads the groups out of an answer in whatever form, by the SDK itself. */
async function groupsIn(answer: Answer): Promise<readonly AutoScalingGroup[]> {
  const { AutoScalingClient, DescribeAutoScalingGroupsCommand } = await import('@aws-sdk/client-auto-scaling')
  replayAws({ DescribeAutoScalingGroups: () => answer })
  const client = new AutoScalingClient({ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' } })
  const { AutoScalingGroups = [] } = await client.send(new DescribeAutoScalingGroupsCommand({}))
  client.destroy()
  endReplay()
  // Two recordings were cut down to their instances, and have neither name nor ARN.
  return AutoScalingGroups.filter(({ AutoScalingGroupARN }) => AutoScalingGroupARN !== undefined)
}

/** A pool that has the recorded group. */
function poolFor(group: AutoScalingGroup, region: string, ours: boolean) {
  return poolOf(
    { region },
    {
      key: { namespace: 'default', name: group.AutoScalingGroupName! },
      recorded: ours ? { providerID: group.AutoScalingGroupARN! } : {},
    },
  )
}

async function look(group: AutoScalingGroup, answer: Answer, ours: boolean) {
  const region = group.AutoScalingGroupARN!.split(':')[3]!
  // A recording may say that there is more; the next page is empty.
  const aws = replayAws(
    {
      ...calm,
      DescribeAutoScalingGroups: (form) => (form.has('NextToken') ? { AutoScalingGroups: [] } : answer),
      CreateLaunchTemplate: () => ({ LaunchTemplate: { LaunchTemplateId: 'lt-1', LaunchTemplateName: 'x' } }),
      CreateOrUpdateTags: () => ({}),
      UpdateAutoScalingGroup: () => ({}),
      PutLifecycleHook: () => ({}),
      SetDesiredCapacity: () => ({}),
    },
    region,
  )
  const provider = createAwsProvider({ credentials: { accessKeyId: 'a', secretAccessKey: 's' } })
  const { machinePool } = provider
  const pool = poolFor(group, region, ours)
  const observed = await machinePool.observe(pool, ioOf())
  const resolved = await machinePool.resolve(pool, observed, ioOf())
  const revision = machinePool.revision(pool, resolved, bootstrapOf())
  const actions = machinePool.plan(desiredOf(pool, resolved, revision, { size: 9 }), observed)
  for (const action of actions) {
    if (action.type !== 'RemoveInstances') await machinePool.execute(pool, action, ioOf())
  }
  await provider.close()
  return { observed, actions, aws, report: machinePool.report(pool, observed) }
}

const histories = answersTo('DescribeScalingActivities')

test.each(histories)('the failures in $name are problems with a code and a reason', async ({ answer }) => {
  const arn = 'arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1b2c:autoScalingGroupName/np'
  const group = { AutoScalingGroupName: 'np', AutoScalingGroupARN: arn, MinSize: 0, MaxSize: 9, DesiredCapacity: 1 }
  replayAws({
    ...calm,
    DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [group] }),
    DescribeScalingActivities: () => answer,
  })
  const provider = createAwsProvider({ credentials: { accessKeyId: 'a', secretAccessKey: 's' } })
  const pool = poolOf({}, { recorded: { providerID: arn } })
  let now = Date.UTC(2030, 0, 1)
  const io = ioOf({ clock: { ...ioOf().clock, now: () => now } })
  await provider.machinePool.observe(pool, io)
  now += 60_000
  const { problems } = await provider.machinePool.observe(pool, io)
  await provider.close()
  const failed = JSON.stringify(answer).includes('"Failed"')
  expect(problems.length > 0).toBe(failed)
  for (const { code, reason, message } of problems) {
    expect([code, reason, message]).toEqual([
      expect.any(String),
      expect.stringMatching(/^[A-Z][A-Za-z]+$/),
      expect.any(String),
    ])
  }
})

const listings = answersTo('DescribeAutoScalingGroups')

test('there are many recorded listings of groups', () => {
  expect(listings.length > 25).toBe(present)
})

describe.each(listings)('$name', ({ answer }) => {
  test('every group, instance and size is read as it was recorded', async () => {
    const groups = await groupsIn(answer)
    for (const group of groups) {
      const { observed, aws, report } = await look(group, answer, true)
      endReplay()
      const deleting = group.Status !== undefined
      expect(observed).toMatchObject({
        exists: !deleting,
        deleting,
        owner: 'ours',
        complete: true,
        size: { desired: group.DesiredCapacity, min: group.MinSize, max: group.MaxSize },
      })
      const wanted = (group.Instances ?? []).filter(({ LifecycleState }) => !gone.has(LifecycleState ?? ''))
      expect(observed.instances.map(({ providerID }) => providerID)).toEqual(
        wanted.map(({ AvailabilityZone, InstanceId }) => `aws:///${AvailabilityZone}/${InstanceId}`),
      )
      expect(observed.instances.map(({ state }) => state)).toEqual(
        wanted.map(({ LifecycleState }) => (LifecycleState === 'InService' ? 'Running' : 'Terminating')),
      )
      expect(observed.instances.every(({ instanceType }) => instanceType !== '')).toBe(true)
      // A version of a template that is not the pool's is no revision of it (R29).
      expect(observed.instances.every(({ revision }) => revision === undefined)).toBe(true)
      expect(JSON.stringify(report)).not.toContain('undefined')
      expect(aws.mistakes()).toEqual([])
    }
  })

  test('a group that nobody gave us is looked at and never written to', async () => {
    for (const group of await groupsIn(answer)) {
      const { actions, observed } = await look(group, answer, false)
      endReplay()
      expect(['unmarked', 'foreign']).toContain(observed.owner)
      expect(actions).toEqual([])
    }
  })
})
