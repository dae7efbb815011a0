import type { Cluster } from '@machinepool/api'
import { configMaps, secrets, type ConfigMap, type Secret } from '@machinepool/kube'
import { createManualClock, createMemoryApi } from '@machinepool/runtime/testing'
import { expect, it } from 'vitest'

import { caCertHashes, readClusterAccess } from './cluster-access.ts'

const ca = `-----BEGIN CERTIFICATE-----
MIIBczCCARmgAwIBAgIUdgVV303UWUP6gBdCiwGOGRdG7TQwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAeFw0yNjExMjEwMjIxNDBaFw0zNjExMTgwMjIxNDBa
MA8xDTALBgNVBAMMBHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS8dyg1
tF/bCJyhPjUbtQhU4L3ic4rCIQM8+0Nrulgsw8okiEdCwuSlzOb59L8BN7ZVixQT
ahBgRjj4lx4A45qvo1MwUTAdBgNVHQ4EFgQUOpqxDeHdVTLGrajBTz2/aB1aQUgw
HwYDVR0jBBgwFoAUOpqxDeHdVTLGrajBTz2/aB1aQUgwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNIADBFAiAUwO4ZKxF1YL2DmKTW+Wuh+4HfbRC62teOuG8e
/Wp3BgIhANAuVfHkzDtAJA79Nh7S0MJ2if8ftV/bqbziz2vMzPzm
-----END CERTIFICATE-----
`
const base64 = (text: string) => Buffer.from(text).toString('base64')
const signal = new AbortController().signal

async function read(options: { endpoint?: string; clusterInfo?: string; kubeconfig?: string; ca?: string }) {
  const clock = createManualClock()
  const management = createMemoryApi(clock)
  const workload = createMemoryApi(clock)
  if (options.clusterInfo !== undefined) {
    workload.put<ConfigMap>(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'kube-public', name: 'cluster-info' },
      data: { kubeconfig: options.clusterInfo },
    })
  }
  if (options.kubeconfig !== undefined) {
    management.put<Secret>(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'default', name: 'prod-kubeconfig' },
      data: { value: base64(options.kubeconfig) },
    })
  }
  if (options.ca !== undefined) {
    management.put<Secret>(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'default', name: 'prod-ca' },
      data: { 'tls.crt': base64(options.ca) },
    })
  }
  const cluster: Cluster = {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'Cluster',
    metadata: { namespace: 'default', name: 'prod' },
    spec: options.endpoint === undefined ? {} : { controlPlaneEndpoint: { host: options.endpoint, port: 6443 } },
  }
  return readClusterAccess(management.client, workload.client, cluster, signal)
}

const clusterInfo = (server: string, authority?: string) =>
  JSON.stringify({
    clusters: [
      {
        name: '',
        cluster: { server, ...(authority === undefined ? {} : { 'certificate-authority-data': base64(authority) }) },
      },
    ],
  })
const kubeconfig = (server: string, authority?: string) =>
  JSON.stringify({
    ...(JSON.parse(clusterInfo(server, authority).replace('"name":""', '"name":"c"')) as object),
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user: { token: 't' } }],
    'current-context': 'x',
  })

it.each([
  [
    { endpoint: 'prod.example.com', clusterInfo: clusterInfo('https://info:1', 'A') },
    'prod.example.com:6443',
    'A',
    true,
  ],
  [{ endpoint: 'fd00::1', clusterInfo: clusterInfo('https://info:1', 'A') }, '[fd00::1]:6443', 'A', true],
  [
    { clusterInfo: clusterInfo('https://info:6443', 'A'), kubeconfig: kubeconfig('https://k:1', 'B') },
    'info:6443',
    'A',
    true,
  ],
  [{ kubeconfig: kubeconfig('https://k.example.com', 'B') }, 'k.example.com:443', 'B', true],
  [{ kubeconfig: kubeconfig('https://k.example.com', 'B'), ca: 'C' }, 'k.example.com:443', 'C', true],
  [{ clusterInfo: clusterInfo('https://info:6443', 'A'), ca: 'C' }, 'info:6443', 'A', true],
  [{ clusterInfo: clusterInfo('http://127.0.0.1:8080') }, '127.0.0.1:8080', undefined, false],
  [{}, undefined, undefined, true],
])('reads %j as %s', async (options, endpoint, certificateAuthority, tls) => {
  expect(await read(options)).toEqual({
    tls,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
  })
})

it('pins the public key of each CA as kubeadm does', () => {
  // openssl x509 -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256
  const hash = 'sha256:84119800be3290d1428ab4a5e4ec22855997790b207854002c5c06d517cfed35'
  expect(caCertHashes(ca)).toEqual([hash])
  expect(caCertHashes(`${ca}${ca}`)).toEqual([hash, hash])
})
