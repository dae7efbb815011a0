import {
  ApiException,
  CoordinationV1Api,
  V1MicroTime,
  type KubeConfig,
  type V1Lease,
  type V1LeaseSpec,
} from '@kubernetes/client-node'

/** Leader election as a program on @kubernetes/client-node does it: by optimistic locking of a Lease. */
export interface Candidate {
  /** Takes the Lease when it is free, and renews it when it is held already. False when another holds it. */
  acquireOrRenew(): Promise<boolean>
  release(): Promise<void>
}

export function createCandidate(config: KubeConfig, namespace: string, name: string, identity: string): Candidate {
  const api = config.makeApiClient(CoordinationV1Api)
  let held: V1Lease | undefined

  async function replace(lease: V1Lease): Promise<boolean> {
    try {
      held = await api.replaceNamespacedLease({ namespace, name, body: lease })
      return true
    } catch (error) {
      if (error instanceof ApiException && error.code === 409) return false
      throw error
    }
  }

  return {
    async acquireOrRenew() {
      const now = new V1MicroTime(Date.now())
      try {
        const lease = await api.readNamespacedLease({ namespace, name })
        const holder = lease.spec?.holderIdentity ?? ''
        if (holder !== '' && holder !== identity) return false
        return await replace(withSpec(lease, { holderIdentity: identity, renewTime: now }))
      } catch (error) {
        if (!(error instanceof ApiException) || error.code !== 404) throw error
      }
      const spec = { holderIdentity: identity, leaseDurationSeconds: 15, acquireTime: now, renewTime: now }
      held = await api.createNamespacedLease({ namespace, body: { metadata: { name }, spec } })
      return true
    },
    async release() {
      if (held !== undefined) await replace(withSpec(held, { holderIdentity: '' }))
    },
  }
}

function withSpec(lease: V1Lease, spec: Partial<V1LeaseSpec>): V1Lease {
  return Object.assign(lease, { spec: Object.assign(lease.spec ?? {}, spec) })
}
