import { ProviderError } from '../../errors.ts'
import type { Io } from '../../io.ts'
import type { Observation, Resolved } from '../../observation.ts'
import type { PoolRef } from '../../pool.ts'
import type { CloudConnection } from '../memory-cloud/connection.ts'
import { callCloud } from './cloud-calls.ts'
import { imageQueryTag } from './marks.ts'
import type { ReferenceGroup } from './group.ts'
import type { ReferenceSpec } from './spec.ts'
import { currentTemplate } from './template.ts'

/** The question whose answer is the image: as long as it stays the same, so does the answer (R21). */
function imageQuery(pool: PoolRef<ReferenceSpec>, name: string): string {
  return `${name} for ${pool.version ?? 'any version'}`
}

export async function resolve(
  connection: CloudConnection,
  pool: PoolRef<ReferenceSpec>,
  observed: Observation<ReferenceGroup>,
  io: Io,
): Promise<Resolved> {
  const { image } = pool.spec
  if ('id' in image) return { inputs: { image: image.id }, problems: [] }
  const query = imageQuery(pool, image.name)
  const live = currentTemplate(observed)
  if (live?.tags[imageQueryTag] === query) {
    return { inputs: { image: live.image, imageQuery: query }, problems: [] }
  }
  try {
    const found = await callCloud(io, (signal) => connection.getImage(image.name, signal))
    return { inputs: { image: found, imageQuery: query }, problems: [] }
  } catch (error) {
    // No answer is an answer: the pool can still be scaled, drained and deleted.
    if (!ProviderError.is(error) || error.code !== 'NotFound') throw error
    return {
      inputs: { imageQuery: query },
      problems: [{ code: 'NotFound', reason: 'ImageNotFound', message: `spec.image.name: ${error.message}` }],
    }
  }
}
