import { annotations, convertManifest, type ConvertManifestOptions, type UnknownApiObject } from '@machinepool/api'
import type { OwnerReference, UnknownObject } from '@machinepool/kube'

import { migratedFrom, pausedForMigration, sourceOf } from './marks.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** An old object as it is written today, without what only a server can know. Throws `ConversionError`. Pure. */
export function convertedObject(old: UnknownObject, conversion: ConvertManifestOptions): UnknownApiObject {
  const { objects } = convertManifest([old], conversion)
  const [converted] = objects
  if (converted === undefined) throw new TypeError('an object was converted to none')
  const { name = '', namespace, labels, annotations: kept, finalizers, ownerReferences } = old.metadata
  const annotationsNow = convertedAnnotations(kept, conversion)
  return {
    ...converted,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotationsNow === undefined ? {} : { annotations: annotationsNow }),
      ...(finalizers === undefined ? {} : { finalizers: finalizers.map(currentFinalizer) }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
  }
}

/** Controllers of today take off their own finalizers only, and those carry the name of today's group. */
function currentFinalizer(finalizer: string): string {
  return finalizer.replace(/(^|\.)exp\.((?:infrastructure\.)?cluster\.x-k8s\.io)(?=$|\/)/, '$1$2')
}

/** kubectl compares the next manifest with the last one, so that one has to be of the same version. */
function convertedAnnotations(
  kept: Readonly<Record<string, string>> | undefined,
  conversion: ConvertManifestOptions,
): Record<string, string> | undefined {
  const applied = kept?.[lastApplied]
  if (applied === undefined) return kept === undefined ? undefined : { ...kept }
  try {
    const { objects } = convertManifest([JSON.parse(applied) as UnknownApiObject], conversion)
    return { ...kept, [lastApplied]: `${JSON.stringify(objects[0])}\n` }
  } catch {
    // Anyone can write annotations; one that nobody can read stays as it is.
    return { ...kept }
  }
}

/** The object to create: paused, marked with where it comes from, owned by the copies of its owners. Pure. */
export function copyToCreate(
  old: UnknownObject,
  wanted: UnknownApiObject,
  successors: ReadonlyMap<string, OwnerReference>,
): UnknownObject {
  const { status: _, ...rest } = wanted
  const { annotations: kept = {}, ownerReferences } = wanted.metadata
  const pausedByOwner = kept[annotations.paused] !== undefined && kept[pausedForMigration] === undefined
  return {
    ...rest,
    metadata: {
      ...wanted.metadata,
      ...(ownerReferences === undefined ? {} : { ownerReferences: withSuccessors(ownerReferences, successors) }),
      annotations: {
        ...kept,
        [annotations.paused]: kept[annotations.paused] ?? 'true',
        [migratedFrom]: sourceOf(old),
        ...(pausedByOwner ? {} : { [pausedForMigration]: 'true' }),
      },
    },
  }
}

/** References to old objects become references to their copies; whether they control stays as it was. */
export function withSuccessors(
  owners: readonly OwnerReference[],
  successors: ReadonlyMap<string, OwnerReference>,
): OwnerReference[] {
  return owners.map((owner) => ({ ...owner, ...successors.get(owner.uid) }))
}
