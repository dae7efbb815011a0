import { volumeAttachments, type Client, type ListOptions, type VolumeAttachment } from '@machinepool/kube'
import { expect, it } from 'vitest'

import { listPaged } from './pages.ts'

it('asks for page after page until there is none', async () => {
  const asked: (ListOptions | undefined)[] = []
  const pages: Record<string, { items: string[]; continue?: string }> = {
    first: { items: ['a', 'b'], continue: 'second' },
    second: { items: [], continue: 'third' },
    third: { items: ['c'] },
  }
  const list = async (_resource: unknown, options?: ListOptions) => {
    asked.push(options)
    const { items, ...rest } = pages[options?.continue ?? 'first']!
    return { items: items.map((name) => ({ metadata: { name } })), resourceVersion: '1', ...rest }
  }
  const found: readonly VolumeAttachment[] = await listPaged({ list } as unknown as Client, volumeAttachments, {})
  expect(found.map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c'])
  expect(asked).toEqual([{ limit: 500 }, { limit: 500, continue: 'second' }, { limit: 500, continue: 'third' }])
})
