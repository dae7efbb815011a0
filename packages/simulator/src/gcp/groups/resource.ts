import { GcpError, invalidValue, missing, notFound } from '../error.ts'
import { checkName } from '../names.ts'
import { nameOf, parseReference } from '../reference.ts'
import type { Project } from '../state.ts'
import type { FixedOrPercent, GcpGroup, GroupResource, UpdatePolicy, Version } from './state.ts'

/** A group as callers write it, for `insert` and, merged, for `patch`. */
export type GroupBody = Readonly<Record<string, unknown>> & {
  readonly name: string
  readonly baseInstanceName?: string
  readonly targetSize?: number
  readonly versions?: readonly Version[]
  readonly instanceTemplate?: string
  readonly updatePolicy?: Partial<UpdatePolicy>
  readonly distributionPolicy?: NonNullable<GroupResource['distributionPolicy']>
  readonly autoHealingPolicies?: NonNullable<GroupResource['autoHealingPolicies']>
}

type Place = Pick<GcpGroup, 'path' | 'region' | 'zones' | 'regional'>

/** What only the service writes; callers' values are ignored. */
const outputs = [
  'id',
  'kind',
  'selfLink',
  'creationTimestamp',
  'fingerprint',
  'currentActions',
  'status',
  'instanceGroup',
  'zone',
  'region',
]

const longestBaseName = 58

/** Fills in defaults, makes references full links, and refuses what the API refuses. */
export function toResource(project: Project, place: Place, body: GroupBody): GroupResource {
  const rest = Object.fromEntries(
    Object.entries(body).filter(([name, value]) => !outputs.includes(name) && value !== null && value !== undefined),
  ) as GroupBody
  checkName('resource.name', body.name)
  const baseInstanceName = body.baseInstanceName ?? body.name.slice(0, longestBaseName)
  if (baseInstanceName.length > longestBaseName) {
    throw invalidValue(
      'resource.baseInstanceName',
      baseInstanceName,
      `Must be at most ${longestBaseName} characters long.`,
    )
  }
  checkName('resource.baseInstanceName', baseInstanceName.replace(/-#+(?:\[\d+\])?$/, ''))
  if (body.targetSize === undefined) throw missing('resource.targetSize')
  const targetSize = checkSize('resource.targetSize', body.targetSize, place.regional)
  const versions = checkVersions(project, body)
  const resource: GroupResource = {
    ...rest,
    name: body.name,
    baseInstanceName,
    targetSize,
    versions,
    instanceTemplate: versions.find(({ targetSize: size }) => !size)!.instanceTemplate,
    updatePolicy: toUpdatePolicy(place, body.updatePolicy ?? {}),
    instanceLifecyclePolicy: {
      defaultActionOnFailure: 'REPAIR',
      forceUpdateOnRepair: 'NO',
      ...(rest['instanceLifecyclePolicy'] as GroupResource['instanceLifecyclePolicy']),
    },
    listManagedInstancesResults: (rest['listManagedInstancesResults'] as 'PAGELESS' | undefined) ?? 'PAGELESS',
    ...(place.regional && { distributionPolicy: toDistribution(project, place, body.distributionPolicy) }),
  }
  checkAutohealing(project, resource)
  checkPolicy(place, resource)
  return resource
}

export function checkSize(field: string, size: number, regional: boolean): number {
  const most = regional ? 2000 : 1000
  if (size < 0 || size > most || !Number.isInteger(size)) {
    throw invalidValue(field, String(size), `Must be between 0 and ${most}.`)
  }
  return size
}

function checkVersions(project: Project, body: GroupBody): Version[] {
  const given =
    body.versions ?? (body.instanceTemplate === undefined ? [] : [{ instanceTemplate: body.instanceTemplate }])
  if (given.length === 0) throw missing('resource.instanceTemplate')
  if (given.filter(({ targetSize }) => !hasSize(targetSize)).length !== 1) {
    throw invalidValue('resource.versions', given, 'Exactly one version must not have its target size specified.')
  }
  return given.map((version, index) => ({
    ...(version.name !== undefined && { name: version.name }),
    instanceTemplate: templateLink(project, `resource.versions[${index}].instanceTemplate`, version.instanceTemplate),
    ...(hasSize(version.targetSize) && { targetSize: withoutCalculated(version.targetSize) }),
  }))
}

function hasSize(size: FixedOrPercent | undefined): size is FixedOrPercent {
  return size?.fixed !== undefined || size?.percent !== undefined
}

function withoutCalculated({ fixed, percent }: FixedOrPercent): FixedOrPercent {
  return percent === undefined ? { fixed: fixed ?? 0 } : { percent }
}

/** Full link to a template that is there. */
export function templateLink(project: Project, field: string, reference: string): string {
  const { path, project: owner = project.id } = parseReference(reference ?? '')
  if (!/^(?:global|regions\/[^/]+)\/instanceTemplates\/[^/]+$/.test(path)) {
    throw invalidValue(field, reference, 'The URL is malformed.')
  }
  const template = owner === project.id ? project.templates.get(path) : undefined
  if (!template) throw notFound(`projects/${owner}/${path}`)
  if (!template.ready) {
    throw new GcpError(400, 'resourceNotReady', `The resource 'projects/${owner}/${path}' is not ready`)
  }
  return project.link(path)
}

function toUpdatePolicy({ zones, regional }: Place, given: Partial<UpdatePolicy>): UpdatePolicy {
  const standard: FixedOrPercent = { fixed: zones.length }
  return {
    ...given,
    type: given.type ?? 'OPPORTUNISTIC',
    minimalAction: given.minimalAction ?? 'REPLACE',
    replacementMethod: given.replacementMethod ?? 'SUBSTITUTE',
    maxSurge: hasSize(given.maxSurge) ? withoutCalculated(given.maxSurge) : standard,
    maxUnavailable: hasSize(given.maxUnavailable) ? withoutCalculated(given.maxUnavailable) : standard,
    ...(regional && { instanceRedistributionType: given.instanceRedistributionType ?? 'PROACTIVE' }),
  }
}

function toDistribution(project: Project, { zones }: Place, given: GroupResource['distributionPolicy']) {
  return {
    ...given,
    zones: zones.map((zone) => ({ zone: project.link(`zones/${zone}`) })),
    targetShape: given?.targetShape ?? 'EVEN',
  }
}

function checkAutohealing(project: Project, { autoHealingPolicies = [] }: GroupResource) {
  if (autoHealingPolicies.length > 1) {
    throw invalidValue(
      'resource.autoHealingPolicies',
      autoHealingPolicies,
      'At most one autohealing policy may be specified.',
    )
  }
  for (const [index, { healthCheck, initialDelaySec = 0 }] of autoHealingPolicies.entries()) {
    const field = `resource.autoHealingPolicies[${index}]`
    if (initialDelaySec < 0 || initialDelaySec > 3600) {
      throw invalidValue(`${field}.initialDelaySec`, String(initialDelaySec), 'Must be between 0 and 3600.')
    }
    if (healthCheck === undefined) continue
    const { path, project: owner = project.id } = parseReference(healthCheck)
    if (owner === project.id && !project.healthChecks.get(path)) throw notFound(`projects/${project.id}/${path}`)
  }
}

/** https://cloud.google.com/compute/docs/instance-groups/rolling-out-updates-to-managed-instance-groups */
function checkPolicy({ zones, regional }: Place, { updatePolicy: policy, targetSize, ...resource }: GroupResource) {
  const field = 'resource.updatePolicy'
  const { maxSurge, maxUnavailable, replacementMethod, type } = policy
  for (const [name, size] of Object.entries({ maxSurge, maxUnavailable })) {
    if (size.percent !== undefined && (size.percent < 0 || size.percent > 100)) {
      throw invalidValue(`${field}.${name}.percent`, String(size.percent), 'Must be between 0 and 100.')
    }
    if (size.percent && targetSize < 10) {
      throw invalidValue(
        `${field}.${name}.percent`,
        String(size.percent),
        'Percentages need a target size of at least 10.',
      )
    }
    if (regional && size.fixed && size.fixed < zones.length) {
      throw invalidValue(
        `${field}.${name}.fixed`,
        String(size.fixed),
        `Fixed updatePolicy.${name} for regional managed instance group has to be either 0 or at least equal to the number of zones.`,
      )
    }
  }
  if (none(maxSurge) && none(maxUnavailable)) {
    throw invalidValue(
      `${field}.maxUnavailable`,
      maxUnavailable,
      'At least one of maxSurge and maxUnavailable must be greater than 0.',
    )
  }
  if (replacementMethod === 'RECREATE') {
    if (!none(maxSurge)) {
      throw invalidValue(
        `${field}.maxSurge`,
        maxSurge,
        'maxSurge must be equal to 0 when replacement method is set to RECREATE',
      )
    }
    if (none(maxUnavailable)) {
      throw invalidValue(
        `${field}.maxUnavailable`,
        maxUnavailable,
        'maxUnavailable must be greater than 0 when replacement method is set to RECREATE',
      )
    }
  }
  const shape = resource.distributionPolicy?.targetShape ?? 'EVEN'
  if (shape !== 'EVEN' && policy.instanceRedistributionType === 'PROACTIVE') {
    throw invalidValue(
      `${field}.instanceRedistributionType`,
      'PROACTIVE',
      `Instance redistribution type must be NONE for the target shape ${shape}.`,
    )
  }
  if (isStateful(resource)) {
    if (type === 'PROACTIVE') {
      throw invalidValue(
        `${field}.type`,
        type,
        'Automated updates are not supported for stateful managed instance groups.',
      )
    }
    if (regional && policy.instanceRedistributionType === 'PROACTIVE') {
      throw invalidValue(
        `${field}.instanceRedistributionType`,
        'PROACTIVE',
        'Stateful regional managed instance groups require NONE.',
      )
    }
  }
}

function none({ fixed, percent }: FixedOrPercent): boolean {
  return !fixed && !percent
}

export function isStateful({ statefulPolicy }: Pick<GroupResource, 'statefulPolicy'>): boolean {
  const kept = (statefulPolicy?.['preservedState'] ?? {}) as Record<string, object>
  return Object.values(kept).some((things) => Object.keys(things).length > 0)
}

/** https://www.rfc-editor.org/rfc/rfc7396 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const merged: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name]
    else merged[name] = mergePatch(merged[name], value)
  }
  return merged
}

/** The group as a patch makes it. */
export function patchResource(project: Project, group: GcpGroup, patch: GroupBody): GroupResource {
  const { resource } = group
  if (patch.name !== undefined && patch.name !== resource.name) {
    throw invalidValue('resource.name', patch.name, 'The name of a managed instance group cannot be changed.')
  }
  checkZonesStay(group, patch)
  // Ports are kept with the instance group behind the managed one.
  const { namedPorts: _ports, ...changes } = patch
  const merged = mergePatch(resource, changes) as GroupBody
  // A template on its own stands for a single version of it.
  const single = patch.instanceTemplate !== undefined && !patch.versions
  return toResource(project, group, {
    ...merged,
    ...(single && { versions: [{ instanceTemplate: patch.instanceTemplate }] }),
    ...(patch.updatePolicy && { updatePolicy: { ...merged.updatePolicy, ...sizesOf(patch.updatePolicy) } }),
  })
}

/** `fixed` and `percent` exclude each other: the given one replaces the other. */
function sizesOf({ maxSurge, maxUnavailable }: Partial<UpdatePolicy>): Partial<UpdatePolicy> {
  return { ...(maxSurge && { maxSurge }), ...(maxUnavailable && { maxUnavailable }) }
}

function checkZonesStay({ zones }: GcpGroup, { distributionPolicy }: GroupBody) {
  const wanted = distributionPolicy?.zones?.map(({ zone }) => nameOf(zone)).toSorted()
  if (wanted && wanted.join() !== zones.toSorted().join()) {
    throw invalidValue(
      'resource.distributionPolicy.zones',
      wanted,
      'Zones of a regional managed instance group cannot be changed.',
    )
  }
}
