import { ApiError } from '@machinepool/kube'
import type { WorkloadCluster } from '@machinepool/runtime'
import { expect, test } from 'vitest'

import { writeNode } from './pool-nodes.ts'

function refusing(code: number, reason: string) {
  const asked: string[] = []
  const client = {
    patch: async (_resource: unknown, { name }: { name: string }, { type }: { type: string }) => {
      asked.push(`${type} ${name}`)
      if (type === 'json') throw new ApiError(code, { status: 'Failure', reason, code }, 'PATCH')
    },
  }
  return { asked, workload: { client } as unknown as WorkloadCluster }
}

const changes = { metadata: { metadata: {} }, taints: [{ op: 'test', path: '/spec/taints/0/key', value: 'a' }] }

test('a taint that somebody else has taken away already is no trouble', async () => {
  const { asked, workload } = refusing(422, 'Invalid')
  await expect(writeNode(workload, 'n', changes)).resolves.toBeUndefined()
  expect(asked).toEqual(['merge n', 'json n'])
})

test('a Node that is gone needs nothing', async () => {
  await expect(writeNode(refusing(404, 'NotFound').workload, 'n', changes)).resolves.toBeUndefined()
})

test('any other refusal is', async () => {
  await expect(writeNode(refusing(403, 'Forbidden').workload, 'n', changes)).rejects.toMatchObject({ code: 403 })
})
