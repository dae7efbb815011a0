import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling'
import type { JsonObject, Observation } from '@machinepool/contract'
import { describe, expect, test } from 'vitest'

import type { AwsGroup, TemplateView } from './group-view.ts'
import { plan } from './plan.ts'
import {
  after,
  bootstrapOf,
  desiredOf,
  everything,
  groupOf,
  instanceOf,
  mixed,
  nothing,
  specOf,
  summary,
  type Spec,
} from './planned-cloud.test.support.ts'
import { plannedCall } from './requests.ts'
import { templateDrift } from './template-drift.ts'

describe('an empty account', () => {
  test.each([
    ['minimal', specOf()],
    ['everything', everything],
    ['mixed', mixed],
  ])('%s', async (name, spec) => {
    const actions = plan(desiredOf(spec), nothing())
    await expect(`${JSON.stringify(actions, null, 2)}\n`).toMatchFileSnapshot(`golden/create-${name}.golden`)
  })

  test('nothing is made without an image, and nothing while the template is to stay', () => {
    const { resolved } = desiredOf(specOf())
    const { imageId: _, ...inputs } = resolved.inputs
    expect(plan(desiredOf(specOf(), { resolved: { inputs, problems: [] } }), nothing())).toEqual([])
    expect(plan(desiredOf(specOf(), { template: 'leave' }), nothing())).toEqual([])
  })
})

describe('what was made is what was wanted: no version, update or refresh follows (capa.md 2.3)', () => {
  const specs: readonly (readonly [string, Spec])[] = [
    ['minimal', specOf()],
    ['everything', everything],
    ['mixed', mixed],
    ['mixed without distribution', specOf({ mixedInstancesPolicy: { overrides: [{ instanceType: 'm5.large' }] } })],
    ['enclaves off', specOf({}, { enclaveOptions: { enabled: false } })],
    ['enclaves empty', specOf({}, { enclaveOptions: {} })],
    ['IMDS over IPv6', specOf({}, { instanceMetadataOptions: { httpProtocolIpv6: 'enabled' } })],
    ['DNS options without host name type', specOf({}, { privateDnsName: { enableResourceNameDnsARecord: true } })],
    ['spot without options', specOf({}, { marketType: 'Spot' })],
    ['empty key name', specOf({}, { sshKeyName: '' })],
    ['tags at creation', specOf({ additionalTags: { team: 'blue' } })],
    [
      'hook without timeout and result',
      specOf({ lifecycleHooks: [{ name: 'a', lifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING' }] }),
    ],
  ]
  test.each(specs)('%s', (_name, spec) => {
    expect(summary(desiredOf(spec), after(spec))).toEqual([])
  })
})

describe('one change', () => {
  const version = 'CreateTemplate: CreateLaunchTemplateVersion'
  const cases: readonly (readonly [string, Spec, readonly string[]])[] = [
    ['image', specOf({}, { ami: { id: 'ami-2' } }), [version]],
    ['root volume', specOf({}, { rootVolume: { size: 100 } }), [version]],
    ['further volume', specOf({}, { nonRootVolumes: [{ deviceName: '/dev/xvdb', size: 10 }] }), [version]],
    ['market type', specOf({}, { marketType: 'Spot' }), [version]],
    ['spot options', specOf({}, { spotMarketOptions: {} }), [version]],
    ['reservation preference', specOf({}, { capacityReservationPreference: 'None' }), [version]],
    ['tags', specOf({ additionalTags: { a: 'b' } }), [version, 'Tag: CreateOrUpdateTags', 'Tag: CreateTags']],
    ['maximum', specOf({ maxSize: 20 }), ['UpdateGroup: UpdateAutoScalingGroup']],
    ['cool-down', specOf({ defaultCoolDown: '10s' }), ['UpdateGroup: UpdateAutoScalingGroup']],
    ['mixed policy on a plain group', mixed, ['UpdateGroup: UpdateAutoScalingGroup']],
    [
      'target group',
      specOf({ targetGroupARNs: ['arn:tg-1'] }),
      ['Tag: CreateOrUpdateTags', 'UpdateGroup: AttachLoadBalancerTargetGroups'],
    ],
    [
      'suspended process',
      specOf({ suspendProcesses: { processes: { azRebalance: true } } }),
      ['Tag: CreateOrUpdateTags', 'UpdateGroup: SuspendProcesses'],
    ],
  ]
  test.each(cases)('%s', (_name, spec, expected) => {
    expect(summary(desiredOf(spec), after(specOf()))).toEqual(expected)
  })

  test('other bootstrap content makes a version of the same revision; another Secret another revision', () => {
    const observed = after(specOf())
    const content = desiredOf(specOf(), { bootstrap: bootstrapOf('default/workers-x1', 'hash-2') })
    const secret = desiredOf(specOf(), { bootstrap: bootstrapOf('default/workers-x2', 'hash-1') })
    expect(summary(content, observed)).toEqual([version])
    expect(content.revision).toBe(desiredOf(specOf()).revision)
    expect(summary(secret, observed)).toEqual([version])
    expect(secret.revision).not.toBe(content.revision)
  })

  test('going back to an earlier state is another write than the first one', () => {
    const [first] = plan(desiredOf(specOf({}, { ami: { id: 'ami-2' } })), after(specOf()))
    const observed = after(specOf())
    const { template } = observed.group!
    const later = { ...observed, group: { ...observed.group!, template: { ...template!, latestVersion: 3 } } }
    const [again] = plan(desiredOf(specOf({}, { ami: { id: 'ami-2' } })), later)
    expect(again?.idempotencyKey).not.toBe(first?.idempotencyKey)
  })

  test('a foreign process, hook and tag stay', () => {
    const observed = after(specOf())
    const group = groupOf(observed)
    const foreign: AutoScalingGroup = {
      ...group,
      SuspendedProcesses: [{ ProcessName: 'AZRebalance' }],
      Tags: [...(group.Tags ?? []), { Key: 'k8s.io/cluster-autoscaler/enabled', Value: 'true' }],
    }
    const hooks = [...observed.group!.hooks, { LifecycleHookName: 'nth' }]
    expect(summary(desiredOf(specOf()), { ...observed, group: { ...observed.group!, group: foreign, hooks } })).toEqual(
      [],
    )
  })

  test('a process that left the spec is resumed, and then forgotten', () => {
    const suspended = specOf({ suspendProcesses: { processes: { azRebalance: true } } })
    const observed = after(suspended)
    const group: AutoScalingGroup = { ...groupOf(observed), SuspendedProcesses: [{ ProcessName: 'AZRebalance' }] }
    const before = { ...observed, group: { ...observed.group!, group } }
    expect(summary(desiredOf(suspended), before)).toEqual([])
    expect(summary(desiredOf(specOf()), before)).toEqual(['UpdateGroup: ResumeProcesses'])
    const resumed = { ...observed, group: { ...observed.group!, group: { ...group, SuspendedProcesses: [] } } }
    expect(summary(desiredOf(specOf()), resumed)).toEqual(['Tag: DeleteTags'])
  })
})

describe('sizes', () => {
  test.each([
    ['up', 5, [{ AutoScalingGroupName: 'workers', DesiredCapacity: 5, HonorCooldown: false }]],
    ['as it is', 2, []],
    ['never below the live instances', 0, []],
    ['left alone', undefined, []],
  ])('%s', (_name, size, expected) => {
    const actions = plan(desiredOf(specOf(), { size }), after(specOf()))
    expect(actions.map(({ parameters }) => plannedCall(parameters).request)).toEqual(expected)
  })

  test('a smaller maximum waits until chosen instances have left', () => {
    const spec = specOf({ maxSize: 1 })
    expect(summary(desiredOf(spec), after(specOf()))).toEqual([])
    const small = after(specOf(), { size: 1 })
    const [update] = plan(desiredOf(spec, { size: 1 }), { ...small, instances: [instanceOf('i-1')] })
    expect(plannedCall(update!.parameters).request).toEqual({ AutoScalingGroupName: 'workers', MaxSize: 1 })
  })

  test('chosen instances leave with and without their place; those on their way are left alone', () => {
    const observed = {
      ...after(specOf()),
      instances: [instanceOf('i-1'), instanceOf('i-2'), instanceOf('i-3', { state: 'Terminating' })],
    }
    const remove = observed.instances.map((instance, index) => ({ instance, keepSize: index === 0 }))
    const actions = plan(desiredOf(specOf(), { remove }), observed)
    expect(
      actions.map((action) =>
        action.type === 'RemoveInstances' ? [action.keepSize, action.instances.length] : action.type,
      ),
    ).toEqual([
      [true, 1],
      [false, 1],
    ])
  })
})

/** As upstream made it: no description. */
function byUpstream(template: TemplateView, withSecretTag: boolean): TemplateView {
  const versions = template.versions.map(({ marks: _marks, ...version }) => ({
    ...version,
    bootstrapHash: 'hash-1',
    data: withSecretTag ? version.data : { ...version.data, TagSpecifications: [] },
  }))
  return { ...template, versions }
}

describe('versions of others', () => {
  test.each([true, false])(
    'CAPA-011 one that equals the wish is stamped, with the tag of the Secret or without: %s',
    (tag) => {
      const observed = after(specOf())
      const template = byUpstream(observed.group!.template!, tag)
      const taken = { ...observed, group: { ...observed.group!, template } }
      expect(templateDrift(desiredOf(specOf()), template.versions[0]!)).toEqual([])
      expect(summary(desiredOf(specOf(), { stamp: true }), taken)).toEqual(['StampTemplate: CreateTags'])
      const stamped = {
        ...template,
        tags: { ...template.tags, 'machinepool/revision-of-version-1': desiredOf(specOf()).revision },
      }
      expect(summary(desiredOf(specOf()), { ...observed, group: { ...observed.group!, template: stamped } })).toEqual(
        [],
      )
    },
  )
})

function withVersions(count: number, revision: (version: number) => string): Observation<AwsGroup> {
  const observed = after(specOf())
  const { template } = observed.group!
  const [first] = template!.versions
  const versions = Array.from({ length: count }, (_, index) => ({
    ...first!,
    version: index + 1,
    marks: { ...first!.marks!, revision: revision(index + 1) },
  }))
  const instances = [instanceOf('i-1', { templateId: 'lt-1:2' })]
  const many = { ...template!, versions, latestVersion: count, defaultVersion: 2 }
  const group = { ...groupOf(observed), DesiredCapacity: 1 }
  return {
    ...observed,
    instances,
    size: { desired: 1, min: 0, max: 10 },
    group: { ...observed.group!, group, template: many },
  }
}

/** Versions that the plan deletes. */
function deleted(observed: Observation<AwsGroup>) {
  return plan(desiredOf(specOf(), { size: 1 }), observed).flatMap(({ type, parameters }) =>
    type === 'DeleteTemplate' ? [plannedCall(parameters).request['Versions']] : [],
  )
}

describe('CAPA-085 old versions', () => {
  const { revision } = desiredOf(specOf())
  test('are deleted a few at a time, never the newest nor one that an instance runs', () => {
    expect(deleted(withVersions(2, () => revision))).toEqual([])
    expect(deleted(withVersions(5, () => revision))).toEqual([])
    expect(deleted(withVersions(6, () => revision))).toEqual([['1', '3', '4', '5']])
  })

  test('of another revision are deleted at once, but for the one that the group refers to', () => {
    const observed = withVersions(3, (version) => (version === 1 ? 'v1:old' : revision))
    expect(deleted(observed)).toEqual([['1']])
    const pinned = { ...groupOf(observed), LaunchTemplate: { LaunchTemplateId: 'lt-1', Version: '1' } }
    expect(deleted({ ...observed, group: { ...observed.group!, group: pinned } })).toEqual([])
  })

  test.each([
    ['Pending', []],
    ['InProgress', []],
    ['Cancelling', []],
    ['RollingBack', []],
    ['Successful', [['1', '3', '4', '5']]],
    ['Cancelled', [['1', '3', '4', '5']]],
  ] as const)('wait for a refresh: %s', (state, expected) => {
    expect(deleted({ ...withVersions(6, () => revision), rollout: { id: 'r-1', state } })).toEqual(expected)
  })
})

describe('a refresh with rollback', () => {
  const spec = specOf({
    refreshPreferences: { autoRollback: true, alarms: ['errors'], checkpointPercentages: [50, 100] },
  })
  const tokenFree = { ...bootstrapOf(), revision: 'r1' }

  test('is started without it while the bootstrap data may hold a token', () => {
    const start = plan(desiredOf(spec, { rollout: 'start' }), after(spec)).find(({ type }) => type === 'StartRollout')
    expect(plannedCall(start!.parameters).request).not.toHaveProperty('DesiredConfiguration')
    expect(JSON.stringify(start!.parameters)).not.toContain('AutoRollback')
    expect(start!.reason).toContain('no automatic rollback')
  })

  test('refers to versions by number: the group to what it runs, the refresh to the newest', () => {
    const observed = after(spec, { bootstrap: tokenFree })
    const wish = desiredOf(
      { ...spec, awsLaunchTemplate: { instanceType: 'm5.xlarge' } },
      { bootstrap: tokenFree, rollout: 'start' },
    )
    const [first] = observed.group!.template!.versions
    const versions = [first!, { ...first!, version: 2, marks: { ...first!.marks!, revision: wish.revision } }]
    const template = { ...observed.group!.template!, versions, latestVersion: 2 }
    const actions = plan(wish, { ...observed, group: { ...observed.group!, template } })
    const requests = new Map(actions.map(({ type, parameters }) => [type, plannedCall(parameters).request]))
    expect(requests.get('UpdateGroup')).toMatchObject({ LaunchTemplate: { LaunchTemplateId: 'lt-1', Version: '1' } })
    expect(requests.get('StartRollout')).toMatchObject({
      DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: 'lt-1', Version: '2' } },
      Preferences: {
        AutoRollback: true,
        SkipMatching: true,
        AlarmSpecification: { Alarms: ['errors'] },
        CheckpointPercentages: [50, 100],
      },
    })
  })
})

describe('holds, rollouts and the end', () => {
  test('a held instance is released, or held on, or left alone', () => {
    const held = instanceOf('i-1', { state: 'TerminationHeld', hold: { ours: true } })
    const foreign = instanceOf('i-2', { state: 'TerminationHeld', hold: { ours: false } })
    const observed = { ...after(specOf()), instances: [held, foreign] }
    const both = [held, foreign]
    expect(summary(desiredOf(specOf(), { release: both }), observed)).toEqual([
      'ReleaseInstance: CompleteLifecycleAction',
    ])
    expect(summary(desiredOf(specOf(), { extend: both }), observed)).toEqual([
      'ExtendHold: RecordLifecycleActionHeartbeat',
    ])
    // One that is let go is not held on as well.
    expect(summary(desiredOf(specOf(), { release: both, extend: both }), observed)).toEqual([
      'ReleaseInstance: CompleteLifecycleAction',
    ])
  })

  test('our hook comes and goes with the wish', () => {
    const without = after(specOf(), { hold: false })
    expect(summary(desiredOf(specOf()), without)).toEqual(['SetHold: PutLifecycleHook'])
    expect(summary(desiredOf(specOf(), { hold: false }), after(specOf()))).toEqual(['SetHold: DeleteLifecycleHook'])
    expect(summary(desiredOf(specOf(), { hold: false }), without)).toEqual([])
  })

  test('CAPA-014 CAPA-065 a refresh starts once, with the preferences of the spec, and is cancelled once', () => {
    const spec = specOf({
      refreshPreferences: { minHealthyPercentage: 80, maxHealthyPercentage: 120, instanceWarmup: 60 },
    })
    const [start] = plan(desiredOf(spec, { rollout: 'start' }), after(spec))
    expect(plannedCall(start!.parameters).request).toEqual({
      AutoScalingGroupName: 'workers',
      Strategy: 'Rolling',
      Preferences: { MinHealthyPercentage: 80, MaxHealthyPercentage: 120, InstanceWarmup: 60 },
    } satisfies JsonObject)
    const running = { ...after(spec), rollout: { id: 'r-1', state: 'InProgress' as const } }
    expect(summary(desiredOf(spec, { rollout: 'start' }), running)).toEqual([])
    expect(summary(desiredOf(spec, { rollout: 'cancel' }), running)).toEqual(['CancelRollout: CancelInstanceRefresh'])
    const cancelling = { ...running, rollout: { id: 'r-1', state: 'Cancelling' as const } }
    expect(summary(desiredOf(spec, { rollout: 'cancel' }), cancelling)).toEqual([])
  })

  test('deletion takes the group, then the template, and touches nothing that is not ours', () => {
    const gone = { presence: 'absent', hold: false, size: 0, bootstrap: undefined } as const
    const observed = after(specOf())
    expect(summary(desiredOf(specOf(), gone), observed)).toEqual([
      'DeleteGroup: DeleteAutoScalingGroup',
      'DeleteTemplate: DeleteLaunchTemplate',
    ])
    expect(summary(desiredOf(specOf(), gone), { ...observed, exists: false, deleting: true })).toEqual([])
    const { template } = observed.group!
    const foreign = {
      ...observed,
      owner: 'foreign' as const,
      group: { ...observed.group!, template: { ...template!, owner: 'foreign' as const } },
    }
    expect(summary(desiredOf(specOf(), gone), foreign)).toEqual([])
    expect(summary(desiredOf(specOf({ maxSize: 3 })), foreign)).toEqual([])
    expect(summary(desiredOf(specOf(), gone), { ...observed, complete: false })).toEqual([])
  })
})
