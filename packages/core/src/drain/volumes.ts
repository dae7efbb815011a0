import type { PersistentVolumeClaim, Pod, VolumeAttachment } from '@machinepool/kube'

/**
 * Volumes still attached to the Node that its drained pods used; as for upstream an attachment counts until its object is
 * gone. Volumes of pods that stay (DaemonSets, skipped ones) will never detach and are not waited for.
 */
export function attachedVolumes(
  node: string,
  attachments: readonly VolumeAttachment[],
  stayingPods: readonly Pod[],
  claims: readonly PersistentVolumeClaim[],
): readonly string[] {
  const kept = volumesOf(stayingPods, claims)
  return attachments
    .filter(({ spec }) => spec?.nodeName === node)
    .map(({ spec, metadata }) => spec?.source?.persistentVolumeName ?? metadata.name ?? '')
    .filter((volume) => !kept.has(volume))
}

function volumesOf(pods: readonly Pod[], claims: readonly PersistentVolumeClaim[]): ReadonlySet<string> {
  const wanted = new Set(
    pods.flatMap(({ metadata, spec }) =>
      (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
        persistentVolumeClaim === undefined ? [] : [`${metadata.namespace ?? ''}/${persistentVolumeClaim.claimName}`],
      ),
    ),
  )
  return new Set(
    claims
      .filter(({ metadata }) => wanted.has(`${metadata.namespace ?? ''}/${metadata.name ?? ''}`))
      .map(({ spec }) => spec?.volumeName ?? ''),
  )
}
