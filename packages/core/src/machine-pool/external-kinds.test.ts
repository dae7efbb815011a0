import { ApiError, type Client } from '@machinepool/kube'
import { createManualClock, createMemoryApi } from '@machinepool/runtime/testing'
import { expect, it } from 'vitest'

import { createExternalKinds, newestContractVersion, UnknownKindError } from './external-kinds.ts'

const geese = { group: 'infra.example.com', version: 'v2', kind: 'GoosePool', plural: 'geesepools', namespaced: true }

it.each([
  [{ 'cluster.x-k8s.io/v1beta2': 'v1beta1_v1beta2' }, 'v1beta2'],
  [{ 'cluster.x-k8s.io/v1beta2': 'v1beta2_v1beta1' }, 'v1beta2'],
  [{ 'cluster.x-k8s.io/v1beta2': 'v1alpha9_v1alpha10' }, 'v1alpha10'],
  [{ 'cluster.x-k8s.io/v1beta2': '', 'cluster.x-k8s.io/v1beta1': 'v1beta1' }, 'v1beta1'],
  [{ 'cluster.x-k8s.io/v1beta1': 'v1beta1', 'cluster.x-k8s.io/v1beta2': 'v1' }, 'v1'],
  [{ 'cluster.x-k8s.io/v1beta1': 'v1beta1' }, 'v1beta1'],
  [{ 'cluster.x-k8s.io/v1alpha4': 'v1alpha4' }, undefined],
])('contract labels %j lead to %s', (labels, version) => {
  expect(newestContractVersion(labels, ['v1', 'v1beta2', 'v1beta1'])).toBe(version)
})

it('takes the plural from discovery and the version from the contract label', async () => {
  const clock = createManualClock()
  const api = createMemoryApi(clock)
  api.serve(geese, { 'cluster.x-k8s.io/v1beta1': 'v1' })
  const kinds = createExternalKinds(api.client, clock)
  expect(await kinds.resolve({ apiGroup: geese.group, kind: geese.kind })).toEqual({ ...geese, version: 'v1' })
})

it('falls back to the preferred version without labels, and where CRDs are forbidden', async () => {
  const clock = createManualClock()
  const api = createMemoryApi(clock)
  api.serve(geese)
  const forbidden: Client = {
    ...api.client,
    request(method, path) {
      if (path.includes('customresourcedefinitions')) throw new ApiError(403, { reason: 'Forbidden' }, path)
      return api.client.request(method, path)
    },
  }
  for (const client of [api.client, forbidden]) {
    // oxlint-disable-next-line no-await-in-loop
    expect(await createExternalKinds(client, clock).resolve({ apiGroup: geese.group, kind: geese.kind })).toEqual(geese)
  }
})

it('asks again after a while, and never remembers that a kind is missing', async () => {
  const clock = createManualClock()
  const api = createMemoryApi(clock)
  const kinds = createExternalKinds(api.client, clock)
  const reference = { apiGroup: geese.group, kind: geese.kind }
  await expect(kinds.resolve(reference)).rejects.toBeInstanceOf(UnknownKindError)
  api.serve(geese, { 'cluster.x-k8s.io/v1beta2': 'v2' })
  const first = await kinds.resolve(reference)
  expect(await kinds.resolve(reference)).toBe(first)
  api.serve(geese, { 'cluster.x-k8s.io/v1beta2': 'v3' })
  expect((await kinds.resolve(reference)).version).toBe('v2')
  await clock.advance(5 * 60_000)
  expect((await kinds.resolve(reference)).version).toBe('v3')
})
