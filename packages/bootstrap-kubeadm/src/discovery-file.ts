import type { KubeadmConfigSpec } from '@machinepool/api'
import { stringify } from 'yaml'

import type { ClusterAccess } from './cluster-access.ts'
import { DiscoveryError } from './discovery-error.ts'
import type { MachineFile } from './machine-data.ts'

type DiscoveryFile = NonNullable<NonNullable<NonNullable<KubeadmConfigSpec['joinConfiguration']>['discovery']>['file']>

/**
 * The kubeconfig through which kubeadm finds the cluster, where the user describes one; server and CA default to the Cluster's.
 * Throws `DiscoveryError` when neither says them.
 */
export function discoveryKubeconfig(file: DiscoveryFile, access: ClusterAccess): MachineFile | undefined {
  const { kubeConfig, kubeConfigPath } = file
  if (kubeConfig === undefined) return undefined
  const given = kubeConfig.cluster ?? {}
  const server = given.server ?? serverOf(access)
  const ca = given.certificateAuthorityData ?? base64(access.certificateAuthority)
  const path = 'spec.joinConfiguration.discovery.file.kubeConfig.cluster'
  if (server === undefined) {
    throw new DiscoveryError(
      'endpoint',
      `the API server is not known: set spec.controlPlaneEndpoint of the Cluster, or ${path}.server`,
    )
  }
  if (ca === undefined && given.insecureSkipTLSVerify !== true && server.startsWith('https:')) {
    throw new DiscoveryError(
      'certificateAuthority',
      `the CA of the Cluster is not known: set ${path}.certificateAuthorityData`,
    )
  }
  const cluster = {
    server,
    ...(given.insecureSkipTLSVerify === true
      ? { 'insecure-skip-tls-verify': true }
      : ca === undefined
        ? {}
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
            // Of API version v1 this is required; nobody sits at the machine.
            interactiveMode: 'Never',
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

function serverOf({ endpoint, tls }: ClusterAccess): string | undefined {
  return endpoint === undefined ? undefined : `${tls ? 'https' : 'http'}://${endpoint}`
}

function base64(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'utf8').toString('base64')
}
