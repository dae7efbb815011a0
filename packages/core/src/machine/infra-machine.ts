import type { Machine } from '@machinepool/api'
import type { UnknownObject } from '@machinepool/kube'

type Addresses = NonNullable<NonNullable<Machine['status']>['addresses']>

/** What an infrastructure machine says about its instance, by contract v1beta2 or v1beta1. */
export interface InfraMachineReport {
  readonly providerID: string | undefined
  readonly provisioned: boolean
  readonly addresses: Addresses
  readonly failureDomain: string | undefined
  /** The cloud may take the instance away at any time. */
  readonly interruptible: boolean
  readonly ready: { readonly status: string; readonly reason?: string; readonly message?: string } | undefined
}

const addressTypes: readonly string[] = ['Hostname', 'ExternalIP', 'InternalIP', 'ExternalDNS', 'InternalDNS']

/** https://cluster-api.sigs.k8s.io/developer/providers/contracts/infra-machine */
export function readInfraMachine({ spec = {}, status = {} }: UnknownObject): InfraMachineReport {
  const initialization = record(status['initialization'])
  const v1beta2 = record(status['v1beta2'])
  return {
    providerID: text(spec['providerID']),
    provisioned: initialization['provisioned'] === true || status['ready'] === true,
    addresses: list(status['addresses']).flatMap(({ type, address }) =>
      typeof type === 'string' && addressTypes.includes(type) && typeof address === 'string' && address !== ''
        ? [{ type: type as Addresses[number]['type'], address }]
        : [],
    ),
    failureDomain: text(status['failureDomain']) ?? text(spec['failureDomain']),
    interruptible: status['interruptible'] === true,
    ready: readyOf(v1beta2['conditions']) ?? readyOf(status['conditions']),
  }
}

function readyOf(conditions: unknown): InfraMachineReport['ready'] {
  const found = list(conditions).find(({ type }) => type === 'Ready')
  const status = text(found?.['status'])
  if (status === undefined) return undefined
  const reason = text(found?.['reason'])
  const message = text(found?.['message'])
  return { status, ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) }
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record) : []
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
