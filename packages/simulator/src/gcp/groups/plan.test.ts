import { describe, expect, test } from 'vitest'

import { planGroup, victims, type GroupStep } from './plan.ts'
import type { GcpGroup, GcpMember, GroupResource, MemberAction, UpdatePolicy } from './state.ts'
import { calculate, versionSizes } from './versions.ts'

const template = (name: string) => `global/instanceTemplates/${name}`

/** A member written as `name@zone:template:action`. */
function member(text: string): GcpMember {
  const [place = '', version = 'new', action = 'NONE'] = text.split(':')
  const [name = '', zone = 'a'] = place.split('@')
  return {
    name,
    zone,
    action: action as MemberAction,
    template: template(version),
    ...(action !== 'CREATING' && { id: name }),
    turn: 0,
    attempts: 0,
  }
}

function group(
  targetSize: number,
  members: readonly string[],
  policy: Partial<UpdatePolicy> = {},
  zones = ['a'],
): GcpGroup {
  const resource: GroupResource = {
    name: 'np',
    baseInstanceName: 'np',
    targetSize,
    versions: [{ instanceTemplate: template('new') }],
    instanceTemplate: template('new'),
    updatePolicy: {
      type: 'OPPORTUNISTIC',
      minimalAction: 'REPLACE',
      replacementMethod: 'SUBSTITUTE',
      maxSurge: { fixed: 0 },
      maxUnavailable: { fixed: 1 },
      ...policy,
    },
    listManagedInstancesResults: 'PAGELESS',
  }
  return {
    path: 'zones/a/instanceGroupManagers/np',
    id: '1',
    created: 0,
    region: 'r',
    zones,
    regional: zones.length > 1,
    resource,
    members: members.map(member),
    errors: [],
    ready: true,
  }
}

function summary({ create, remove, update }: GroupStep) {
  return {
    create: create.map(({ zone }) => zone).join(' '),
    remove: remove.map(({ name }) => name).join(' '),
    update: update.map((one) => `${one.member.name}:${one.action}`).join(' '),
  }
}

const rolling: Partial<UpdatePolicy> = { type: 'PROACTIVE' }
const surging: Partial<UpdatePolicy> = { type: 'PROACTIVE', maxSurge: { fixed: 1 }, maxUnavailable: { fixed: 0 } }
const inPlace: Partial<UpdatePolicy> = { ...rolling, replacementMethod: 'RECREATE' }
const spreading: Partial<UpdatePolicy> = { instanceRedistributionType: 'PROACTIVE' }

describe('a group', () => {
  test.each<[string, GcpGroup, Partial<ReturnType<typeof summary>>]>([
    ['as it should be rests', group(1, ['m']), {}],
    ['grows', group(3, ['m']), { create: 'a a' }],
    ['grows into the smallest zones', group(4, ['m@a', 'n@b'], {}, ['a', 'b', 'c']), { create: 'c a' }],
    ['counts no instance on its way out', group(1, ['m:new:DELETING']), { create: 'a' }],
    ['shrinks by what has no VM first', group(1, ['m', 'n:new:CREATING']), { remove: 'n' }],
    ['leaves old instances alone', group(1, ['m:old']), {}],
    ['rolls within what may be unavailable', group(3, ['m:old', 'n:old', 'o:old'], rolling), { remove: 'm' }],
    ['waits for the new one', group(3, ['m:new:CREATING', 'n:old', 'o:old'], rolling), {}],
    ['surges before it removes', group(2, ['m:old', 'n:old'], surging), { create: 'a' }],
    ['waits for its surge', group(2, ['m:old', 'n:old', 'o:new:CREATING'], surging), {}],
    ['removes once the surge runs', group(2, ['m:old', 'n:old', 'o'], surging), { remove: 'm' }],
    ['ends its surge', group(2, ['m', 'n', 'o'], surging), { remove: 'o' }],
    [
      'drops outdated ones that never came up',
      group(2, ['m:old', 'n:old', 'o:broken:CREATING'], surging),
      { remove: 'o' },
    ],
    ['recreates in place', group(2, ['m:old', 'n:old'], inPlace), { update: 'm:REPLACE' }],
    ['leaves zones apart by one', group(3, ['m@a', 'n@a', 'o@b'], spreading, ['a', 'b']), {}],
    ['evens out zones', group(3, ['m@a', 'n@a', 'o@a'], spreading, ['a', 'b']), { remove: 'o' }],
    ['does not while something goes on', group(3, ['m@a', 'n@a', 'o@a:new:VERIFYING'], spreading, ['a', 'b']), {}],
    [
      'does not when it is told so',
      group(3, ['m@a', 'n@a', 'o@a'], { instanceRedistributionType: 'NONE' }, ['a', 'b']),
      {},
    ],
  ])('%s', (_, state, step) => {
    expect(summary(planGroup(state, () => 'REPLACE'))).toEqual({ create: '', remove: '', update: '', ...step })
  })

  test('does not touch what it may not update', () => {
    expect(summary(planGroup(group(1, ['m:old'], rolling), () => 'NONE'))).toEqual({
      create: '',
      remove: '',
      update: '',
    })
  })
})

test('victims come from the fullest zone, outdated ones before the others', () => {
  const state = group(1, ['m@a', 'n@b', 'o@b:old', 'p@b'], {}, ['a', 'b'])
  expect(victims(state, state.members, 3).map(({ name }) => name)).toEqual(['o', 'p', 'n'])
})

test('sizes of versions leave the rest to the one without', () => {
  const { resource } = group(10, [])
  const versions = [
    { instanceTemplate: template('a') },
    { instanceTemplate: template('b'), targetSize: { percent: 25 } },
  ]
  expect(versionSizes({ ...resource, versions })).toEqual([7, 3])
  expect(calculate({ percent: 1 }, 10)).toBe(1)
})
