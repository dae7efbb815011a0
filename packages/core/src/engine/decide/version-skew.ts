import { notReady, type EngineCondition } from './conditions.ts'

const semver = /^v?(\d+)\.(\d+)\./

/**
 * A kubelet must not be newer than its API server (https://kubernetes.io/releases/version-skew-policy/#kubelet), so such
 * a version is refused before anything is made from it (R13). Patch releases do not matter.
 */
export function versionSkew(wanted: string | undefined, controlPlane: string | undefined): EngineCondition | undefined {
  const kubelet = semver.exec(wanted ?? '')
  const server = semver.exec(controlPlane ?? '')
  if (!kubelet || !server) return undefined
  const newer =
    Number(kubelet[1]) > Number(server[1]) ||
    (Number(kubelet[1]) === Number(server[1]) && Number(kubelet[2]) > Number(server[2]))
  if (!newer) return undefined
  return notReady(
    'VersionSkew',
    `version ${wanted} is newer than the control plane's ${controlPlane}; nothing is rolled out until that is upgraded`,
  )
}
