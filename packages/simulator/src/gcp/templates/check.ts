import { GcpError, invalidValue, missing } from '../error.ts'
import { checkName } from '../names.ts'
import type { InstanceProperties } from '../state.ts'

export interface TemplateBody {
  readonly name: string
  readonly description?: string
  readonly properties?: InstanceProperties
}

/** What the API checks of a template before it looks at anything else there is; images and networks are not looked up. */
export function checkTemplate({ name, properties }: TemplateBody): InstanceProperties {
  checkName('resource.name', name)
  if (!properties) throw missing('resource.properties')
  const field = 'resource.properties'
  const { machineType, disks = [], networkInterfaces = [], metadata, scheduling = {} } = properties
  if (!machineType) throw missing(`${field}.machineType`)
  if (machineType.includes('/')) {
    throw invalidValue(`${field}.machineType`, machineType, 'A template names the machine type only, without its zone.')
  }
  if (!disks.some(({ boot }) => boot)) {
    throw new GcpError(
      400,
      'invalid',
      `Invalid value for field '${field}.disks': ''. At least one boot disk must be specified.`,
    )
  }
  if (networkInterfaces.length === 0) {
    throw new GcpError(
      400,
      'invalid',
      `Invalid value for field '${field}.networkInterfaces': ''. At least one network interface is required.`,
    )
  }
  checkMetadata(field, metadata)
  checkScheduling(field, scheduling, properties)
  return properties
}

/** https://cloud.google.com/compute/docs/metadata/setting-custom-metadata#limitations */
const metadataLimits = { value: 256 * 1024, total: 512 * 1024 }

function checkMetadata(field: string, metadata: InstanceProperties['metadata']) {
  const keys = new Set<string>()
  let total = 0
  for (const [index, { key, value = '' }] of (metadata?.items ?? []).entries()) {
    const path = `${field}.metadata.items[${index}]`
    if (!/^[a-zA-Z0-9-_]{1,128}$/.test(key))
      throw invalidValue(`${path}.key`, key, "Must be a match of regex '[a-zA-Z0-9-_]{1,128}'")
    if (keys.has(key)) throw invalidValue(`${field}.metadata`, key, `Metadata has duplicate key: ${key}`)
    if (Buffer.byteLength(value) > metadataLimits.value) {
      throw invalidValue(
        `${path}.value`,
        `${value.slice(0, 20)}...`,
        `Metadata value is too large; it is limited to ${metadataLimits.value} bytes.`,
      )
    }
    keys.add(key)
    total += key.length + Buffer.byteLength(value)
  }
  if (total > metadataLimits.total) {
    throw new GcpError(
      400,
      'invalid',
      `Invalid value for field '${field}.metadata': ''. Metadata is limited to ${metadataLimits.total} bytes in all.`,
    )
  }
}

function checkScheduling(
  field: string,
  scheduling: NonNullable<InstanceProperties['scheduling']>,
  properties: InstanceProperties,
) {
  const { preemptible = false, provisioningModel, automaticRestart, onHostMaintenance } = scheduling
  const spot = preemptible || provisioningModel === 'SPOT'
  if (spot && automaticRestart === true) {
    throw invalidValue(
      `${field}.scheduling.automaticRestart`,
      'true',
      'Scheduling must have automaticRestart be false when preemptible is true.',
    )
  }
  if (spot && onHostMaintenance === 'MIGRATE') {
    throw invalidValue(
      `${field}.scheduling.onHostMaintenance`,
      'MIGRATE',
      'Scheduling must have onHostMaintenance be TERMINATE when preemptible is true.',
    )
  }
  const accelerators = (properties['guestAccelerators'] as readonly unknown[] | undefined) ?? []
  if (accelerators.length > 0 && onHostMaintenance !== 'TERMINATE') {
    throw invalidValue(
      `${field}.scheduling.onHostMaintenance`,
      onHostMaintenance ?? 'MIGRATE',
      'Instances with guest accelerators do not support live migration.',
    )
  }
}
