import { expect, it } from 'vitest'

import { kubeadmApiOf, parseKubernetesVersion } from './kubernetes-version.ts'

it.each([
  ['v1.14.9', undefined],
  ['v1.15.0', 'v1beta2'],
  ['v1.21.14', 'v1beta2'],
  ['v1.22.0', 'v1beta3'],
  ['v1.30.9+vmware.1', 'v1beta3'],
  ['v1.31.0-rc.1', 'v1beta4'],
  ['1.36.2', 'v1beta4'],
  ['v2.0.0', undefined],
])('a kubeadm %s reads %s', (version, api) => {
  expect(kubeadmApiOf(parseKubernetesVersion(version)!)).toBe(api)
})

it.each(['', 'latest', 'v1', 'v1.x'])('%j is no version', (text) => {
  expect(parseKubernetesVersion(text)).toBeUndefined()
})
