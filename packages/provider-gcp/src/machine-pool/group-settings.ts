import { canonicalJson, type FieldChange, type JsonObject, type JsonValue } from '@machinepool/contract'
import { isObject, keysAt, plainJson } from '@machinepool/provider-kit'

import type { InstanceGroupManager } from '../compute/resources.ts'
import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'
import { resourcePath } from './names.ts'

type Spec = GCPMachinePoolSpec

interface Setting {
  /** What a person knows it as. */
  readonly field: string
  /** What takes it away in a merge patch. */
  readonly cleared: JsonValue
  /** A map in it whose entries are all the spec's: a merge patch keeps those that it does not name. */
  readonly map?: readonly string[]
}

/** Optional settings of a group that a patch changes. */
const patchedSettings = {
  autoHealingPolicies: { field: 'spec.autoHealing', cleared: [] },
  instanceFlexibilityPolicy: { field: 'spec.instanceFlexibility', cleared: null, map: ['instanceSelections'] },
  statefulPolicy: { field: 'spec.statefulDisks', cleared: null, map: ['preservedState', 'disks'] },
  targetSizePolicy: { field: 'spec.targetSizePolicy', cleared: { mode: 'INDIVIDUAL' } },
} as const satisfies Partial<Record<keyof InstanceGroupManager, Setting>>

type OptionalSetting = keyof typeof patchedSettings | 'namedPorts'

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
  return Object.entries<Setting>(patchedSettings).flatMap(([name, { field, cleared, map = [] }]) => {
    const from = found[name]
    const to = wanted[name]
    if (to !== undefined) {
      const more = surplus(from, to, map)
      if (more.length === 0 && equalSetting(from, to)) return []
      return [change(field, from, to, { [name]: withNulls(to, map, more) })]
    }
    if (!formerly.has(name) || isCleared(from, cleared)) return []
    return [change(field, from, undefined, { [name]: cleared })]
  })
}

/** Entries of the map that are there and not wanted. */
function surplus(live: JsonValue | undefined, wanted: JsonValue, map: readonly string[]): readonly string[] {
  if (map.length === 0) return []
  const keep = new Set(keysAt(wanted, ...map))
  return keysAt(live, ...map).filter((key) => !keep.has(key))
}

/** A merge patch takes an entry away by `null`. */
function withNulls(wanted: JsonValue, [first, ...rest]: readonly string[], keys: readonly string[]): JsonValue {
  if (keys.length === 0 || !isObject(wanted)) return wanted
  if (first === undefined) return { ...wanted, ...Object.fromEntries(keys.map((key) => [key, null])) }
  return { ...wanted, [first]: withNulls(wanted[first] ?? {}, rest, keys) }
}

/**
 * Ports are no part of a patch: Google keeps them with the instance group behind the managed one, where a method of its
 * own sets them. `undefined` when they are as they should be. PURE.
 */
export function portsChange(
  spec: Spec,
  live: InstanceGroupManager,
  formerly: ReadonlySet<string>,
): { readonly namedPorts: NonNullable<InstanceGroupManager['namedPorts']>; readonly shown: FieldChange } | undefined {
  const from = sortedPorts(live.namedPorts)
  const to = sortedPorts(spec.namedPorts)
  if (to.length === 0 && !formerly.has('namedPorts')) return undefined
  if (canonicalJson(plainJson(from)) === canonicalJson(plainJson(to))) return undefined
  return {
    namedPorts: to,
    shown: { field: 'spec.namedPorts', from: from.map((port) => ({ ...port })), to: to.map((port) => ({ ...port })) },
  }
}

/** Their order means nothing. */
function sortedPorts(ports: InstanceGroupManager['namedPorts'] = []): { name: string; port: number }[] {
  return ports
    .map(({ name = '', port = 0 }) => ({ name, port }))
    .toSorted((a, b) => (a.name === b.name ? a.port - b.port : a.name < b.name ? -1 : 1))
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

/** Lists of texts, such as machine types of one preference, have no order (R23). */
function inOrder(list: readonly JsonValue[]): readonly JsonValue[] {
  return list.every((item) => typeof item === 'string') ? list.toSorted() : list
}

/** Every member that is wanted is there with the same value, references by path; Google adds members of its own. */
function equalSetting(live: JsonValue | undefined, wanted: JsonValue | undefined): boolean {
  if (wanted === undefined) return true
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live) || live.length !== wanted.length) return false
    const [some, others] = [inOrder(live), inOrder(wanted)]
    return others.every((item, index) => equalSetting(some[index], item))
  }
  if (isObject(wanted)) {
    return isObject(live) && Object.entries(wanted).every(([key, value]) => equalSetting(live[key], value))
  }
  if (typeof wanted === 'string' && typeof live === 'string') return resourcePath(live) === resourcePath(wanted)
  // JSON leaves out what is 0 or false by default.
  return live === wanted || ((wanted === 0 || wanted === false) && live === undefined)
}
