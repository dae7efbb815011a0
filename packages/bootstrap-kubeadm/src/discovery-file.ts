import type { KubeadmConfigSpec } from '@machinepool/api'
import { stringify } from 'yaml'

import type { ClusterAccess } from './cluster-access.ts'
import type { MachineFile } from './machine-data.ts'

type DiscoveryFile = NonNullable<NonNullable<NonNullable<KubeadmConfigSpec['joinConfiguration']>['discovery']>['file']>

/** The kubeconfig through which kubeadm finds the cluster, where the user describes one; server and CA default to the Cluster's. */
export function discoveryKubeconfig(file: DiscoveryFile, access: ClusterAccess): MachineFile | undefined {
  const { kubeConfig, kubeConfigPath } = file
  if (kubeConfig === undefined) return undefined
  const given = kubeConfig.cluster ?? {}
  const ca = given.certificateAuthorityData ?? base64(access.certificateAuthority)
  const cluster = {
    server: given.server ?? `${access.tls ? 'https' : 'http'}://${access.endpoint ?? ''}`,
    ...(given.insecureSkipTLSVerify === true
      ? { 'insecure-skip-tls-verify': true }
      : { 'certificate-authority-data': ca }),
    ...(given.tlsServerName === undefined ? {} : { 'tls-server-name': given.tlsServerName }),
    ...(given.proxyURL === undefined ? {} : { 'proxy-url': given.proxyURL }),
  }
  const { exec, authProvider } = kubeConfig.user
  const user = {
    ...(exec === undefined
      ? {}
      : {
          exec: {
            apiVersion: exec.apiVersion ?? 'client.authentication.k8s.io/v1',
            command: exec.command,
            ...(exec.args === undefined ? {} : { args: exec.args }),
            ...(exec.env === undefined ? {} : { env: exec.env }),
            provideClusterInfo: exec.provideClusterInfo ?? false,
          },
        }),
    ...(authProvider === undefined ? {} : { 'auth-provider': authProvider }),
  }
  const content = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'default', cluster }],
    users: [{ name: 'default', user }],
    contexts: [{ name: 'default', context: { cluster: 'default', user: 'default' } }],
    'current-context': 'default',
  })
  return { path: kubeConfigPath, owner: 'root:root', permissions: '0640', content }
}

function base64(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'utf8').toString('base64')
}
