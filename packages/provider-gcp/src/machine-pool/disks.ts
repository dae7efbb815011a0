import { createHash } from 'node:crypto'

import type { AttachedDisk, CustomerEncryptionKey } from '../compute/resources.ts'
import type { GCPEncryptionKey, GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'

const defaultSizeGb = 30
const localSsdGb = 375
const defaultType = 'pd-standard'
const localSsd = 'local-ssd'

/** Boot disk first, then the others in the spec's order. Keys that are secrets are named by their hash. PURE. */
export function templateDisks(
  spec: GCPMachinePoolSpec,
  image: string,
  labels: Readonly<Record<string, string>>,
  tags: Readonly<Record<string, string>> | undefined,
): AttachedDisk[] {
  const common = tags === undefined ? {} : { resourceManagerTags: tags }
  const boot: AttachedDisk = {
    boot: true,
    autoDelete: true,
    initializeParams: {
      sourceImage: image,
      diskSizeGb: String(spec.rootDeviceSize ?? defaultSizeGb),
      diskType: spec.rootDeviceType ?? defaultType,
      labels,
      ...common,
    },
    ...encryption(spec.rootDiskEncryptionKey),
  }
  const others = (spec.additionalDisks ?? []).map(({ deviceType = defaultType, size, encryptionKey }): AttachedDisk =>
    deviceType === localSsd
      ? {
          autoDelete: true,
          type: 'SCRATCH',
          interface: 'NVME',
          initializeParams: { diskType: localSsd, diskSizeGb: String(localSsdGb) },
        }
      : {
          autoDelete: true,
          initializeParams: { diskType: deviceType, diskSizeGb: String(size ?? defaultSizeGb), ...common },
          ...encryption(encryptionKey),
        },
  )
  return [boot, ...others]
}

function encryption(key: GCPEncryptionKey | undefined): Pick<AttachedDisk, 'diskEncryptionKey'> {
  if (key === undefined) return {}
  return {
    diskEncryptionKey: {
      ...(key.managedKey === undefined ? {} : { kmsKeyName: key.managedKey.kmsKeyName }),
      ...(key.kmsKeyServiceAccount === undefined ? {} : { kmsKeyServiceAccount: key.kmsKeyServiceAccount }),
      ...(key.suppliedKey === undefined ? {} : { sha256: keyHash(key.suppliedKey) }),
    },
  }
}

/** As Google shows a raw key; of a wrapped one, which it unwraps first, only ourselves know this hash. */
function keyHash({ rawKey = '', rsaEncryptedKey }: NonNullable<GCPEncryptionKey['suppliedKey']>): string {
  return createHash('sha256')
    .update(Buffer.from(rsaEncryptedKey ?? rawKey, 'base64'))
    .digest('base64')
}

/** The disks with the keys themselves, as they are sent; nothing else may see them (R20). */
export function withSuppliedKeys(disks: readonly AttachedDisk[], spec: GCPMachinePoolSpec): AttachedDisk[] {
  const keys = [spec.rootDiskEncryptionKey, ...(spec.additionalDisks ?? []).map(({ encryptionKey }) => encryptionKey)]
  return disks.map((disk, index) => {
    const supplied = keys[index]?.suppliedKey
    if (supplied === undefined || disk.diskEncryptionKey === undefined) return disk
    const { sha256: _hash, ...others } = disk.diskEncryptionKey
    const diskEncryptionKey: CustomerEncryptionKey = { ...others, ...supplied }
    return { ...disk, diskEncryptionKey }
  })
}
