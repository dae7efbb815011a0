import type { KubeObject } from '@machinepool/kube'
import { expect, test } from 'vitest'

import { answerAdmissionReview, answerConversionReview } from './review.ts'

const object: KubeObject & { spec: object } = {
  apiVersion: 'g/v1',
  kind: 'K',
  metadata: { name: 'a' },
  spec: { replicas: 1 },
}

function admission(request: object): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u', operation: 'CREATE', ...request },
  }
}

test('a refusal says which field and why', async () => {
  const causes = [{ reason: 'FieldValueInvalid', field: 'spec.replicas', message: 'must be at least 0' }]
  const answer = await answerAdmissionReview(admission({ object }), () => ({ allowed: false, message: 'no', causes }))
  expect(answer).toEqual({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: 'u',
      allowed: false,
      status: { code: 422, reason: 'Invalid', message: 'no', details: { causes } },
    },
  })
})

test('defaults travel as a JSON patch of the fields that differ', async () => {
  const { spec, ...rest } = object
  const defaulted = { ...rest, spec: { ...spec, strategy: 'x' }, 'a/b~c': 1 }
  const answer = (await answerAdmissionReview(admission({ object: { ...object, gone: true } }), () => ({
    allowed: true,
    object: defaulted,
    warnings: ['careful'],
  }))) as { response: { patchType: string; patch: string; warnings: string[] } }
  expect(answer.response).toMatchObject({ allowed: true, patchType: 'JSONPatch', warnings: ['careful'] })
  expect(JSON.parse(Buffer.from(answer.response.patch, 'base64').toString())).toEqual([
    { op: 'add', path: '/spec', value: { replicas: 1, strategy: 'x' } },
    { op: 'add', path: '/a~1b~0c', value: 1 },
    { op: 'remove', path: '/gone' },
  ])
})

test('an object that needs no defaults gets no patch', async () => {
  const answer = await answerAdmissionReview(admission({ object }), () => ({
    allowed: true,
    object: structuredClone(object),
  }))
  expect(answer).toMatchObject({ response: { uid: 'u', allowed: true } })
  expect(JSON.stringify(answer)).not.toContain('patch')
})

test.each([null, {}, { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1beta1', request: { uid: 'u' } }])(
  'what is no review is refused: %j',
  async (body) => {
    await expect(answerAdmissionReview(body, () => ({ allowed: true }))).rejects.toThrow(
      'expected AdmissionReview admission.k8s.io/v1',
    )
  },
)

function conversion(objects: readonly KubeObject[]): object {
  const request = { uid: 'u', desiredAPIVersion: 'g/v2', objects }
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', request }
}

test('objects are converted, in order', () => {
  const answer = answerConversionReview(conversion([object]), (one, apiVersion) => ({ ...one, apiVersion }))
  expect(answer).toMatchObject({
    response: { uid: 'u', result: { status: 'Success' }, convertedObjects: [{ ...object, apiVersion: 'g/v2' }] },
  })
})

test('one object that cannot be converted fails the review', () => {
  const answer = answerConversionReview(conversion([object]), () => {
    throw new Error('K a: spec.x has no place in v2')
  })
  expect(answer).toMatchObject({
    response: { result: { status: 'Failure', message: 'K a: spec.x has no place in v2' }, convertedObjects: [] },
  })
})
