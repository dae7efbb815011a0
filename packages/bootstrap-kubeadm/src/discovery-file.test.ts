import { expect, test } from 'vitest'
import { parse } from 'yaml'

import type { ClusterAccess } from './cluster-access.ts'
import { discoveryKubeconfig } from './discovery-file.ts'

const access: ClusterAccess = { endpoint: 'prod.example.com:6443', certificateAuthority: 'CA', tls: true }
const kubeConfigPath = '/etc/kubernetes/discovery.conf'

test('a file that the image brings along is left alone', () => {
  expect(discoveryKubeconfig({ kubeConfigPath }, access)).toBeUndefined()
})

test("server and CA are the Cluster's where nothing else is said", () => {
  const file = discoveryKubeconfig({ kubeConfigPath, kubeConfig: { user: { exec: { command: 'login' } } } }, access)
  expect(file).toMatchObject({ path: kubeConfigPath, owner: 'root:root', permissions: '0640' })
  expect(parse(String(file?.content))).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'default',
        cluster: {
          server: 'https://prod.example.com:6443',
          'certificate-authority-data': Buffer.from('CA').toString('base64'),
        },
      },
    ],
    users: [
      {
        name: 'default',
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: 'login',
            interactiveMode: 'Never',
            provideClusterInfo: false,
          },
        },
      },
    ],
    contexts: [{ name: 'default', context: { cluster: 'default', user: 'default' } }],
    'current-context': 'default',
  })
})

test('what is said is used, and no CA where none is to be checked', () => {
  const cluster = {
    server: 'https://10.0.0.1',
    insecureSkipTLSVerify: true,
    tlsServerName: 'api',
    proxyURL: 'http://proxy:3128',
  }
  const user = { exec: { apiVersion: 'v1x', command: 'login', args: ['-q'], env: [{ name: 'A', value: 'b' }] } }
  const file = discoveryKubeconfig({ kubeConfigPath, kubeConfig: { cluster, user } }, access)
  expect(parse(String(file?.content))).toMatchObject({
    clusters: [
      {
        cluster: {
          server: 'https://10.0.0.1',
          'insecure-skip-tls-verify': true,
          'tls-server-name': 'api',
          'proxy-url': 'http://proxy:3128',
        },
      },
    ],
    users: [{ user: { exec: { apiVersion: 'v1x', args: ['-q'], env: [{ name: 'A', value: 'b' }] } } }],
  })
  expect(String(file?.content)).not.toContain('certificate-authority-data')
})

test.each<[ClusterAccess, string]>([
  [{ tls: true, certificateAuthority: 'CA' }, 'the API server is not known: set spec.controlPlaneEndpoint'],
  [{ tls: true, endpoint: 'prod:6443' }, 'kubeConfig.cluster.certificateAuthorityData'],
])('what is not known is asked for by name', (known, message) => {
  const file = { kubeConfigPath, kubeConfig: { user: { exec: { command: 'login' } } } }
  expect(() => discoveryKubeconfig(file, known)).toThrow(message)
})
