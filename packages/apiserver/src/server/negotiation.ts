import { notAcceptable } from '../failure.ts'

/** The form in which an answer is wanted. */
export interface Accepted {
  readonly as: 'Object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | 'APIGroupDiscoveryList'
  readonly format: 'json' | 'yaml'
}

const offered = ['application/json', 'application/yaml', 'application/json;stream=watch']

/**
 * The first form of an Accept header that can be given.
 *
 * @throws ApiFailure 406 when there is none.
 */
export function negotiate(accept: string | undefined): Accepted {
  if (accept === undefined || accept.trim() === '') return plain
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    const format = formats[type]
    if (format === undefined) continue
    const values = Object.fromEntries(parameters.map((parameter) => parameter.split('=')))
    const as = formOf(values['as'], values['g'], values['v'])
    if (as !== undefined) return { as, format }
  }
  throw notAcceptable(offered)
}

const plain: Accepted = { as: 'Object', format: 'json' }
const formats: Record<string, 'json' | 'yaml'> = {
  'application/json': 'json',
  'application/*': 'json',
  '*/*': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.yaml': 'yaml',
}

function formOf(
  as: string | undefined,
  group: string | undefined,
  version: string | undefined,
): Accepted['as'] | undefined {
  if (as === undefined) return 'Object'
  if (group === 'meta.k8s.io' && version === 'v1') {
    return as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList' ? as : undefined
  }
  return group === 'apidiscovery.k8s.io' && version === 'v2' && as === 'APIGroupDiscoveryList' ? as : undefined
}
