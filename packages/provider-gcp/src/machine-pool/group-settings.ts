import { canonicalJson, type FieldChange, type JsonObject, type JsonValue } from '@machinepool/contract'
import { isObject, plainJson } from '@machinepool/provider-kit'

import type { InstanceGroupManager } from '../compute/resources.ts'
import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'
import { resourcePath } from './names.ts'

type Spec = GCPMachinePoolSpec

/** Optional settings of a group: what the spec may name, and what clears each of them in a merge patch. */
export const optionalSettings = {
  autoHealingPolicies: { field: 'spec.autoHealing', cleared: [] },
  namedPorts: { field: 'spec.namedPorts', cleared: [] },
  instanceFlexibilityPolicy: { field: 'spec.instanceFlexibility', cleared: null },
  statefulPolicy: { field: 'spec.statefulDisks', cleared: null },
  targetSizePolicy: { field: 'spec.targetSizePolicy', cleared: { mode: 'INDIVIDUAL' } },
} as const satisfies Partial<Record<keyof InstanceGroupManager, { field: string; cleared: JsonValue }>>

export type OptionalSetting = keyof typeof optionalSettings

const defaultInitialDelaySeconds = 300

/** The optional settings that the spec names. PURE. */
export function specSettings(spec: Spec, project: string): Pick<InstanceGroupManager, OptionalSetting> {
  return {
    ...(spec.autoHealing === undefined
      ? {}
      : {
          autoHealingPolicies: [
            {
              healthCheck: healthCheckPath(spec.autoHealing.healthCheck, project),
              initialDelaySec: spec.autoHealing.initialDelaySeconds ?? defaultInitialDelaySeconds,
            },
          ],
        }),
    ...(spec.namedPorts === undefined || spec.namedPorts.length === 0
      ? {}
      : { namedPorts: spec.namedPorts.map(({ name, port }) => ({ name, port })) }),
    ...(spec.instanceFlexibility === undefined || spec.instanceFlexibility.length === 0
      ? {}
      : {
          instanceFlexibilityPolicy: {
            instanceSelections: Object.fromEntries(
              spec.instanceFlexibility.map(({ name, machineTypes, rank = 0 }) => [name, { machineTypes, rank }]),
            ),
          },
        }),
    ...(spec.statefulDisks === undefined || spec.statefulDisks.length === 0
      ? {}
      : {
          statefulPolicy: {
            preservedState: {
              disks: Object.fromEntries(
                spec.statefulDisks.map(({ deviceName, autoDelete }) => [
                  deviceName,
                  {
                    autoDelete:
                      autoDelete === 'OnPermanentInstanceDeletion' ? 'ON_PERMANENT_INSTANCE_DELETION' : 'NEVER',
                  },
                ]),
              ),
            },
          },
        }),
    ...(spec.targetSizePolicy === undefined
      ? {}
      : { targetSizePolicy: { mode: spec.targetSizePolicy === 'Bulk' ? 'BULK' : 'INDIVIDUAL' } }),
  }
}

function healthCheckPath(reference: string, project: string): string {
  return reference.includes('/') ? resourcePath(reference) : `projects/${project}/global/healthChecks/${reference}`
}

const shapes = { Even: 'EVEN', Balanced: 'BALANCED', Any: 'ANY', AnySingleZone: 'ANY_SINGLE_ZONE' } as const

/** Of a regional group. The zones themselves are set when it is made, and cannot change. */
export function targetShape(spec: Spec): (typeof shapes)[keyof typeof shapes] {
  return shapes[spec.distribution?.targetShape ?? 'Even']
}

/**
 * Google moves instances between zones without a drain unless it is told not to. While the engine rolls it must not;
 * admission allows it with the cloud's own updater alone.
 */
export function redistribution(spec: Spec): 'NONE' | 'PROACTIVE' {
  return spec.distribution?.redistribution === 'Proactive' ? 'PROACTIVE' : 'NONE'
}

/** One setting that differs: what is sent for it, and what a person is told. */
export interface SettingChange extends FieldChange {
  readonly patch: JsonObject
}

/** Settings that the spec names and that differ, and those that it no longer names. PURE. */
export function settingChanges(
  spec: Spec,
  project: string,
  live: InstanceGroupManager,
  formerly: ReadonlySet<string>,
): readonly SettingChange[] {
  const wanted = plainJson(specSettings(spec, project))
  const found = plainJson(live)
  return Object.entries(optionalSettings).flatMap(([name, { field, cleared }]) => {
    const from = found[name]
    const to = wanted[name]
    if (to !== undefined) return equalSetting(from, to) ? [] : [change(field, from, to, { [name]: to })]
    if (!formerly.has(name) || isCleared(from, cleared)) return []
    return [change(field, from, undefined, { [name]: cleared })]
  })
}

function change(
  field: string,
  from: JsonValue | undefined,
  to: JsonValue | undefined,
  patch: JsonObject,
): SettingChange {
  return { field, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), patch }
}

function isCleared(value: JsonValue | undefined, cleared: unknown): boolean {
  if (value === undefined || value === null) return true
  if (Array.isArray(value)) return value.length === 0
  if (isObject(value) && Object.keys(value).length === 0) return true
  return canonicalJson(value) === canonicalJson((cleared ?? null) as JsonValue)
}

/** Every member that is wanted is there with the same value, references by path; Google adds members of its own. */
export function equalSetting(live: JsonValue | undefined, wanted: JsonValue | undefined): boolean {
  if (wanted === undefined) return true
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) &&
      live.length === wanted.length &&
      wanted.every((item, index) => equalSetting(live[index], item))
    )
  }
  if (isObject(wanted)) {
    return isObject(live) && Object.entries(wanted).every(([key, value]) => equalSetting(live[key], value))
  }
  if (typeof wanted === 'string' && typeof live === 'string') return resourcePath(live) === resourcePath(wanted)
  // JSON leaves out what is 0 or false by default.
  return live === wanted || ((wanted === 0 || wanted === false) && live === undefined)
}
