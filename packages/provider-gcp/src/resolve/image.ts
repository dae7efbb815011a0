import { canonicalHash, ProviderError, type Io, type PoolRef, type Problem } from '@machinepool/contract'
import type { LookupCache } from '@machinepool/provider-kit'

import type { GcpProject } from '../compute/project.ts'
import type { GCPMachinePoolSpec } from '../kinds/gcp-machine-pool-schema.ts'
import { currentTemplate } from '../machine-pool/current-template.ts'
import type { GcpGroup } from '../machine-pool/group-view.ts'
import { templateMark } from '../machine-pool/marks.ts'
import { lastPart, resourcePath } from '../machine-pool/names.ts'

export interface ImageAnswer {
  readonly image?: string
  readonly family?: string
  readonly imageKey: string
  readonly problems: readonly Problem[]
}

/** How the spec says which image to use. PURE. */
export type ImageQuestion =
  | { readonly by: 'reference'; readonly image: string }
  | { readonly by: 'family'; readonly family: string }
  | { readonly by: 'nothing'; readonly problem: Problem }

export function imageQuestion(pool: PoolRef<GCPMachinePoolSpec>, project: string): ImageQuestion {
  const { image, imageFamily } = pool.spec
  if (image !== undefined && image !== '') return { by: 'reference', image: resourcePath(image) }
  if (imageFamily !== undefined && imageFamily !== '') return { by: 'family', family: resourcePath(imageFamily) }
  const version = /^v?(\d+)\.(\d+)\./.exec(pool.version ?? '')
  if (version === null) {
    return {
      by: 'nothing',
      problem: {
        code: 'InvalidSpec',
        reason: 'KubernetesVersionMissing',
        message:
          'An image is looked up by Kubernetes version: set spec.template.spec.version on the MachinePool, or spec.image or spec.imageFamily.',
      },
    }
  }
  // Upstream's name for the images it documents how to build.
  const family = `projects/${project}/global/images/family/capi-ubuntu-1804-k8s-v${version[1]}-${version[2]}`
  return { by: 'family', family }
}

/**
 * The image, pinned: a family leads to its newest image when it is asked first, and while the question has not changed
 * the live template's image stays, so that all instances of one revision have one image (R21).
 */
export async function resolveImage(
  pool: PoolRef<GCPMachinePoolSpec>,
  view: GcpGroup | undefined,
  project: GcpProject,
  cache: LookupCache<string | undefined>,
  { signal }: Pick<Io, 'signal'>,
): Promise<ImageAnswer> {
  const question = imageQuestion(pool, project.project)
  const imageKey = canonicalHash(keyOf(question, pool.version)).slice(0, 12)
  if (question.by === 'nothing') return { imageKey, problems: [question.problem] }
  if (question.by === 'reference') return { image: question.image, imageKey, problems: [] }
  const { family } = question
  const pin = templateMark(currentTemplate(view)?.mark)
  if (pin?.imageKey === imageKey && pin.image !== '') return { image: pin.image, family, imageKey, problems: [] }
  const image = await cache.get(
    JSON.stringify([project.identity, family]),
    (shared) => newestOf(project, family, shared),
    {
      signal,
    },
  )
  if (image !== undefined) return { image, family, imageKey, problems: [] }
  const message = `Image family ${family} does not exist, or has no image that is not deprecated.`
  return { imageKey, problems: [{ code: 'NotFound', reason: 'ImageNotFound', message }] }
}

/** The Kubernetes version counts even where the family does not name it: another version may need another image. */
function keyOf(question: ImageQuestion, version: string | undefined): string[] {
  if (question.by === 'reference') return [question.image]
  return question.by === 'family' ? [question.family, version ?? ''] : []
}

async function newestOf(project: GcpProject, family: string, signal: AbortSignal): Promise<string | undefined> {
  const owner = /^projects\/([^/]+)\//.exec(family)?.[1]
  try {
    const { selfLink } = await project.call(
      'images.getFromFamily',
      { name: lastPart(family), ...(owner === undefined ? {} : { project: owner }) },
      signal,
    )
    return selfLink === undefined ? undefined : resourcePath(selfLink)
  } catch (error) {
    if (ProviderError.is(error) && error.code === 'NotFound') return undefined
    throw error
  }
}
