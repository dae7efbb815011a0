import { createMemoryCloud, createReferenceProvider } from '@machinepool/contract/testing'
import { LeadershipLostError } from '@machinepool/runtime'
import { createManualClock } from '@machinepool/runtime/testing'
import { expect, test } from 'vitest'

import { fenceProvider } from './fenced-provider.ts'

test('who does not lead any more writes nothing to the cloud', async () => {
  const provider = createReferenceProvider({ cloud: createMemoryCloud({ clock: createManualClock() }) })
  let leads = true
  const executed: string[] = []
  const fenced = fenceProvider(
    {
      ...provider,
      execute: (_pool, { type }) => {
        executed.push(type)
        return Promise.resolve({ status: 'done' })
      },
    },
    () => leads,
  )
  const execute = () => fenced.execute({} as never, { type: 'Resize' } as never, {} as never)
  expect(await execute()).toEqual({ status: 'done' })
  leads = false
  await expect(execute()).rejects.toBeInstanceOf(LeadershipLostError)
  expect(executed).toEqual(['Resize'])
})
