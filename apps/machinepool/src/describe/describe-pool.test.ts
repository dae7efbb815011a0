import { expect, test } from 'vitest'

import { describePool } from './describe-pool.ts'

test('describePool draws the pool, its parts, its instances and the latest events', () => {
  const text = describePool({
    pool: {
      kind: 'MachinePool',
      name: 'workers',
      phase: 'ScalingUp',
      desired: 2,
      ready: 1,
      conditions: [
        { type: 'ScalingUp', status: 'True', reason: 'ScalingUp', message: '* 1 of 2 ready\n* waiting for a Node' },
      ],
    },
    bootstrap: { kind: 'KubeadmConfig', name: 'workers', conditions: [] },
    infrastructure: {
      kind: 'AWSMachinePool',
      name: 'workers',
      providerID: 'arn:asg',
      conditions: [{ type: 'Ready', status: 'False', reason: 'InsufficientCapacity', message: 'no t3 in us-east-1a' }],
    },
    instances: [
      {
        providerID: 'aws:///a/i-1',
        machine: { name: 'workers-x', phase: 'Running' },
        node: { name: 'ip-10-0-0-1', ready: true },
      },
      { providerID: 'aws:///a/i-2' },
    ],
    events: [
      {
        at: '2026-01-01T00:00:00Z',
        type: 'Normal',
        reason: 'Resize',
        object: 'AWSMachinePool/workers',
        message: '1 to 2',
      },
    ],
  })
  expect(text.split('\n')).toEqual([
    'MachinePool/workers   ScalingUp, 1 of 2 ready',
    '│ CONDITION   STATUS   REASON      MESSAGE',
    '│ ScalingUp   True     ScalingUp   1 of 2 ready; waiting for a Node',
    '├─KubeadmConfig/workers',
    '├─AWSMachinePool/workers   arn:asg',
    '│   CONDITION   STATUS   REASON                 MESSAGE',
    '│   Ready       False    InsufficientCapacity   no t3 in us-east-1a',
    '└─Instances (2)',
    '  ├─aws:///a/i-1   Machine/workers-x (Running)   Node/ip-10-0-0-1 (Ready)',
    '  └─aws:///a/i-2   no Node yet',
    '',
    'Events:',
    'TIME                   TYPE     REASON   OBJECT                   MESSAGE',
    '2026-01-01T00:00:00Z   Normal   Resize   AWSMachinePool/workers   1 to 2',
    '',
  ])
})
