import { expect, test } from 'vitest'

import type { InstanceGroupManager } from '../compute/resources.ts'
import { hasCanary, templateNameOf } from './current-template.ts'

const link = (name: string) => `https://www.googleapis.com/compute/v1/projects/p1/global/instanceTemplates/${name}`

test.each<[name: string, group: InstanceGroupManager | undefined, template: string | undefined]>([
  ['no group', undefined, undefined],
  ['the old field alone', { instanceTemplate: link('a') }, 'a'],
  [
    'one version, with what Google calculated',
    { versions: [{ instanceTemplate: link('a'), targetSize: { calculated: 3 } }] },
    'a',
  ],
  [
    'a canary before the rest',
    {
      versions: [
        { instanceTemplate: link('canary'), targetSize: { fixed: 1, calculated: 1 } },
        { instanceTemplate: link('a'), targetSize: { calculated: 3 } },
      ],
    },
    'a',
  ],
  [
    'a canary of some per cent after the rest',
    {
      instanceTemplate: link('canary'),
      versions: [
        { instanceTemplate: link('a'), targetSize: { calculated: 3 } },
        { instanceTemplate: link('canary'), targetSize: { percent: 20, calculated: 1 } },
      ],
    },
    'a',
  ],
  [
    'versions that do not tell which is the rest, beside the field that does',
    {
      instanceTemplate: link('b'),
      versions: [{ instanceTemplate: link('a'), targetSize: { calculated: 1 } }, { instanceTemplate: link('b') }],
    },
    'b',
  ],
])('%s', (_name, group, template) => {
  expect(templateNameOf(group)).toBe(template)
})

test('a second version is a canary', () => {
  expect(hasCanary({ versions: [{}] })).toBe(false)
  expect(hasCanary({ versions: [{}, {}] })).toBe(true)
})
