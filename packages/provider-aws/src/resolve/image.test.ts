import type { Image } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'

import type { AwsSession } from '../aws/session.ts'
import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import type { AwsGroup } from '../machine-pool/group-view.ts'
import { after, desiredOf, specOf } from '../machine-pool/planned-cloud.test.support.ts'
import { resolveImage } from './image.ts'
import { createLookups } from './lookups.ts'

const signal = new AbortController().signal
const clock = { now: () => 0, after: () => () => undefined }

/** EC2 that has these images, and remembers what it was asked. */
function ec2(images: readonly Image[], architectures: readonly string[] = ['x86_64']) {
  const asked: { operation: string; input: unknown }[] = []
  const session = {
    identity: 'own',
    region: 'us-east-1',
    call: (_service: string, operation: string, input: unknown) => {
      asked.push({ operation, input })
      if (operation === 'DescribeImages') return Promise.resolve({ Images: images })
      return Promise.resolve({ InstanceTypes: [{ ProcessorInfo: { SupportedArchitectures: architectures } }] })
    },
    close: () => undefined,
  } as unknown as AwsSession
  return { session, asked }
}

function poolOf(spec: Partial<AWSMachinePoolSpec> = {}) {
  return { ...desiredOf(specOf({ awsLaunchTemplate: { instanceType: 'm5.large' }, ...spec })).pool, version: 'v1.34.1' }
}

async function imageOf(images: readonly Image[], spec: Partial<AWSMachinePoolSpec> = {}, live?: AwsGroup) {
  const { session } = ec2(images)
  const { imageId, newerImageId, problems } = await resolveImage(
    poolOf(spec),
    live,
    session,
    createLookups(clock),
    signal,
  )
  return { imageId, newerImageId, problems: problems.map(({ reason }) => reason) }
}

const old: Image = { ImageId: 'ami-old', CreationDate: '2026-01-01T00:00:00.000Z' }
const young: Image = { ImageId: 'ami-young', CreationDate: '2026-02-01T00:00:00.000Z' }

describe('CAPA-084 of several images', () => {
  test('the newest is taken, in whatever order they come', async () => {
    expect(await imageOf([young, old])).toMatchObject({ imageId: 'ami-young' })
    expect(await imageOf([old, young])).toMatchObject({ imageId: 'ami-young' })
  })

  test('of the same moment the greater id is taken, in whatever order they come', async () => {
    const twin = { ...old, ImageId: 'ami-twin' }
    expect(await imageOf([old, twin])).toMatchObject({ imageId: 'ami-twin' })
    expect(await imageOf([twin, old])).toMatchObject({ imageId: 'ami-twin' })
  })

  test('one without a date is the oldest, and no error (deliberately not as upstream)', async () => {
    expect(await imageOf([{ ImageId: 'ami-zzz' }, old])).toMatchObject({ imageId: 'ami-old' })
  })
})

test('CAPA-082 an Arm instance type asks for an Arm image', async () => {
  const { session, asked } = ec2([old], ['arm64'])
  await resolveImage(poolOf(), undefined, session, createLookups(clock), signal)
  expect(asked.find(({ operation }) => operation === 'DescribeImages')?.input).toMatchObject({
    Filters: expect.arrayContaining([{ Name: 'architecture', Values: ['arm64'] }]) as unknown,
  })
})

test('types that only Amazon makes the CPU of are Arm, without asking', async () => {
  const { session, asked } = ec2([old])
  const overrides = [
    {
      instanceRequirements: {
        vCpuCount: { min: 2 },
        memoryMiB: { min: 1024 },
        cpuManufacturers: ['amazon-web-services' as const],
      },
    },
  ]
  await resolveImage(poolOf({ mixedInstancesPolicy: { overrides } }), undefined, session, createLookups(clock), signal)
  expect(asked.map(({ operation }) => operation)).toEqual(['DescribeImages'])
  expect(JSON.stringify(asked)).toContain('arm64')
})

test('no image that fits is a problem', async () => {
  expect(await imageOf([])).toEqual({ imageId: undefined, newerImageId: undefined, problems: ['ImageNotFound'] })
})

describe('a newer image', () => {
  const spec = { awsLaunchTemplate: { instanceType: 'm5.large' } }

  /** The live template was made from the old image, by the same question. */
  async function live(): Promise<AwsGroup> {
    const { session } = ec2([old])
    const { imageKey } = await resolveImage(poolOf(), undefined, session, createLookups(clock), signal)
    const group = after(specOf(spec)).group!
    const versions = group.template!.versions.map((version) => ({
      ...version,
      marks: { ...version.marks!, image: imageKey },
      data: { ...version.data, ImageId: 'ami-old' },
    }))
    return { ...group, template: { ...group.template!, versions } }
  }

  test('is reported, and the live one stays', async () => {
    const group = await live()
    expect(await imageOf([old, young], spec, group)).toMatchObject({ imageId: 'ami-old', newerImageId: 'ami-young' })
  })

  test('is taken with imageUpdatePolicy Automatic', async () => {
    const group = await live()
    const automatic = { ...spec, imageUpdatePolicy: 'Automatic' as const }
    expect(await imageOf([old, young], automatic, group)).toMatchObject({ imageId: 'ami-young' })
  })

  test('the live one stays when the look-up finds none any more', async () => {
    expect(await imageOf([], spec, await live())).toEqual({
      imageId: 'ami-old',
      newerImageId: undefined,
      problems: [],
    })
  })
})
