import { expect, test } from 'vitest'

import { methods } from './compute/methods.ts'
import { gcpPermissions } from './permissions.ts'

test('the role has the permission of every call, and no wildcard', () => {
  const { includedPermissions } = gcpPermissions()
  for (const { permissions } of Object.values(methods))
    expect(includedPermissions).toEqual(expect.arrayContaining([...permissions]))
  expect(
    includedPermissions.filter((name) => !/^(?:compute|iam|resourcemanager)\.[A-Za-z]+\.[A-Za-z]+$/.test(name)),
  ).toEqual([])
  expect(includedPermissions).toEqual([...new Set(includedPermissions)].toSorted())
})
