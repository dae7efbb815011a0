import { badRequest, invalid, notFound } from '../failure.ts'
import { clone, isObject, setAt, valueAt } from '../json.ts'
import type { ScalePaths } from '../kinds/definition.ts'
import type { KubeObject } from '../object.ts'
import { formatLabelSelector } from '../selectors/labels.ts'
import { findEntry, readEntry, type Backend, type WriteContext, type Written } from './backend.ts'
import { patchValue, type PatchRequest } from './patch.ts'
import type { Target } from './target.ts'
import { replaceEntry } from './update.ts'

/** GET on the scale of an object. */
export function readScale(backend: Backend, target: Target): object {
  const entry = findEntry(backend, target)
  if (entry === undefined) throw notFound(target.kind.definition, target.name)
  return scaleOf(readEntry(entry, target), pathsOf(target))
}

/** PUT or PATCH on the scale: sets the replicas of the object. */
export function writeScale(
  backend: Backend,
  target: Target,
  change: { body: unknown } | { patch: PatchRequest },
  context: WriteContext,
): Written {
  const entry = findEntry(backend, target)
  if (entry === undefined) throw notFound(target.kind.definition, target.name)
  const paths = pathsOf(target)
  const live = readEntry(entry, target)
  const scale = 'body' in change ? change.body : patchValue(scaleOf(live, paths), scalePatch(change.patch), target)
  const replicas = readReplicas(scale, target)
  const object = clone(live)
  const version = valueAt(scale, ['metadata', 'resourceVersion'])
  if (typeof version === 'string' && version !== '') object.metadata.resourceVersion = version
  setAt(object, paths.spec, replicas)
  const written = replaceEntry(backend, target, entry, object, context)
  return { ...written, object: scaleOf(written.object as KubeObject, paths) }
}

/** A scale has the same shape for all kinds, so a strategic patch of it is a merge patch. */
function scalePatch(patch: PatchRequest): PatchRequest {
  return patch.type === 'strategic' || patch.type === 'apply' ? { ...patch, type: 'merge' } : patch
}

function readReplicas(scale: unknown, target: Target): number {
  if (!isObject(scale)) throw badRequest('the body of the request must be a Scale')
  const replicas = valueAt(scale, ['spec', 'replicas']) ?? 0
  if (typeof replicas !== 'number' || !Number.isInteger(replicas))
    throw badRequest('spec.replicas of a Scale must be a whole number')
  if (replicas < 0) {
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, target.name, [
      {
        type: 'FieldValueInvalid',
        field: 'spec.replicas',
        value: replicas,
        detail: 'should be a non-negative integer',
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

function scaleOf(object: KubeObject, paths: ScalePaths): object {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const selector = paths.selector === undefined ? undefined : valueAt(object, paths.selector)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: valueAt(object, paths.spec) ?? 0 },
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
