import type { Condition, KubeadmConfig, KubeadmConfigStatus, V1Beta1Condition } from '@machinepool/api'

/** How far the bootstrap data has come. `reason` is the word of the deprecated condition; upstream's where it has one. */
export type Outcome =
  | { readonly state: 'available'; readonly dataSecretName: string }
  /** Something else must happen first. */
  | { readonly state: 'waiting'; readonly reason: string; readonly message: string }
  /** It cannot be made as things are. */
  | { readonly state: 'failed'; readonly reason: string; readonly message: string }
  /** Nobody knows whose certificates the machines are to trust. */
  | { readonly state: 'untrusted'; readonly message: string }

/** The whole status of a KubeadmConfig. Pure; data that was once made stays available while newer data cannot be made. */
export function computeStatus(config: KubeadmConfig, outcome: Outcome, now: number): KubeadmConfigStatus {
  const old = config.status
  const made = outcome.state === 'available' || old?.initialization?.dataSecretCreated === true
  const dataSecretName = outcome.state === 'available' ? outcome.dataSecretName : old?.dataSecretName
  const { generation } = config.metadata
  return {
    conditions: conditions(config, outcome, now),
    initialization: { dataSecretCreated: made },
    ...(dataSecretName === undefined ? {} : { dataSecretName }),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    deprecated: { v1beta1: { conditions: deprecatedConditions(config, outcome, now) } },
  }
}

type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>

function conditions(config: KubeadmConfig, outcome: Outcome, now: number): Condition[] {
  const data: Verdict =
    outcome.state === 'available'
      ? { status: 'True', reason: 'Available', message: '' }
      : { status: 'False', reason: 'NotAvailable', message: outcome.message }
  const ready: Verdict =
    outcome.state === 'available'
      ? { status: 'True', reason: 'Ready', message: '' }
      : { status: 'False', reason: 'NotReady', message: `* DataSecretAvailable: ${outcome.message}` }
  const certificates = certificatesVerdict(outcome)
  return merge(
    config,
    {
      Ready: ready,
      DataSecretAvailable: data,
      ...(certificates === undefined ? {} : { CertificatesAvailable: certificates }),
      Paused: { status: 'False', reason: 'NotPaused', message: '' },
    },
    now,
  )
}

/** Undefined when this pass didn't come to look for the certificates. */
function certificatesVerdict(outcome: Outcome): Verdict | undefined {
  switch (outcome.state) {
    case 'available':
      return { status: 'True', reason: 'Available', message: '' }
    case 'untrusted':
      return { status: 'Unknown', reason: 'InternalError', message: outcome.message }
    default:
      return undefined
  }
}

/** The config's conditions with `Paused` alone set. */
export function pausedConditions(config: KubeadmConfig, message: string, now: number): Condition[] {
  return merge(config, { Paused: { status: 'True', reason: 'Paused', message } }, now)
}

function merge(config: KubeadmConfig, verdicts: Readonly<Record<string, Verdict>>, now: number): Condition[] {
  const merged = new Map((config.status?.conditions ?? []).map((condition) => [condition.type, condition]))
  const { generation } = config.metadata
  for (const [type, verdict] of Object.entries(verdicts)) {
    const previous = merged.get(type)
    merged.set(type, {
      type,
      ...verdict,
      lastTransitionTime: previous?.status === verdict.status ? previous.lastTransitionTime : timestamp(now),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    })
  }
  return [...merged.values()].toSorted((a, b) => (a.type < b.type ? -1 : 1))
}

type DeprecatedVerdict = Omit<V1Beta1Condition, 'type' | 'lastTransitionTime'>

function deprecatedConditions(config: KubeadmConfig, outcome: Outcome, now: number): V1Beta1Condition[] {
  const verdicts = deprecatedVerdicts(outcome)
  const old = config.status?.deprecated?.v1beta1?.conditions ?? []
  return ['Ready', 'CertificatesAvailable', 'DataSecretAvailable'].flatMap((type) => {
    const previous = old.find((condition) => condition.type === type)
    const verdict = verdicts[type]
    if (verdict === undefined) return previous === undefined ? [] : [previous]
    const lastTransitionTime = previous?.status === verdict.status ? previous.lastTransitionTime : timestamp(now)
    return [{ type, ...verdict, lastTransitionTime }]
  })
}

function deprecatedVerdicts(outcome: Outcome): Readonly<Record<string, DeprecatedVerdict>> {
  const good = { status: 'True' } as const
  switch (outcome.state) {
    case 'available':
      return { Ready: good, CertificatesAvailable: good, DataSecretAvailable: good }
    case 'untrusted': {
      const { message } = outcome
      const bad = { status: 'False', severity: 'Error', reason: 'CertificatesCorrupted', message } as const
      return { Ready: bad, CertificatesAvailable: bad }
    }
    default: {
      const { reason, message } = outcome
      const severity = outcome.state === 'failed' ? 'Warning' : 'Info'
      const bad = { status: 'False', severity, reason, message } as const
      return { Ready: bad, DataSecretAvailable: bad }
    }
  }
}

function timestamp(now: number): string {
  return new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
}
