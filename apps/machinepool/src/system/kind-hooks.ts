import {
  admit,
  convert,
  type AdmissionRequest,
  type AdmissionResult,
  type Kind,
  type UnknownApiObject,
} from '@machinepool/api'
import type { Hooks, KindHooks } from '@machinepool/apiserver'
import { admitAwsObject, awsKinds, convertAwsObject } from '@machinepool/provider-aws'

import { kindsByProvider } from '../kinds.ts'

/** Defaults, checks and conversions in process: what webhooks do on a real API server. */
export function kindHooks(): Hooks {
  const coreKinds = [...(kindsByProvider['core'] ?? []), ...(kindsByProvider['bootstrap-kubeadm'] ?? [])]
  return {
    ...hooksOf(coreKinds, { admit: (request) => admit(request), convert }),
    ...hooksOf(awsKinds, { admit: admitAwsObject, convert: convertAwsObject }),
  }
}

interface PureHooks {
  admit(request: AdmissionRequest): AdmissionResult
  convert(object: UnknownApiObject, toApiVersion: string): UnknownApiObject
}

function hooksOf(kinds: readonly Kind[], pure: PureHooks): Hooks {
  // The two packages do not know each other; their objects differ only in how much they say about managedFields.
  const hooks = pure as KindHooks
  return Object.fromEntries(kinds.map(({ kind, group }) => [`${kind}.${group}`, hooks]))
}
