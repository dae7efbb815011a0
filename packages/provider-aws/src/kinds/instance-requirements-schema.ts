import { schema as s } from '@machinepool/api'

const maxTypes = 400
const maxWords = 16

const range = (description: string) =>
  s.optional(
    s.object(description, {
      min: s.optional(s.int32('At least.', { minimum: 0 })),
      max: s.optional(s.int32('At most. Absent: any.', { minimum: 0 })),
    }),
  )

const requiredRange = (description: string) =>
  s.object(description, {
    min: s.int32('At least.', { minimum: 0 }),
    max: s.optional(s.int32('At most. Absent: any.', { minimum: 0 })),
  })

/** Numbers with a fraction are text, as Kubernetes has no other portable form for them. */
const decimalRange = (description: string) =>
  s.optional(
    s.object(description, {
      min: s.optional(decimal('At least.')),
      max: s.optional(decimal('At most. Absent: any.')),
    }),
  )

const decimal = (description: string) =>
  s.text(description, { maxLength: 16, pattern: String.raw`^[0-9]+(\.[0-9]+)?$` })

const words = <const Words extends readonly string[]>(description: string, allowed: Words) =>
  s.optional(s.list(description, s.oneOf('One of them.', allowed), { maxItems: maxWords }))

const types = (description: string) =>
  s.optional(
    s.list(description, s.text('An instance type, with * for any text: m5.8xlarge, c5*.', { maxLength: 30 }), {
      maxItems: maxTypes,
    }),
  )

const usage = (description: string) =>
  s.optional(s.oneOf(`${description} Absent: excluded.`, ['included', 'required', 'excluded']))

/**
 * What instance types must have, instead of their names. The words are those of the EC2 API.
 * https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceRequirements.html
 */
export const instanceRequirements = () =>
  s.object('What an instance type must have; every type that has it may be launched.', {
    vCpuCount: requiredRange('Number of virtual CPUs.'),
    memoryMiB: requiredRange('Memory in MiB.'),
    memoryGiBPerVCpu: decimalRange('Memory in GiB for each virtual CPU.'),
    cpuManufacturers: words('Makers of the CPU. Absent: any.', ['intel', 'amd', 'amazon-web-services', 'apple']),
    instanceGenerations: words('Generations of instance types. Absent: any.', ['current', 'previous']),
    allowedInstanceTypes: types('Only these types.'),
    excludedInstanceTypes: types('None of these types.'),
    bareMetal: usage('Bare metal types.'),
    burstablePerformance: usage('Types with burstable performance.'),
    requireHibernateSupport: s.optional(s.boolean('Only types that can hibernate.')),
    spotMaxPricePercentageOverLowestPrice: s.optional(
      s.int32('Price limit for spot, as a percentage over the lowest price of a current type.', { minimum: 0 }),
    ),
    onDemandMaxPricePercentageOverLowestPrice: s.optional(
      s.int32('Price limit for on-demand, as a percentage over the lowest price of a current type.', { minimum: 0 }),
    ),
    maxSpotPriceAsPercentageOfOptimalOnDemandPrice: s.optional(
      s.int32('Price limit for spot, as a percentage of the on-demand price.', { minimum: 0 }),
    ),
    networkInterfaceCount: range('Number of network interfaces.'),
    networkBandwidthGbps: decimalRange('Network bandwidth in Gbit/s.'),
    baselineEbsBandwidthMbps: range('Bandwidth to EBS in Mbit/s.'),
    localStorage: usage('Types with local disks.'),
    localStorageTypes: words('Kinds of local disks. Absent: any.', ['hdd', 'ssd']),
    totalLocalStorageGB: decimalRange('Local disk space in GB.'),
    acceleratorCount: range('Number of accelerators.'),
    acceleratorTypes: words('Kinds of accelerators. Absent: any.', ['gpu', 'fpga', 'inference', 'media']),
    acceleratorManufacturers: words('Makers of accelerators. Absent: any.', [
      'nvidia',
      'amd',
      'amazon-web-services',
      'xilinx',
      'habana',
    ]),
    acceleratorNames: s.optional(
      s.list('Names of accelerators, such as a100. Absent: any.', s.text('One name.', { maxLength: 30 }), {
        maxItems: maxWords,
      }),
    ),
    acceleratorTotalMemoryMiB: range('Memory of all accelerators in MiB.'),
  })
