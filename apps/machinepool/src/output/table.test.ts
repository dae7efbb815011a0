import { expect, test } from 'vitest'

import { formatTable } from './table.ts'

test('pads all columns but the last', () => {
  expect(
    formatTable(
      ['NAME', 'PHASE'],
      [
        ['a', 'Running'],
        ['longer-name', ''],
      ],
    ),
  ).toBe(['NAME          PHASE', 'a             Running', 'longer-name'].join('\n'))
})
