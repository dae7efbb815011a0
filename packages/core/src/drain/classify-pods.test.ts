import type { Pod } from '@machinepool/kube'
import { describe, expect, it } from 'vitest'

import { classifyPods, currentGroup, type ClassifyContext } from './classify-pods.ts'
import { rulesForMachine, type MachineDrainRule } from './machine-drain-rules.ts'

const now = Date.UTC(2030, 0, 1)
const context: ClassifyContext = {
  rules: [],
  namespaceLabels: new Map([['monitoring', { team: 'ops' }]]),
  daemonSetExists: (namespace, name) => namespace === 'kube-system' && name === 'cni',
  giveUpTerminatingAfterMs: undefined,
  now,
}

function pod(change: Partial<Pod['metadata']> = {}, status: NonNullable<Pod['status']> = { phase: 'Running' }): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'app', name: 'web', ...change }, spec: {}, status }
}

function ownedBy(kind: string, name: string): NonNullable<Pod['metadata']['ownerReferences']> {
  return [{ apiVersion: 'apps/v1', kind, name, uid: 'u', controller: true }]
}

function rule(name: string, spec: MachineDrainRule['spec']): MachineDrainRule {
  return { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'MachineDrainRule', metadata: { name }, spec }
}

function verdictOf(one: Pod, change: Partial<ClassifyContext> = {}): unknown {
  return classifyPods([one], { ...context, ...change })[0]?.verdict
}

describe('classifying pods', () => {
  it.each([
    ['a pod of a ReplicaSet', pod({ ownerReferences: ownedBy('ReplicaSet', 'web') }), 'evict'],
    ['an unmanaged pod', pod(), 'evict'],
    ['a pod with an emptyDir', { ...pod(), spec: { volumes: [{ name: 'tmp', emptyDir: {} }] } } as Pod, 'evict'],
    ['a completed pod', pod({}, { phase: 'Succeeded' }), 'evict'],
    ['a pod of a DaemonSet', pod({ namespace: 'kube-system', ownerReferences: ownedBy('DaemonSet', 'cni') }), 'skip'],
    [
      'a pod of a DaemonSet that is gone',
      pod({ namespace: 'kube-system', ownerReferences: ownedBy('DaemonSet', 'old') }),
      'evict',
    ],
    [
      'a pod of another owner of that name',
      pod({ namespace: 'kube-system', ownerReferences: ownedBy('ReplicaSet', 'cni') }),
      'evict',
    ],
    [
      'a completed pod of a DaemonSet',
      pod({ namespace: 'kube-system', ownerReferences: ownedBy('DaemonSet', 'cni') }, { phase: 'Failed' }),
      'evict',
    ],
    ['a static pod', pod({ annotations: { 'kubernetes.io/config.mirror': 'x' } }), 'skip'],
    ['a pod labelled to be skipped', pod({ labels: { 'cluster.x-k8s.io/drain': 'Skip' } }), 'skip'],
    [
      'a pod labelled to be waited for',
      pod({ labels: { 'cluster.x-k8s.io/drain': 'WaitCompleted' } }),
      'waitCompleted',
    ],
    [
      'a pod that was waited for',
      pod({ labels: { 'cluster.x-k8s.io/drain': 'WaitCompleted' } }, { phase: 'Succeeded' }),
      'skip',
    ],
    ['a pod on its way out', pod({ deletionTimestamp: new Date(now - 600_000).toISOString() }), 'terminating'],
  ] as const satisfies readonly (readonly [string, Pod, string])[])('%s', (_name, one: Pod, kind) => {
    expect(verdictOf(one)).toMatchObject({ kind })
  })

  it('gives up a pod on a Node that does not answer five minutes after it was to be gone', () => {
    const unreachable = { giveUpTerminatingAfterMs: 300_000 }
    expect(verdictOf(pod({ deletionTimestamp: new Date(now - 299_000).toISOString() }), unreachable)).toMatchObject({
      kind: 'terminating',
    })
    expect(verdictOf(pod({ deletionTimestamp: new Date(now - 300_000).toISOString() }), unreachable)).toMatchObject({
      kind: 'skip',
    })
  })

  it('takes the first rule by name that fits the pod', () => {
    const rules = rulesForMachine(
      [
        rule('b', { drain: { behavior: 'Drain', order: 5 } }),
        rule('a', { drain: { behavior: 'Skip' }, pods: [{ namespaceSelector: { matchLabels: { team: 'ops' } } }] }),
      ],
      {},
      {},
    )
    expect(verdictOf(pod({ namespace: 'monitoring' }), { rules })).toMatchObject({ kind: 'skip' })
    expect(verdictOf(pod(), { rules })).toEqual({ kind: 'evict', order: 5 })
  })

  it('has rules only for the machines and clusters they name', () => {
    const rules = [
      rule('gpu', {
        drain: { behavior: 'Skip' },
        machines: [
          {
            selector: { matchLabels: { gpu: 'yes' } },
            clusterSelector: { matchExpressions: [{ key: 'env', operator: 'In', values: ['prod'] }] },
          },
        ],
      }),
    ]
    expect(rulesForMachine(rules, { gpu: 'yes' }, { env: 'prod' })).toHaveLength(1)
    expect(rulesForMachine(rules, { gpu: 'yes' }, { env: 'test' })).toEqual([])
    expect(rulesForMachine(rules, {}, { env: 'prod' })).toEqual([])
  })

  it('goes on with a later order only when the earlier one is gone', () => {
    const rules = [
      rule('late', { drain: { behavior: 'Drain', order: 10 }, pods: [{ selector: { matchLabels: { late: 'yes' } } }] }),
      rule('x-early', { drain: { behavior: 'Drain', order: -1 } }),
    ]
    const late = pod({ name: 'late', labels: { late: 'yes' } })
    const early = pod({ name: 'early' })
    const names = (pods: readonly Pod[]) =>
      currentGroup(classifyPods(pods, { ...context, rules })).map(({ pod: one }) => one.metadata.name)
    expect(names([late, early])).toEqual(['early'])
    expect(names([late])).toEqual(['late'])
    expect(names([])).toEqual([])
  })
})
