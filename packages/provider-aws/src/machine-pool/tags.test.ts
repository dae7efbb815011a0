import { expect, test } from 'vitest'

import { poolOf, specOf } from './planned-cloud.test.support.ts'
import { clusterTags, markOf, ownerByTags } from './tags.ts'

const pool = poolOf(specOf())
const ours = markOf(pool)
const upstream = clusterTags(pool)

test.each([
  ['our mark', ours, 'ours'],
  ['our mark and upstream’s', { ...upstream, ...ours }, 'ours'],
  ['upstream’s marks', upstream, 'adoptable'],
  // Another installation of this project has it: adoption is for upstream's groups.
  [
    'upstream’s marks and that of another installation',
    { ...upstream, ...ours, 'machinepool/management-id': 'm2' },
    'foreign',
  ],
  ['a part of our mark', { 'machinepool/pool': 'workers' }, 'foreign'],
  ['upstream’s marks of another cluster', { 'sigs.k8s.io/cluster-api-provider-aws/cluster/x': 'owned' }, 'foreign'],
  ['no mark', { team: 'blue' }, 'unmarked'],
])('%s', (_name, tags, owner) => {
  expect(ownerByTags({ ...pool, adopt: true }, tags)).toBe(owner)
})

test('upstream’s marks alone are foreign without permission to adopt', () => {
  expect(ownerByTags(pool, upstream)).toBe('foreign')
})
