import { expect, it } from 'vitest'

import { appendIgnition } from './ignition-config.ts'
import { mountUnitName } from './render-ignition.ts'

// As systemd-escape --path --suffix=mount says.
it.each([
  ['/', '-.mount'],
  ['/var/lib/etcd', 'var-lib-etcd.mount'],
  ['//var//lib/', 'var-lib.mount'],
  ['/mnt/my-data', String.raw`mnt-my\x2ddata.mount`],
  ['/.hidden/a.b', String.raw`\x2ehidden-a.b.mount`],
  ['/ä b', String.raw`\xc3\xa4\x20b.mount`],
])('the mount unit of %s is %s', (path, name) => {
  expect(mountUnitName(path)).toBe(name)
})

it('appends lists and replaces single values', () => {
  const base = { ignition: { version: '2.3.0' }, systemd: { units: [{ name: 'a' }] } } as const
  const addition = {
    ignition: { timeouts: { httpTotal: 5 }, config: { replace: { source: 'x' } } },
    systemd: { units: [{ name: 'b' }] },
    networkd: { units: [] },
  }
  expect(appendIgnition(base, addition)).toEqual({
    ignition: { version: '2.3.0', ...addition.ignition },
    systemd: { units: [{ name: 'a' }, { name: 'b' }] },
    networkd: { units: [] },
  })
})
