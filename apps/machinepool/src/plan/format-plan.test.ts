import { describe, expect, it } from 'vitest'

import { formatPlan, hasWork } from './format-plan.ts'
import type { PlannedPool } from './plan-pool.ts'

const pool: PlannedPool = {
  namespace: 'default',
  name: 'web',
  infrastructure: 'AWSMachinePool web',
  drains: [],
  machines: [],
  actions: [],
  notes: [],
}
const replacement = {
  revision: 'v1:1',
  strategy: 'RollingUpdate',
  begins: true,
  instances: ['aws:///a/i-1', 'aws:///a/i-2'],
  maxSurge: 1,
  maxUnavailable: 0,
}

describe('a printed plan', () => {
  it('has the steps in order, with instances and fields', () => {
    const actions = [
      {
        type: 'CreateTemplate' as const,
        reason: 'it has changed',
        changes: [{ field: 'spec.a', to: 1 }],
        parameters: {},
      },
      {
        type: 'RemoveInstances' as const,
        reason: 'smaller',
        changes: [],
        instances: ['aws:///a/i-1'],
        parameters: {},
      },
    ]
    expect(formatPlan([{ ...pool, drains: ['node-1'], actions, notes: ['so it is'] }])).toBe(
      [
        'MachinePool default/web (AWSMachinePool web)',
        '  1. Drain node-1: cordoned and emptied before its instance is removed',
        '  2. CreateTemplate: it has changed',
        '     spec.a: (none) -> 1',
        '  3. RemoveInstances: smaller',
        '     aws:///a/i-1',
        '  note: so it is',
        '',
      ].join('\n'),
    )
  })

  it.each([
    ['nothing', pool, false, ['  nothing to do']],
    [
      'a rollout under way',
      { ...pool, replacement },
      true,
      [
        '  nothing at the moment',
        '  then 2 instances are replaced, at most 1 more and 0 fewer at a time:',
        '     aws:///a/i-1',
        '     aws:///a/i-2',
      ],
    ],
    [
      'a rollout that waits for somebody',
      { ...pool, replacement: { ...replacement, begins: false, instances: ['aws:///a/i-1'] } },
      false,
      ['  nothing to do', '  1 instance is outdated and not replaced now:', '     aws:///a/i-1'],
    ],
    [
      'a rollout of the cloud',
      { ...pool, replacement: { ...replacement, strategy: 'CloudRollout', instances: ['aws:///a/i-1'] } },
      true,
      ['  nothing at the moment', '  then 1 instance is replaced, by a rollout of the cloud:', '     aws:///a/i-1'],
    ],
  ])('says of %s whether there is work', (_name, planned, work, lines) => {
    expect(hasWork(planned)).toBe(work)
    expect(formatPlan([planned]).split('\n').slice(1, -1)).toEqual(lines)
  })
})
