import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { iamActions, iamPolicy } from './iam-policy.ts'

/** The list of operations is a type; its members are read from the source. */
function operations(): readonly string[] {
  const source = readFileSync(new URL('aws/operations.ts', import.meta.url), 'utf8')
  const found: string[] = []
  let service = ''
  for (const line of source.split('\n')) {
    service = /^ {2}(\w+): \{$/.exec(line)?.[1] ?? service
    const operation = /^ {4}([A-Z]\w+): \[/.exec(line)?.[1]
    if (operation !== undefined) found.push(`${service}:${operation}`)
  }
  return found
}

test('every call that can be made is allowed, and nothing else is', () => {
  // RunInstances is checked by Auto Scaling on our behalf; nobody here calls it.
  const allowed = new Set<string>(
    Object.values(iamActions)
      .flat()
      .filter((action) => action !== 'ec2:RunInstances'),
  )
  expect(operations().length).toBeGreaterThan(30)
  expect([...allowed].toSorted()).toEqual([...new Set(operations())].toSorted())
})

test('resources are of the partition, and roles can be narrowed', () => {
  const policy = iamPolicy({ partition: 'aws-cn', instanceRoles: ['arn:aws-cn:iam::1:role/nodes'], ssm: false })
  expect(policy.Statement.map(({ Sid }) => Sid)).not.toContain('EksImages')
  const arns = policy.Statement.flatMap(({ Resource }) => Resource).filter((resource) => resource !== '*')
  expect(arns.filter((arn) => !arn.startsWith('arn:aws-cn:'))).toEqual([])
  expect(policy.Statement.find(({ Sid }) => Sid === 'PassInstanceRole')?.Resource).toEqual([
    'arn:aws-cn:iam::1:role/nodes',
  ])
})
