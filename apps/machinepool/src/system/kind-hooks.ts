import { admit, convert, type Kind } from '@machinepool/api'
import type { Hooks, KindHooks } from '@machinepool/apiserver'

import type { KindRules } from '../clouds/cloud.ts'
import { clouds } from '../clouds/clouds.ts'
import { kindsByProvider } from '../kinds.ts'

/** Defaults, checks and conversions in process: what webhooks do on a real API server. */
export function kindHooks(): Hooks {
  const coreKinds = [...(kindsByProvider['core'] ?? []), ...(kindsByProvider['bootstrap-kubeadm'] ?? [])]
  return {
    ...hooksOf(coreKinds, { admit: (request) => admit(request), convert }),
    ...Object.assign({}, ...clouds.map(({ kinds, hooks }) => hooksOf(kinds, hooks))),
  }
}

function hooksOf(kinds: readonly Kind[], rules: KindRules): Hooks {
  // The two packages do not know each other; their objects differ only in how much they say about managedFields.
  const hooks = rules as KindHooks
  return Object.fromEntries(kinds.map(({ kind, group }) => [`${kind}.${group}`, hooks]))
}
