import { FieldSet } from '../apply/field-set.ts'
import { managerKey, readManagers, writeManagers, type Manager } from '../apply/managed-fields.ts'
import { ApiFailure, badRequest, DecodeFailure, invalid, notFound } from '../failure.ts'
import { clone, isObject, setAt, valueAt } from '../json.ts'
import type { ScalePaths } from '../kinds/definition.ts'
import type { KubeObject } from '../object.ts'
import { formatLabelSelector } from '../selectors/labels.ts'
import { findEntry, readEntry, type Backend, type WriteContext, type Written } from './backend.ts'
import { invalidPatch, patchValue, refuseStrategic, type PatchRequest } from './patch.ts'
import { targetApiVersion, type Target } from './target.ts'
import { replaceEntry } from './update.ts'

/** GET on the scale of an object. */
export function readScale(backend: Backend, target: Target): object {
  const entry = findEntry(backend, target)
  if (entry === undefined) throw notFound(target.kind.definition, target.name)
  const object = readEntry(entry, target)
  requireReplicas(object, pathsOf(target), target)
  return scaleOf(object, pathsOf(target))
}

/** PUT or PATCH on the scale: sets the replicas of the object. */
export function writeScale(
  backend: Backend,
  target: Target,
  change: { body: unknown } | { patch: PatchRequest },
  context: WriteContext,
): Written {
  if ('body' in change) checkScaleType(change.body)
  else refuseStrategic(change.patch, target)
  const entry = findEntry(backend, target)
  if (entry === undefined) throw notFound(target.kind.definition, target.name)
  const paths = pathsOf(target)
  const live = readEntry(entry, target)
  const scale =
    'body' in change
      ? change.body
      : patchValue(scaleOf(live, paths, target.kind.definition.custom), scalePatch(change.patch), target)
  const replicas = readReplicas(scale, target, 'patch' in change)
  const object = clone(live)
  const version = valueAt(scale, ['metadata', 'resourceVersion'])
  if (typeof version === 'string' && version !== '') object.metadata.resourceVersion = version
  setAt(object, paths.spec, replicas)
  const written = replaceEntry(backend, target, entry, object, context, (before, after) =>
    passOn(before, after, paths.spec, { name: context.fieldManager, apiVersion: targetApiVersion(target) }),
  )
  return { ...written, object: scaleOf(written.object as KubeObject, paths) }
}

/** A scale has the same shape for all kinds, so a strategic patch of it is a merge patch. */
function checkScaleType(body: unknown): void {
  const [apiVersion, kind] = [valueAt(body, ['apiVersion']), valueAt(body, ['kind'])]
  if ((apiVersion === undefined || apiVersion === 'autoscaling/v1') && (kind === undefined || kind === 'Scale')) return
  throw badRequest('no kind is registered for the type v1.Scale in scheme "pkg/runtime/scheme.go:110"')
}

function scalePatch(patch: PatchRequest): PatchRequest {
  return patch.type === 'strategic' || patch.type === 'apply' ? { ...patch, type: 'merge' } : patch
}

/**
 * Who scales takes the ownership of the replicas from those that had it. Where nobody had it, nobody gets it: the Scale
 * that is changed then shows no managers, and an object without managers stays so.
 */
function passOn(
  before: KubeObject,
  after: KubeObject,
  path: readonly string[],
  writer: { readonly name: string; readonly apiVersion: string },
): void {
  const field = path.map((part) => `f:${part}`)
  const managers = readManagers(before)
  const holders = [...managers].filter(([, { fields }]) => fields.has(field))
  if (holders.length === 0 || valueAt(before, path) === valueAt(after, path)) return
  const taken = new FieldSet()
  taken.insert(field)
  for (const [key, holder] of holders) {
    const fields = holder.fields.difference(taken)
    if (fields.empty) managers.delete(key)
    else managers.set(key, { ...holder, fields })
  }
  const self: Manager = { ...writer, operation: 'Update', subresource: 'scale', time: undefined, fields: taken }
  managers.set(managerKey(self), self)
  writeManagers(after, managers)
}

function readReplicas(scale: unknown, target: Target, patched: boolean): number {
  if (!isObject(scale)) throw badRequest('the body of the request must be a Scale')
  const stated = valueAt(scale, ['spec', 'replicas'])
  if (patched && target.kind.definition.custom && (stated === undefined || stated === null))
    throw badRequest(`the spec replicas field ".${pathsOf(target).spec.join('.')}" cannot be empty`)
  const replicas = stated ?? 0
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    const problem = `json: cannot unmarshal ${Array.isArray(replicas) ? 'array' : typeof replicas} into Go struct field ScaleSpec.spec.replicas of type int32`
    throw patched ? invalidPatch(JSON.stringify(scale), problem) : new DecodeFailure('Scale', 'v1', problem)
  }
  // Custom resources are checked as a whole when they are written.
  if (replicas < 0 && !target.kind.definition.custom) {
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, target.name, [
      {
        type: 'FieldValueInvalid',
        field: 'spec.replicas',
        value: replicas,
        detail: 'must be greater than or equal to 0',
      },
    ])
  }
  return replicas
}

function pathsOf(target: Target): ScalePaths {
  const { scale } = target.version
  if (scale === undefined) throw notFound(target.kind.definition, target.name)
  return scale
}

/** @throws ApiFailure 500 for a custom resource that does not say how many it wants. */
function requireReplicas(object: KubeObject, paths: ScalePaths, target: Target): void {
  if (!target.kind.definition.custom || valueAt(object, paths.spec) !== undefined) return
  const message = `the spec replicas field ".${paths.spec.join('.')}" does not exist`
  throw new ApiFailure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] })
}

function scaleOf(object: KubeObject, paths: ScalePaths, custom = false): object {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const selector = paths.selector === undefined ? undefined : valueAt(object, paths.selector)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: valueAt(object, paths.spec) ?? (custom ? undefined : 0) },
    status: {
      replicas: valueAt(object, paths.status) ?? 0,
      ...(typeof selector === 'string'
        ? { selector }
        : isObject(selector)
          ? { selector: formatLabelSelector(selector) }
          : {}),
    },
  }
}
