import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { systemClock, type Clock } from '../clock.ts'
import type { ClusterConfig } from './config.ts'
import { tokenFileCredential } from './credentials.ts'

/** Where Kubernetes mounts a pod's service account. */
export const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount'

export interface InClusterOptions {
  /** Value of `KUBERNETES_SERVICE_HOST`. */
  readonly host: string
  /** Value of `KUBERNETES_SERVICE_PORT`. */
  readonly port: string
  readonly directory?: string
  readonly clock?: Clock
}

/** The configuration of a program that runs in a pod. Rejects when the service account is not mounted. */
export async function loadInClusterConfig(options: InClusterOptions): Promise<ClusterConfig> {
  const directory = options.directory ?? serviceAccountDirectory
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  const [certificateAuthority, namespace] = await Promise.all([
    readFile(join(directory, 'ca.crt'), 'utf8'),
    readFile(join(directory, 'namespace'), 'utf8').catch(() => 'default'),
  ])
  return {
    server: `https://${host}:${options.port}`,
    certificateAuthority,
    namespace: namespace.trim(),
    credentials: tokenFileCredential(join(directory, 'token'), options.clock ?? systemClock),
  }
}
