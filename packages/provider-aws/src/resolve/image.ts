import type { Problem, PoolRef } from '@machinepool/contract'
import { textAt } from '@machinepool/provider-kit'

import type { AwsSession } from '../aws/session.ts'
import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import { currentVersion, type AwsGroup, type TemplateVersion } from '../machine-pool/group-view.ts'
import { networkOwner } from '../machine-pool/tags.ts'
import { shortHash } from '../machine-pool/template-marks.ts'
import { eksParameterName } from './eks-image.ts'
import type { ImageQuery, Lookups } from './lookups.ts'

/** Upstream's published images. */
const defaultOwner = '819546954734'
const defaultFormat = 'capa-ami-{{.BaseOS}}-?{{.K8sVersion}}-*'
const defaultBaseOS = 'ubuntu-24.04'

export interface ImageAnswer {
  readonly imageId?: string
  readonly imageKey: string
  readonly newerImageId?: string
  readonly problems: readonly Problem[]
}

/** How the spec says which image to use. */
export type ImageQuestion =
  | { readonly by: 'id'; readonly id: string }
  | { readonly by: 'parameter'; readonly name: (architecture: string) => string; readonly key: string }
  | { readonly by: 'lookup'; readonly owner: string; readonly name: string }
  | { readonly by: 'nothing'; readonly problem: Problem }

/** PURE. */
export function imageQuestion(pool: PoolRef<AWSMachinePoolSpec>): ImageQuestion {
  const template = pool.spec.awsLaunchTemplate
  if (template.ami?.id) return { by: 'id', id: template.ami.id }
  const version = pool.version?.replace(/^v/, '')
  if (version === undefined || version === '') {
    return nothing(
      'KubernetesVersionMissing',
      'An image is looked up by Kubernetes version: set spec.template.spec.version on the MachinePool, or spec.awsLaunchTemplate.ami.id.',
    )
  }
  const owner = networkOwner(pool)
  const format = template.imageLookupFormat || textAt(owner, 'spec', 'imageLookupFormat')
  const org = template.imageLookupOrg || textAt(owner, 'spec', 'imageLookupOrg')
  const baseOS = template.imageLookupBaseOS || textAt(owner, 'spec', 'imageLookupBaseOS')
  const isEks = owner !== undefined && owner === pool.cluster.controlPlane
  if (isEks && format === undefined && org === undefined && baseOS === undefined) {
    const lookupType = template.ami?.eksLookupType
    if (!/^\d+\.\d+/.test(version)) return nothing('InvalidKubernetesVersion', `Kubernetes version ${version} is none.`)
    return {
      by: 'parameter',
      name: (architecture) => eksParameterName(version, lookupType, architecture),
      key: `${version}/${lookupType ?? ''}`,
    }
  }
  const name = (format ?? defaultFormat)
    .replaceAll(/\{\{\s*\.BaseOS\s*\}\}/g, baseOS ?? defaultBaseOS)
    .replaceAll(/\{\{\s*\.K8sVersion\s*\}\}/g, version)
  return { by: 'lookup', owner: org ?? defaultOwner, name }
}

function nothing(reason: string, message: string): ImageQuestion {
  return { by: 'nothing', problem: { code: 'InvalidSpec', reason, message } }
}

/**
 * The image, pinned: while what it is looked up by has not changed, the live template's image stays, and a newer one is
 * only reported (unless the pool says `imageUpdatePolicy: Automatic`).
 */
export async function resolveImage(
  pool: PoolRef<AWSMachinePoolSpec>,
  view: AwsGroup | undefined,
  session: AwsSession,
  lookups: Lookups,
  signal: AbortSignal,
): Promise<ImageAnswer> {
  const question = imageQuestion(pool)
  const imageKey = imageKeyOf(pool, question)
  if (question.by === 'id') return { imageId: question.id, imageKey, problems: [] }
  const current = currentVersion(view?.template)
  const pinned = current?.marks?.image === imageKey ? current.data.ImageId : undefined
  if (question.by === 'nothing') {
    return { ...keep(current), imageKey, problems: [question.problem] }
  }
  const candidates = await candidatesOf(pool, question, session, lookups, signal)
  const [newest] = candidates.ids
  if (newest === undefined) {
    return { ...keep(current), imageKey, problems: pinned === undefined ? [candidates.missing] : [] }
  }
  const unmarked = current !== undefined && current.marks === undefined ? current.data.ImageId : undefined
  // A template that somebody else made keeps its image when that image is one that fits (R29).
  const live = pinned ?? (unmarked !== undefined && candidates.ids.includes(unmarked) ? unmarked : undefined)
  if (live === undefined || live === newest || pool.spec.imageUpdatePolicy === 'Automatic') {
    return { imageId: newest, imageKey, problems: [] }
  }
  return { imageId: live, imageKey, newerImageId: newest, problems: [] }
}

/** Without an answer the live image is still known: nothing is replaced because a look-up failed. */
function keep(current: TemplateVersion | undefined): { readonly imageId?: string } {
  return current?.data.ImageId === undefined ? {} : { imageId: current.data.ImageId }
}

function imageKeyOf(pool: PoolRef<AWSMachinePoolSpec>, question: ImageQuestion): string {
  const { version } = pool
  const { instanceType } = pool.spec.awsLaunchTemplate
  if (question.by === 'id') return shortHash({ id: question.id })
  if (question.by === 'parameter') return shortHash({ parameter: question.key, instanceType })
  if (question.by === 'lookup') return shortHash({ owner: question.owner, name: question.name, version, instanceType })
  return shortHash({ nothing: question.problem.reason })
}

interface Candidates {
  /** Newest first. */
  readonly ids: readonly string[]
  readonly missing: Problem
}

async function candidatesOf(
  pool: PoolRef<AWSMachinePoolSpec>,
  question: Extract<ImageQuestion, { by: 'parameter' | 'lookup' }>,
  session: AwsSession,
  lookups: Lookups,
  signal: AbortSignal,
): Promise<Candidates> {
  const architecture = await architectureOf(pool.spec, session, lookups, signal)
  if (question.by === 'parameter') {
    const name = question.name(architecture)
    const id = await lookups.parameter(session, name, signal)
    return { ids: id === undefined ? [] : [id], missing: notFound(`There is no SSM parameter ${name}.`) }
  }
  const query: ImageQuery = { owner: question.owner, name: question.name, architecture }
  const images = await lookups.images(session, query, signal)
  return {
    ids: images.flatMap(({ ImageId }) => (ImageId === undefined ? [] : [ImageId])),
    missing: notFound(
      `Account ${query.owner} has no image named ${query.name} for ${architecture} in ${session.region}. Set spec.awsLaunchTemplate.ami.id, or imageLookupFormat, imageLookupOrg and imageLookupBaseOS.`,
    ),
  }
}

/** That of the first instance type; types that are described, not named, are Arm only when no other maker is allowed. */
async function architectureOf(
  { awsLaunchTemplate, mixedInstancesPolicy }: AWSMachinePoolSpec,
  session: AwsSession,
  lookups: Lookups,
  signal: AbortSignal,
): Promise<string> {
  const [first] = mixedInstancesPolicy?.overrides ?? []
  const makers = first?.instanceRequirements?.cpuManufacturers ?? []
  if (makers.length > 0) return makers.every((maker) => maker === 'amazon-web-services') ? 'arm64' : 'x86_64'
  const type = awsLaunchTemplate.instanceType || first?.instanceType
  return type === undefined ? 'x86_64' : lookups.architecture(session, type, signal)
}

function notFound(message: string): Problem {
  return { code: 'NotFound', reason: 'ImageNotFound', message }
}
